"""Following and no longer following."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from django.db import transaction

from madang.lib.constraints import refused
from madang.microblog import blocking
from madang.microblog.models import Follow
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
