"""Who read what: forgotten some days after a return, unless the patron keeps a history."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from madang.library.models import Charge, Hold, Loan, Patron, Suspension
from madang.people.tasks import on_sweep


@on_sweep
def forget(at: datetime) -> None:
    """Take the patron off what was over `settings.LIBRARY_HISTORY_DAYS` before `at`.

    Those who keep a history are left out. A suspension stays; which loan it was for does not.
    """
    before = at - timedelta(days=settings.LIBRARY_HISTORY_DAYS)
    with transaction.atomic():
        kept = Q(patron__is_history_kept=True)
        _unname(
            Loan.objects.filter(returned_at__lt=before).exclude(kept),
            Hold.objects.filter(closed_at__lt=before).exclude(kept),
        )


def erase(*, patron: Patron) -> None:
    """Take `patron` off every loan and hold that is over, whatever was chosen before."""
    _unname(
        Loan.objects.filter(patron=patron, returned_at__isnull=False),
        Hold.objects.filter(patron=patron, closed_at__isnull=False),
    )


def choose(*, patron: Patron, is_kept: bool) -> None:
    """Keep a reading history from now on, or not; what was forgotten stays forgotten."""
    Patron.objects.filter(pk=patron.pk).update(is_history_kept=is_kept)


def _unname(loans: QuerySet[Loan], holds: QuerySet[Hold]) -> None:
    keys = list(loans.filter(patron__isnull=False).values_list("pk", flat=True))
    if keys:
        Suspension.objects.filter(loan__in=keys).update(loan=None)
        Charge.objects.filter(loan__in=keys).update(loan=None)
        Loan.objects.filter(pk__in=keys).update(patron=None, idempotency_key=None)
    holds.filter(patron__isnull=False).update(patron=None)
