"""The catalogue as a file: MARC, MARCXML, or a table with a row for each copy."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from io import StringIO

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from madang.lib import marcxml
from madang.lib.tables import plain
from madang.library import recording
from madang.library.models import Bib, Identifier, Item

STEP = 500


def titles() -> Iterator[Bib]:
    """Every title, hidden ones too, in the order of ids, with what a record says of it."""
    last = 0
    while step := list(described(Bib.objects.filter(pk__gt=last).order_by("pk"))[:STEP]):
        yield from step
        last = step[-1].pk


def described(bibs: QuerySet[Bib]) -> QuerySet[Bib]:
    """`bibs` with their numbers and copies at hand."""
    items = Item.objects.select_related("location", "item_type").order_by("pk")
    numbers = Identifier.objects.order_by("pk")
    return bibs.prefetch_related(
        Prefetch("items", queryset=items), Prefetch("identifiers", queryset=numbers)
    )


def as_marc() -> Iterator[bytes]:
    """ISO 2709, record by record: byte for byte for what came as MARC."""
    for bib in titles():
        yield recording.marc(bib)


def as_marcxml() -> Iterator[bytes]:
    """A collection in MARCXML."""
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<collection xmlns="{marcxml.NAMESPACE}">\n'.encode()
    for bib in titles():
        yield marcxml.write(recording.record_of(bib)).encode() + b"\n"
    yield b"</collection>\n"


def as_csv() -> Iterator[bytes]:
    """A table in UTF-8 with a mark that spreadsheets look for; a title without copies has a row."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(_headers())
    yield "\ufeff".encode()
    for bib in titles():
        head = [
            bib.title,
            bib.subtitle,
            bib.author,
            bib.publisher,
            str(bib.year or ""),
            next((one.value for one in bib.identifiers.all() if one.kind == "isbn"), ""),
            bib.language,
        ]
        for copy in [_copy(item) for item in bib.items.all()] or [[""] * 6]:
            writer.writerow([plain(value) for value in (*head, *copy)])
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def _headers() -> list[str]:
    return [
        _("Title"),
        _("Subtitle"),
        _("Author"),
        _("Publisher"),
        _("Year"),
        "ISBN",
        _("Language"),
        _("Barcode"),
        _("Accession number"),
        _("Call number"),
        _("Shelving location"),
        _("Item type"),
        _("Status"),
    ]


def _copy(item: Item) -> list[str]:
    return [
        item.barcode,
        item.accession_number or "",
        item.call_number,
        str(item.location),
        str(item.item_type),
        item.get_status_display(),
    ]


FORMATS: dict[str, tuple[Callable[[], Iterator[bytes]], str, str]] = {
    "marc": (as_marc, "application/marc", "mrc"),
    "marcxml": (as_marcxml, "application/marcxml+xml", "xml"),
    "csv": (as_csv, "text/csv; charset=utf-8", "csv"),
}
"""By name: what writes it, its media type (RFC 2220, RFC 6207, RFC 4180), how a file of it ends."""
