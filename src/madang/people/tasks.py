"""Work that is done after the answer: the one place that knows the task library.

A task is a row in the database, written in the transaction that wants it done. `sweep()` does
again whatever a crash left undone; rooms add sweeps of their own.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from madang.people.models import Session

KEEP_RESULTS = timedelta(days=1)
Sweep = Callable[[datetime], None]
__all__ = ["now", "on_sweep", "sweep", "task"]

logger = logging.getLogger(__name__)
_sweeps: list[Sweep] = []


def on_sweep(sweep: Sweep) -> Sweep:
    """Have `sweep(at)` called about once a minute by the background worker."""
    _sweeps.append(sweep)
    return sweep


def sweep(*, at: datetime) -> list[str]:
    """Do once what is to be done about once a minute; the names of those that failed.

    One that fails is written to the log and does not keep the others from being done.
    """
    failed = []
    for each in _sweeps:
        try:
            each(at)
        except Exception:
            logger.exception("sweep %s failed", each.__name__)
            failed.append(each.__name__)
    return failed


@on_sweep
def forget_results(at: datetime) -> None:
    """Finished tasks say when members acted; a day later nobody needs them."""
    DBTaskResult.objects.finished().filter(finished_at__lt=at - KEEP_RESULTS).delete()


@on_sweep
def forget_sessions(at: datetime) -> None:
    """Sessions that are over say who was here; nobody needs them."""
    Session.objects.filter(expire_date__lte=at).delete()


def now() -> datetime:
    """The moment for tasks, which nobody can pass in."""
    return timezone.now()
