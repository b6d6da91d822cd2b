"""Work that is done after the answer: the one place that knows the task library.

A task is a row in the database, written in the transaction that wants it done. `sweep()` does
again whatever a crash left undone; rooms add sweeps of their own.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.management import call_command
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

KEEP_RESULTS = timedelta(days=1)
__all__ = ["now", "on_sweep", "sweep", "task"]

_sweeps: list[Callable[[datetime], None]] = []


def on_sweep(sweep: Callable[[datetime], None]) -> Callable[[datetime], None]:
    """Have `sweep(at)` called about once a minute by the background worker."""
    _sweeps.append(sweep)
    return sweep


def sweep(*, at: datetime) -> None:
    """Do once what is to be done about once a minute."""
    for each in _sweeps:
        each(at)


@on_sweep
def _forget_results(at: datetime) -> None:
    """Finished tasks say when members acted; a day later nobody needs them."""
    DBTaskResult.objects.finished().filter(finished_at__lt=at - KEEP_RESULTS).delete()


@on_sweep
def _forget_sessions(at: datetime) -> None:
    call_command("clearsessions")


def now() -> datetime:
    """The moment for tasks, which nobody can pass in."""
    return timezone.now()
