"""Taking an import back: what it brought is gone again, but for what has been used since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from madang.library.importing import NotNow
from madang.library.models import Bib, Hold, ImportBatch, Item, Loan

STEP = 500


def begin(*, batch: ImportBatch, at: datetime) -> None:
    """Have an import taken back, or what stayed the last time; else `NotNow`."""
    ends = [ImportBatch.Status.APPLIED, ImportBatch.Status.REVERTED]
    rows = ImportBatch.objects.filter(pk=batch.pk, status__in=ends)
    if not rows.update(status=ImportBatch.Status.REVERTING, reverted_at=None, worked_at=at):
        raise NotNow


def take_back(
    *, batch: ImportBatch, at: datetime, tell: Callable[[int], None] | None = None
) -> QuerySet[Bib]:
    """Take back the titles and copies of `batch`; those that stay, because they are in use.

    A title stays if one of its copies was ever lent, if somebody waited for it, or if it has a
    copy from elsewhere. Whoever lends or waits does so before or after, never in between: all
    wait for the title. `NotNow` where it was not begun.
    """
    batch.refresh_from_db()
    if batch.status != ImportBatch.Status.REVERTING:
        raise NotNow
    last, gone = 0, 0
    while keys := list(
        kept(batch=batch).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:STEP]
    ):
        gone += _take_back(batch, keys)
        last = keys[-1]
        if tell is not None:
            tell(gone)
    rows = ImportBatch.objects.filter(pk=batch.pk, status=ImportBatch.Status.REVERTING)
    rows.update(status=ImportBatch.Status.REVERTED, reverted_at=at)
    return kept(batch=batch)


def kept(*, batch: ImportBatch) -> QuerySet[Bib]:
    """The titles of `batch`, or with copies of it, that are in the catalogue."""
    own = Item.objects.filter(bib=OuterRef("pk"), batch=batch)
    return Bib.objects.filter(Q(batch=batch) | Q(Exists(own))).order_by("title", "pk")


def _take_back(batch: ImportBatch, keys: list[int]) -> int:
    """Take back what is not in use of some titles, in one transaction; how many are gone."""
    with transaction.atomic():
        waiting = Bib.objects.select_for_update().filter(pk__in=keys).order_by("pk")
        list(waiting.values_list("pk"))
        lent = Loan.objects.filter(item=OuterRef("pk"))
        asked = Hold.objects.filter(Q(item=OuterRef("pk")) | Q(ready_item=OuterRef("pk")))
        Item.objects.filter(~Exists(lent), ~Exists(asked), batch=batch, bib__in=keys).delete()
        copies = Item.objects.filter(bib=OuterRef("pk"))
        holds = Hold.objects.filter(bib=OuterRef("pk"))
        gone = Bib.objects.filter(~Exists(copies), ~Exists(holds), batch=batch, pk__in=keys)
        count = gone.count()
        gone.delete()
    return count
