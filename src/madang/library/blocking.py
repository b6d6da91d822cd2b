"""Keeping a patron from borrowing by hand, until somebody ends it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from madang.library import opening
from madang.library.models import Patron, Suspension

LONGEST = 80
"""Signs of a reason; the rest is cut off."""


def block(*, patron: Patron, reason: str, at: datetime) -> Suspension:
    """Let `patron` borrow nothing from today on, until it is lifted; whoever refuses names why.

    Who is blocked so already stays as it is: those who block one patron wait for each other.
    """
    with transaction.atomic():
        Patron.objects.select_for_update(no_key=True).get(pk=patron.pk)
        there = patron.suspensions.filter(ends_on__isnull=True, lifted_at__isnull=True)
        return there.order_by("pk").first() or Suspension.objects.create(
            patron=patron, begins_on=opening.today(at), rule_name=reason[:LONGEST], made_at=at
        )


def unblock(*, patron: Patron, at: datetime) -> int:
    """Lift all that `block` wrote of `patron`; how many. Suspensions that end by a day stay."""
    rows = patron.suspensions.filter(ends_on__isnull=True, lifted_at__isnull=True)
    return rows.update(lifted_at=at)


def lift(*, suspension: Suspension, at: datetime) -> bool:
    """Let the patron borrow again, as far as this one is concerned; whether it was this call."""
    rows = Suspension.objects.filter(pk=suspension.pk, lifted_at__isnull=True)
    return bool(rows.update(lifted_at=at))
