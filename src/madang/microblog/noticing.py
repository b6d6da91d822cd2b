"""What others did about a member: answered, mentioned, liked, passed on, followed; and what
they said in threads that the member follows.

It is read from the posts, likes, reposts and follows themselves, so what is taken back is gone
here, too, and nothing is kept of it but how far the member has read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any  # rows of several kinds

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from madang.microblog.models import Follow, Like, Mention, Post, Repost, Seen
from madang.microblog.models.keeping_apart import unheard
from madang.microblog.models.post import RANDOM_BITS
from madang.people.models import Member

LATEST = 50
"""Rows of each kind that are looked at, at most."""
DAYS = 60
"""Likes and follows of days before these are not looked at."""
LARGEST = 2**63 - 1
SEEN = {
    "answered": "posts",
    "mentioned": "posts",
    "continued": "posts",
    "liked": "likes",
    "passed on": "reposts",
    "followed": "follows",
}
"""In which column of `Seen` stands how far each kind was read, in the order of a day."""
JOINED = {"liked", "passed on", "followed"}
"""What several did on the same day about the same is told once."""


class NoUpTo(Exception):
    """This does not say how far somebody has read."""


@dataclass(frozen=True, slots=True)
class UpTo:
    """How far somebody has read: the largest ids of posts, likes, reposts and follows."""

    posts: int = 0
    likes: int = 0
    reposts: int = 0
    follows: int = 0

    def __str__(self) -> str:
        return "-".join(map(str, astuple(self)))

    @classmethod
    def read(cls, text: str) -> UpTo:
        """From how it is written. Raises `NoUpTo`."""
        if re.fullmatch(r"[0-9]{1,19}(-[0-9]{1,19}){3}", text) is None:
            raise NoUpTo
        numbers = [int(number) for number in text.split("-")]
        if max(numbers) > LARGEST:
            raise NoUpTo
        return cls(*numbers)


@dataclass(frozen=True, slots=True)
class Notice:
    """What was done on a day (UTC): by whom, the latest first, and which post it is about.

    `people` is empty where an answer has no name but the one in its thread.
    """

    kind: str
    day: date
    people: Sequence[Member]
    post: Post | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Notices:
    """Notices, the latest day first; how far they go, to say later that they were seen."""

    rows: Sequence[Notice]
    upto: UpTo


def notices(*, member: Member, at: datetime) -> Notices:
    """The latest of each kind. As many queries, however many there are."""
    found = {
        kind: list(rows.order_by("-pk")[:LATEST]) for kind, rows in _sources(member, at).items()
    }
    seen = Seen.objects.filter(member=member).first() or Seen(member=member)
    rows: list[Notice] = []
    for kind, each in found.items():
        known = getattr(seen, SEEN[kind])
        rows += _joined(kind, each, known) if kind in JOINED else _apart(kind, each, known)
    order = {kind: place for place, kind in enumerate(SEEN)}
    rows.sort(key=lambda row: order[row.kind])
    rows.sort(key=lambda row: row.day, reverse=True)
    return Notices(rows, _up_to(found, seen))


def unread(*, member: Member, at: datetime) -> int:
    """How many things others did that the member has not seen. One query."""
    new = []
    for kind, rows in _sources(member, at).items():
        known = Subquery(Seen.objects.filter(member=member).values(SEEN[kind]))
        place = rows.filter(pk__gt=Coalesce(known, Value(0))).order_by()
        new.append(place.select_related(None).annotate(place=F("pk")).values_list("place"))
    first, *others = new
    return int(first.union(*others, all=True).count())


def see(*, member: Member, upto: UpTo) -> None:
    """The member has seen everything up to there; what came meanwhile stays new.

    Who says it from an older page takes nothing back.
    """
    Seen.objects.bulk_create([Seen(member=member)], ignore_conflicts=True)
    Seen.objects.filter(member=member).update(
        **{name: Greatest(name, Value(getattr(upto, name))) for name in UpTo.__slots__}
    )


def _sources(member: Member, at: datetime) -> dict[str, QuerySet[Any]]:
    """The rows of each kind that are about `member` and by somebody whom they hear."""
    since = at.astimezone(UTC).date() - timedelta(days=DAYS)
    posts = Post.objects.visible().heard_by(member).exclude(author=member)
    posts = posts.select_related("author", "thread_key")
    about = {"post__author": member, "post__state": Post.State.VISIBLE}
    heard = ~unheard(member, "member")
    return {
        "answered": posts.filter(parent__author=member),
        "mentioned": posts.filter(mention_rows__member=member).exclude(parent__author=member),
        "continued": posts.filter(
            thread__thread_follows__member=member, pk__gt=F("thread__thread_follows__after")
        )
        .exclude(parent__author=member)
        .exclude(Exists(Mention.objects.filter(post=OuterRef("pk"), member=member))),
        "liked": Like.objects.filter(heard, **about, liked_on__gte=since)
        .exclude(member=member)
        .select_related("member", "post"),
        "passed on": Repost.objects.filter(heard, **about)
        .exclude(member=member)
        .select_related("member", "post"),
        "followed": Follow.objects.filter(
            ~unheard(member, "follower"), followed=member, followed_on__gte=since
        ).select_related("follower"),
    }


def _apart(kind: str, rows: Iterable[Post], known: int) -> list[Notice]:
    return [
        Notice(kind, _day(row), [row.author] if row.author else [], row, row.pk > known)
        for row in rows
    ]


def _joined(kind: str, rows: Iterable[Like | Repost | Follow], known: int) -> list[Notice]:
    def about(row: Like | Repost | Follow) -> tuple[date, int]:
        return _day(row), 0 if isinstance(row, Follow) else row.post_id

    found = []
    for (day, _post), group in groupby(sorted(rows, key=about), key=about):
        latest = sorted(group, key=lambda row: row.pk, reverse=True)
        people = [row.follower if isinstance(row, Follow) else row.member for row in latest]
        post = None if isinstance(latest[0], Follow) else latest[0].post
        found.append(Notice(kind, day, people, post, latest[0].pk > known))
    return found


def _day(row: Post | Like | Repost | Follow) -> date:
    if isinstance(row, Like):
        return row.liked_on
    if isinstance(row, Follow):
        return row.followed_on
    if isinstance(row, Post):
        return row.said_at.astimezone(UTC).date()
    return datetime.fromtimestamp((row.pk >> RANDOM_BITS) / 1000, UTC).date()


def _up_to(found: Mapping[str, Sequence[Any]], seen: Seen) -> UpTo:
    numbers = {name: getattr(seen, name) for name in UpTo.__slots__}
    for kind, rows in found.items():
        numbers[SEEN[kind]] = max([numbers[SEEN[kind]], *(row.pk for row in rows)])
    return UpTo(**numbers)
