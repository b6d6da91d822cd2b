"""Pages of posts, newest first, going on from where the last one ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from madang.microblog.models import Post
from madang.microblog.models.post import PostQuerySet
from madang.people.models import Member

PAGE = 20


@dataclass(frozen=True)
class Page:
    """Some posts, and the id before which the next ones are; None at the end."""

    posts: Sequence[Post]
    after: int | None

    @property
    def tag(self) -> str:
        """The same as long as nothing that is shown has changed (RFC 9110, 8.8.3)."""
        shown = [
            (
                post.pk,
                post.state,
                getattr(post, "likes", 0),
                getattr(post, "answers", 0),
                getattr(post, "is_liked", False),
            )
            for post in self.posts
        ]
        return sha256(repr(shown).encode()).hexdigest()[:24]


def page(posts: PostQuerySet, *, reader: Member, cursor: int | None, size: int = PAGE) -> Page:
    """`size` posts older than `cursor`; one query, whatever is on the page."""
    rows = list(posts.before(cursor).with_people(reader)[: size + 1])
    return Page(rows[:size], rows[size - 1].pk if len(rows) > size else None)


def thread(opener: Post, *, reader: Member) -> list[Post]:
    """A thread from its beginning: the opener, and what was answered, also what was taken back."""
    rows = Post.objects.filter(pk=opener.pk) | Post.objects.filter(thread=opener)
    return list(rows.order_by("pk").with_people(reader))
