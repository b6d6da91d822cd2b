"""Saying something, answering somebody, taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Case, Value, When

from madang.microblog import blocking, index, picturing, words
from madang.microblog.models import Hashtag, Post
from madang.microblog.models.post import LONGEST
from madang.microblog.picturing import Drawn
from madang.people.models import Member

STATE_AFTER = Case(When(state="hidden", then=Value("hidden")), default=Value("deleted"))
"""What becomes of a post that is taken back: one that was hidden stays so, and its pass spent."""


REACHED = """
SELECT EXISTS (
    SELECT 1 FROM microblog_block b
    WHERE b.blocker_id = p.author_id AND b.blocked_id = %s
    OR b.blocker_id = %s AND b.blocked_id = p.author_id
) FROM microblog_post p WHERE p.id = %s AND p.state = 'visible'
"""
"""Whether there is a block between a post's author and a member; no row where it is gone.

As text, for a like would otherwise take longer to be put into words than to be written.
"""


class NothingSaid(Exception):
    """There is no letter in the text."""


class TooLong(Exception):
    """The text has more characters than a post may have."""


class PostGone(Exception):
    """The post was taken back."""


class ThreadLocked(Exception):
    """A moderator has locked the thread."""


class NotYours(Exception):
    """Somebody else said it."""


def say(
    *,
    author: Member,
    text: str,
    at: datetime,
    parent: Post | None = None,
    pictures: Sequence[Drawn] = (),
) -> Post:
    """A new post, or a reply to `parent`, with its pictures, hashtags and mentions.

    `text` is cleaned first (`words.clean`). Raises `NothingSaid`, `TooLong`, `PostGone` for a
    reply to what was taken back or hidden, `ThreadLocked`, or `blocking.Blocked` where there is a
    block between the author and whoever is answered or mentioned, with nothing written.
    """
    text = words.clean(text)
    if not text:
        raise NothingSaid
    if len(text) > LONGEST:
        raise TooLong
    with transaction.atomic():
        named = Member.objects.filter(handle__in=words.mentions(text), is_active=True)
        mentioned = {member.pk: member for member in named if member != author}
        blocking.reach(author, [*mentioned, None if parent is None else parent.author_id])
        if parent is not None:
            hold(parent.pk)
        post = Post.objects.create(
            author=author,
            text=text,
            said_at=at,
            parent=parent,
            thread_id=None if parent is None else parent.opener_id,
        )
        post.hashtags.set(hashtags(words.tags(text)))
        index.write({post.pk: text})
        post.mentioned.set(mentioned.values())
        picturing.attach(post.pk, pictures)
    return post


def take_back(*, post: Post, by: Member) -> None:
    """Remove what was said; the place in the thread stays, for those who answered.

    Doing it twice changes nothing. Raises `NotYours`.
    """
    if post.author_id != by.pk:
        raise NotYours
    with transaction.atomic():
        Post.objects.filter(pk=post.pk).update(state=STATE_AFTER, text="")
        post.hashtags.clear()
        post.mentioned.clear()
        picturing.forget([post.pk])
        index.forget([post.pk])
    post.refresh_from_db()


def hold(parent: int) -> Post:
    """The post `parent`, which can be answered until the transaction ends.

    Waits for it and for the opener of its thread. Raises `PostGone`, `ThreadLocked`.
    """
    known = Post.objects.visible().filter(pk=parent).values_list("pk", "thread_id").first()
    rows = Post.objects.select_for_update(no_key=True).filter(pk__in=known or ()).order_by("pk")
    found = {row.pk: row for row in rows.only("pk", "state", "thread_id", "is_locked")}
    if parent not in found or found[parent].state != Post.State.VISIBLE:
        raise PostGone
    if found[found[parent].opener_id].is_locked:
        raise ThreadLocked
    return found[parent]


def reach(*, post: Post, member: Member) -> None:
    """`member` can do something to `post` until the transaction ends, which the caller has begun.

    Raises `PostGone`, or `blocking.Blocked` between author and member.
    """
    blocking.keep(member)
    with connection.cursor() as cursor:
        cursor.execute(REACHED, [member.pk, member.pk, post.pk])
        found = cursor.fetchone()
    if found is None:
        raise PostGone
    if found[0]:
        raise blocking.Blocked


def hashtags(names: list[str]) -> list[Hashtag]:
    """The rows of `names`; two who use a new one at once make one."""
    Hashtag.objects.bulk_create(
        [Hashtag(name=name) for name in sorted(names)], ignore_conflicts=True
    )
    return list(Hashtag.objects.filter(name__in=names))
