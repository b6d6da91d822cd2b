"""Reading files into the catalogue: looked through first, then taken in, and taken back whole.

A file is gone through in steps of some hundred records, each in one transaction that also notes
how far it came: who is interrupted goes on where the last step ended, and of two who work on one
file each step is done by one. Reading a file again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from madang.library import reading
from madang.library.models import ImportBatch, ItemType, Location
from madang.library.reading import Candidate
from madang.library.taking import Seen, Step

if TYPE_CHECKING:
    from madang.lib.marc import Stream
    from madang.people.models import Member

STEP = 500
"""Records in a transaction."""
Tell = Callable[[ImportBatch], None]


class NotNow(Exception):
    """The file is somewhere else by now: taken in, taken back, or given up."""


def stage(
    *,
    file_name: str,
    format: str,  # noqa: A002 - its name
    at: datetime,
    by: Member | None,
    file: File[bytes] | None = None,
    item_type: ItemType | None = None,
    location: Location | None = None,
    columns: Iterable[str] = (),
) -> ImportBatch:
    """A new import; its copies are of `item_type`, and stand at `location`.

    Without them the first there is are taken; a site that has none gets one of each.
    """
    with transaction.atomic():
        if item_type is None:
            item_type = ItemType.objects.order_by("pk").first()
        if location is None:
            location = Location.objects.order_by("pk").first()
        book, shelf = {"name": _("Book")}, {"name": _("Library")}
        return ImportBatch.objects.create(
            file_name=file_name[-255:],
            file=file or "",
            columns=list(columns),
            format=format,
            made_by=by,
            made_at=at,
            item_type=item_type or ItemType.objects.get_or_create(book, code="book")[0],
            location=location or Location.objects.get_or_create(shelf, code="main")[0],
        )


def look_through(
    *, batch: ImportBatch, stream: Stream, at: datetime, tell: Tell | None = None
) -> None:
    """Count what taking `stream` in would bring, and note its problems; writes nothing else.

    Raises `NotNow` where it was looked through meanwhile.
    """
    seen = Seen()
    for step in _steps(batch, stream):
        with transaction.atomic():
            row = _mine(batch, ImportBatch.Status.READING)
            if fresh := [each for each in step if each.number > row.seen]:
                Step(row, fresh, at).count(seen)
        _tell(tell, row)
    with transaction.atomic():
        row = _mine(batch, ImportBatch.Status.READING)
        row.status, row.total = ImportBatch.Status.STAGED, row.seen
        row.save(update_fields=["status", "total"])
    _tell(tell, row)


def begin(*, batch: ImportBatch, at: datetime) -> None:
    """Have a file taken in from its first record on, looked through or not; else `NotNow`."""
    with transaction.atomic():
        row = _mine(batch, ImportBatch.Status.READING, ImportBatch.Status.STAGED)
        row.problems.all().delete()
        row.status, row.worked_at = ImportBatch.Status.APPLYING, at
        row.seen = row.titles = row.copies = row.known = row.rejected = 0
        row.save()


def look_again(*, batch: ImportBatch, columns: Iterable[str], at: datetime) -> None:
    """Have a table looked through anew, its columns holding what `columns` say; else `NotNow`."""
    with transaction.atomic():
        row = _mine(batch, ImportBatch.Status.READING, ImportBatch.Status.STAGED)
        row.problems.all().delete()
        row.status, row.worked_at, row.columns = ImportBatch.Status.READING, at, list(columns)
        row.seen = row.titles = row.copies = row.known = row.rejected = 0
        row.save()


def discard(*, batch: ImportBatch) -> None:
    """Forget a file that was not taken in; else `NotNow`."""
    with transaction.atomic():
        row = _mine(batch, ImportBatch.Status.READING, ImportBatch.Status.STAGED)
        row.delete()
        transaction.on_commit(lambda: batch.file.delete(save=False))


def stop(*, batch: ImportBatch, at: datetime) -> None:
    """Let what was taken in so far stand as the whole import; else `NotNow`."""
    with transaction.atomic():
        row = _mine(batch, ImportBatch.Status.APPLYING)
        row.status, row.applied_at = ImportBatch.Status.APPLIED, at
        row.save(update_fields=["status", "applied_at"])


def take_in(*, batch: ImportBatch, stream: Stream, at: datetime, tell: Tell | None = None) -> None:
    """Every record of `stream` becomes a title with its copies, is there already, or is rejected.

    Once by the constraint `library_bib_import_key_once`, whoever else reads the same file in;
    none is left out by `library_import_counts_every_record`. Raises `NotNow` where it is not this
    import's turn.
    """
    for step in _steps(batch, stream):
        with transaction.atomic():
            row = _mine(batch, ImportBatch.Status.APPLYING)
            if fresh := [each for each in step if each.number > row.seen]:
                Step(row, fresh, at).write()
        _tell(tell, row)
    with transaction.atomic():
        row = _mine(batch, ImportBatch.Status.APPLYING)
        row.status, row.applied_at = ImportBatch.Status.APPLIED, at
        row.total = row.seen
        row.save(update_fields=["status", "applied_at", "total"])
    _tell(tell, row)


def _mine(batch: ImportBatch, *statuses: ImportBatch.Status) -> ImportBatch:
    """The import as it is now, until the transaction ends; `NotNow` in another status."""
    rows = ImportBatch.objects.select_for_update().filter(status__in=statuses)
    row = rows.filter(pk=batch.pk).first()
    if row is None:
        raise NotNow
    return row


def _steps(batch: ImportBatch, stream: Stream) -> Iterator[list[Candidate]]:
    candidates = reading.candidates(stream, batch.format, batch.columns)
    while step := list(islice(candidates, STEP)):
        yield step


def _tell(tell: Tell | None, row: ImportBatch) -> None:
    if tell is not None:
        tell(row)
