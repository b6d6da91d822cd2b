"""Blocking and muting: two between whom there is a block cannot reach each other any more."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import Q

from madang.lib.constraints import refused
from madang.microblog.models import Block, Follow, Mute
from madang.people.models import Member

KEPT = "SELECT 1 FROM people_member WHERE id = %s FOR NO KEY UPDATE"


class _Already(Exception):
    """It is so already."""


class Oneself(Exception):
    """Nobody gets rid of oneself."""


class Blocked(Exception):
    """One of the two has blocked the other."""


def block(*, blocker: Member, blocked: Member, at: datetime) -> None:
    """From now on neither answers, mentions, likes, passes on, follows or reads the other.

    Twice is once. Neither follows the other any more; what was said and liked before stays.
    Raises `Oneself`. Whoever of the two acts waits for it, or it for them (`reach`); only the day
    of `at` is stored.
    """
    day = at.astimezone(UTC).date()
    answers = {"microblog_block_not_oneself": Oneself, "microblog_block_once": _Already}
    with transaction.atomic():
        _wait({blocker.pk, blocked.pk})
        with suppress(_Already), refused(answers):
            Block.objects.create(blocker=blocker, blocked=blocked, blocked_on=day)
        Follow.objects.filter(
            Q(follower=blocker, followed=blocked) | Q(follower=blocked, followed=blocker)
        ).delete()


def unblock(*, blocker: Member, blocked: Member) -> None:
    """`blocker` blocks `blocked` no longer; whom they followed before they follow no more."""
    Block.objects.filter(blocker=blocker, blocked=blocked).delete()


def mute(*, muter: Member, muted: Member, at: datetime) -> None:
    """`muter` does not find `muted` in timelines from now on; twice is once. Raises `Oneself`."""
    day = at.astimezone(UTC).date()
    answers = {"microblog_mute_not_oneself": Oneself, "microblog_mute_once": _Already}
    with suppress(_Already), refused(answers):
        Mute.objects.create(muter=muter, muted=muted, muted_on=day)


def unmute(*, muter: Member, muted: Member) -> None:
    """`muter` finds `muted` again."""
    Mute.objects.filter(muter=muter, muted=muted).delete()


def reach(member: Member, others: Iterable[int | None]) -> None:
    """Raise `Blocked` if there is a block between `member` and one of the ids `others`.

    What it found stays so until the transaction ends, which the caller has begun: who acts keeps
    the own row, and `block` waits for both. So nobody waits for somebody whom many reach at once.
    """
    keep(member)
    ids = {other for other in others if other is not None} - {member.pk}
    if ids and Block.objects.between(member, ids).exists():
        raise Blocked


def keep(member: Member) -> None:
    """Nobody blocks `member`, nor is blocked by them, until the transaction ends.

    On SQLite that is so anyway: one transaction writes at a time.
    """
    if connection.features.has_select_for_update:
        with connection.cursor() as cursor:
            cursor.execute(KEPT, [member.pk])


def _wait(members: set[int]) -> None:
    rows = Member.objects.select_for_update(no_key=True).filter(pk__in=members).order_by("pk")
    list(rows.values_list("pk"))
