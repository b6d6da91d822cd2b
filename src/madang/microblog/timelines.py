"""Pages of posts, newest first, going on from where the last one ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.db.models import Exists, F, OuterRef, Q, Value

from madang.microblog.models import Post, Repost
from madang.microblog.models.keeping_apart import muted, unheard
from madang.microblog.models.post import PassedOn, PostQuerySet
from madang.people.models import Member

PAGE = 20
Whose = Callable[[str], Q]
"""Whose timeline it is: a condition on the field of this name, which leads to a member."""


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


def followed_by(reader: Member) -> Whose:
    """Those whom `reader` follows, and `reader`."""
    rows = reader.followed.values("followed_id")
    return lambda field: Q((f"{field}__in", rows)) | Q((field, reader))


def of(member: Member) -> Whose:
    """`member` alone."""
    return lambda field: Q((field, member))


def told(
    whose: Whose,
    *,
    reader: Member,
    cursor: int | None,
    size: int = PAGE,
    hidden: Callable[[Member, str], Q] = unheard,
) -> Page:
    """What they say, and what they pass on of others, where it was passed on last.

    A post stands there once: at its own place if they said it themselves. Left out is what is
    `hidden` from `reader`. The cursor is a place, the id of a post or of a repost. Two queries,
    whatever is on the page.
    """
    said = Post.objects.visible().filter(whose("author")).exclude(hidden(reader, "author"))
    later = Repost.objects.filter(whose("member"), post=OuterRef("post"), pk__gt=OuterRef("pk"))
    passed = Repost.objects.shown().filter(whose("member")).exclude(whose("post__author"))
    passed = passed.exclude(hidden(reader, "member")).exclude(hidden(reader, "post__author"))
    passed = passed.filter(~Exists(later))
    if cursor is not None:
        said, passed = said.filter(pk__lt=cursor), passed.filter(pk__lt=cursor)
    by = {"handle": F("member__handle"), "name": F("member__display_name")}
    nobody = {"handle": Value(""), "name": Value("")}
    columns = ("place", "what", "handle", "name")
    places = (
        said.order_by()
        .annotate(place=F("pk"), what=F("pk"), **nobody)
        .values_list(*columns)
        .union(
            passed.order_by()
            .annotate(place=F("pk"), what=F("post_id"), **by)
            .values_list(*columns),
            all=True,
        )
        .order_by("-place")
    )
    found = list(places[: size + 1])
    return Page(_read(found[:size], reader), found[size - 1][0] if len(found) > size else None)


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
