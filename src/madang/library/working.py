"""What the background worker does for imports, and goes on with where a crash ended it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from madang.library import importing, reverting
from madang.library.models import ImportBatch
from madang.library.models.imports import UNDER_WAY
from madang.people import tasks

QUIET = timedelta(minutes=10)
"""After so long without a step nobody is at work on an import any more."""


@tasks.task()
def go_on(batch_id: int) -> None:
    """Do what is to be done for an import, if it is still to be done."""
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is not None:
        work(batch=batch, at=tasks.now())


def work(*, batch: ImportBatch, at: datetime) -> None:
    """Look `batch` through, take it in or take it back, as its status says."""
    with suppress(importing.NotNow):
        if batch.status == ImportBatch.Status.REVERTING:
            reverting.take_back(batch=batch, at=at)
        elif not batch.file:
            importing.stop(batch=batch, at=at)
        else:
            _read(batch, at)


def _read(batch: ImportBatch, at: datetime) -> None:
    with batch.file.open("rb") as stream:
        if batch.status == ImportBatch.Status.READING:
            importing.look_through(batch=batch, stream=stream, at=at)
            return
        importing.take_in(batch=batch, stream=stream, at=at)
    batch.file.delete(save=False)
    ImportBatch.objects.filter(pk=batch.pk).update(file="")


@tasks.on_sweep
def resume(at: datetime) -> None:
    """Go on with what a crash interrupted; a terminal that is gone ends its import."""
    quiet = ImportBatch.objects.filter(status__in=UNDER_WAY, worked_at__lt=at - QUIET)
    for batch in quiet.order_by("pk")[:10]:
        ImportBatch.objects.filter(pk=batch.pk).update(worked_at=at)
        go_on.enqueue(batch.pk)
