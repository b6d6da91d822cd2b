"""Pages of posts, newest first, going on from where the last one ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from madang.microblog.models import Follow, Post, Repost
from madang.microblog.models.keeping_apart import muted, unheard
from madang.microblog.models.post import PassedOn, PostQuerySet
from madang.people.models import Member

PAGE = 20
MANY = 500
"""Of whom follows more, no list of them is made."""
LARGEST = 2**63 - 1
"""No post has such an id."""
Hidden = Callable[[Member, str], Q]
"""What somebody does not read: a condition on the field of this name, leading to a member."""


@dataclass(frozen=True)
class Voices:
    """Whose timeline it is: a condition on the field of this name, which leads to a member, and
    the ids of those members, unless they are many.
    """

    among: Callable[[str], Q]
    ids: Sequence[int] | None = None


@dataclass(frozen=True)
class Page:
    """Some posts, and the place before which the next ones are; None at the end."""

    posts: Sequence[Post]
    after: int | None

    @property
    def tag(self) -> str:
        """The same as long as nothing that is shown has changed (RFC 9110, 8.8.3)."""
        numbers = ("likes", "reposts", "answers", "is_liked", "is_reposted")
        shown = [
            (post.pk, post.state, post.passed_on, *(getattr(post, name, 0) for name in numbers))
            for post in self.posts
        ]
        return sha256(repr(shown).encode()).hexdigest()[:24]


def page(posts: PostQuerySet, *, reader: Member, cursor: int | None, size: int = PAGE) -> Page:
    """`size` posts older than `cursor`; one query, whatever is on the page."""
    rows = list(posts.before(cursor).with_people(reader)[: size + 1])
    return Page(rows[:size], rows[size - 1].pk if len(rows) > size else None)


def followed_by(reader: Member) -> Voices:
    """Those whom `reader` follows, and `reader`; one query."""
    rows = reader.followed.order_by().values_list("followed_id", flat=True)
    named = list(rows[: MANY + 1])
    if len(named) <= MANY:
        return _named([*named, reader.pk])

    def among(field: str) -> Q:
        follows = Follow.objects.filter(follower=reader, followed=OuterRef(field))
        return Q(Exists(follows)) | Q((field, reader))

    return Voices(among)


def of(member: Member) -> Voices:
    """`member` alone."""
    return _named([member.pk])


def _named(ids: Sequence[int]) -> Voices:
    return Voices(lambda field: Q((f"{field}__in", ids)), ids)


def told(
    voices: Voices,
    *,
    reader: Member,
    cursor: int | None,
    size: int = PAGE,
    hidden: Hidden = unheard,
) -> Page:
    """What they say, and what they pass on of others, where it was passed on last.

    A post stands there once: at its own place if they said it themselves. Left out is what is
    `hidden` from `reader`. The cursor is a place, the id of a post or of a repost. Four queries,
    whatever is on the page.
    """
    before = LARGEST if cursor is None else cursor
    most = size + 1
    said = _said(voices, hidden=partial(hidden, reader), before=before, most=most)
    least = said[-1] if len(said) == most else 0
    passed = _passed(voices, hidden=partial(hidden, reader))
    passed = passed.filter(pk__lt=before, pk__gt=least).order_by("-pk")
    columns = ("pk", "post_id", "member__handle", "member__display_name")
    places = [(pk, pk, "", "") for pk in said] + list(passed.values_list(*columns)[:most])
    found = sorted(places, reverse=True)[:most]
    return Page(_read(found[:size], reader), found[size - 1][0] if len(found) > size else None)


def _said(voices: Voices, *, hidden: Callable[[str], Q], before: int, most: int) -> list[int]:
    """The newest `most` of what they say, newest first.

    Of each of a few voices the newest that many are looked up in the index and put together; for
    many voices it is shorter to go back through all posts and to ask of each whose it is.
    """
    if voices.ids is None:
        posts = Post.objects.visible().filter(voices.among("author"), pk__lt=before)
        posts = posts.exclude(hidden("author")).order_by("-pk")
        return list(posts.values_list("pk", flat=True)[:most])
    own = Post.objects.visible().filter(author=OuterRef("pk"), pk__lt=before).order_by("-pk")
    last = Subquery(own.values("pk")[most - 1 : most])
    heard = Member.objects.filter(pk__in=voices.ids).exclude(hidden("pk"))
    rows = heard.annotate(least=Coalesce(last, Value(0))).filter(
        posts__state=Post.State.VISIBLE, posts__pk__lt=before, posts__pk__gte=F("least")
    )
    return list(rows.order_by("-posts__pk").values_list("posts__pk", flat=True)[:most])


def _passed(voices: Voices, *, hidden: Callable[[str], Q]) -> QuerySet[Repost]:
    """What they pass on of others, the last time only."""
    later = Repost.objects.filter(
        voices.among("member"), post=OuterRef("post"), pk__gt=OuterRef("pk")
    )
    passed = Repost.objects.shown().filter(voices.among("member"))
    passed = passed.exclude(voices.among("post__author"))
    passed = passed.exclude(hidden("member")).exclude(hidden("post__author"))
    return passed.filter(~Exists(later))


def _read(places: Sequence[tuple[int, int, str, str]], reader: Member) -> list[Post]:
    wanted = [what for _place, what, _handle, _name in places]
    rows = Post.objects.visible().filter(pk__in=wanted).with_people(reader).in_bulk()
    posts = []
    for _place, what, handle, name in places:
        if post := rows.get(what):
            post.passed_on = PassedOn(handle, name or handle) if handle else None
            posts.append(post)
    return posts


def thread(found: Post, *, reader: Member) -> list[Post]:
    """The thread of `found` from its beginning, also what was taken back.

    Left out are answers of those whom `reader` muted, but for `found`, and whatever is said by
    those whom `reader` cannot read.
    """
    opener = found.opener_id
    rows = Post.objects.filter(Q(pk=opener) | Q(thread=opener)).readable_by(reader)
    heard = rows.exclude(muted(reader, "author") & ~Q(pk__in={opener, found.pk}))
    return list(heard.order_by("pk").with_people(reader))
