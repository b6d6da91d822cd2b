"""Following members and threads, and no longer following."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Max, Q

from madang.lib.constraints import refused
from madang.microblog import blocking
from madang.microblog.models import Follow, Post, ThreadFollow
from madang.people.models import Member


class _Already(Exception):
    """It is so already."""


class Oneself(Exception):
    """Nobody follows oneself: the own posts are at home anyway."""


def follow(*, follower: Member, followed: Member, at: datetime) -> None:
    """`follower` follows `followed` from now on; twice is once. Raises `Oneself`,
    or `blocking.Blocked`.

    Kept by `microblog_follow_once` and `microblog_follow_not_oneself`; only the day of `at` is
    stored.
    """
    day = at.astimezone(UTC).date()
    answers = {"microblog_follow_not_oneself": Oneself, "microblog_follow_once": _Already}
    with transaction.atomic(), suppress(_Already):
        blocking.reach(follower, [followed.pk])
        with refused(answers):
            Follow.objects.create(follower=follower, followed=followed, followed_on=day)


def unfollow(*, follower: Member, followed: Member) -> None:
    """`follower` does not follow `followed` any more."""
    Follow.objects.filter(follower=follower, followed=followed).delete()


def follow_thread(*, member: Member, post: Post, at: datetime) -> None:
    """`member` is told of what is said from now on in the thread of `post`; twice is once.

    Kept by `microblog_thread_follow_once`; only the day of `at` is stored, and after which post.
    What is said in the very millisecond of that post may be missed.
    """
    opener = post.opener_id
    last = Post.objects.filter(Q(pk=opener) | Q(thread=opener)).aggregate(last=Max("pk"))["last"]
    row = ThreadFollow(
        member=member, thread_id=opener, after=last, followed_on=at.astimezone(UTC).date()
    )
    with suppress(_Already), refused({"microblog_thread_follow_once": _Already}):
        row.save(force_insert=True)


def unfollow_thread(*, member: Member, post: Post) -> None:
    """`member` is told no longer of what is said in the thread of `post`."""
    ThreadFollow.objects.filter(member=member, thread=post.opener_id).delete()
