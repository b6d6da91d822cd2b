"""What the racers of imports do, in a process of their own; see `races`."""

from __future__ import annotations

import json
import threading
from io import BytesIO

from django.utils import timezone

from madang.lib import iso2709
from madang.library import importing
from madang.library.describing import describe
from madang.library.models import Bib, ImportBatch, Item
from tests.library.records import book
from tests.promises.races import at_once

CLIENTS = 8
TITLES = 30


def read_in(*, is_guarded: bool) -> None:
    """Everybody reads the same file in at the same moment."""
    at = timezone.now()
    source = b"".join(book(n, f"책 {n}", ("852", f"  $pX{n}")) for n in range(1, TITLES + 1))
    batches = [
        importing.stage(file_name=str(n), format="marc", at=at, by=None) for n in range(CLIENTS)
    ]
    for batch in batches:
        importing.begin(batch=batch, at=at)
    everybody_looked = threading.Barrier(CLIENTS)

    def act(n: int) -> str:
        if is_guarded:
            importing.take_in(batch=batches[n], stream=BytesIO(source), at=at)
        else:
            _look_then_leap(batches[n], source, everybody_looked)
        return "read"

    told = at_once(CLIENTS, act)
    rows = ImportBatch.objects.all()
    print(
        json.dumps(
            {
                "told": told,
                "titles": Bib.objects.count(),
                "different": Bib.objects.values("title").order_by().distinct().count(),
                "copies": Item.objects.count(),
                "counted": [sum(row.titles for row in rows), sum(row.copies for row in rows)],
                "seen": sum(row.seen for row in rows),
            }
        )
    )


def _look_then_leap(batch: ImportBatch, source: bytes, everybody_looked: threading.Barrier) -> None:
    """The control: look which numbers are there, then write the others, with no key on them."""
    pieces = iso2709.pieces(BytesIO(source))
    found = [describe(iso2709.parse(each.source), each.source) for each in pieces]
    numbers = [each.columns["control_number"] for each in found]
    rows = Bib.objects.filter(control_number__in=numbers)
    there = set(rows.values_list("control_number", flat=True))
    everybody_looked.wait()
    Bib.objects.bulk_create(
        Bib(**each.columns, batch=batch)
        for each in found
        if each.columns["control_number"] not in there
    )
