"""Which copies and patrons get a label or a card, and what stands on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.conf import settings
from django.db.models import Q, QuerySet

from madang.library import labels
from madang.library.labels import SHEETS, Label
from madang.library.models import ImportBatch, Item, Patron, PatronCategory

T = TypeVar("T")
MOST = 2000
"""So many labels are printed at once; more is asked for in parts."""


class Unknown(Exception):
    """Nothing has these numbers."""

    def __init__(self, numbers: Sequence[str]) -> None:
        super().__init__(" ".join(numbers))
        self.numbers = numbers


class TooMany(Exception):
    """More than `MOST` at once."""


def copies(*, numbers: Sequence[str] = (), batch: ImportBatch | None = None) -> list[Item]:
    """The copies with these barcodes or accession numbers, in that order; then those of `batch`.

    The latter by call number. Each once. Raises `Unknown` or `TooMany`.
    """
    rows = list(_items().filter(Q(barcode__in=numbers) | Q(accession_number__in=numbers)))
    known = {item.accession_number: item for item in rows if item.accession_number}
    known |= {item.barcode: item for item in rows}
    found = _asked(numbers, known)
    if batch is not None:
        found += _items().filter(batch=batch).order_by("call_number", "pk")[: MOST + 1]
    return _bounded(found)


def patrons(*, numbers: Sequence[str] = (), category: PatronCategory | None = None) -> list[Patron]:
    """The patrons with these cards, in that order; then those of `category` with a card, by name.

    Each once. Raises `Unknown` or `TooMany`.
    """
    rows = Patron.objects.select_related("category").filter(card__isnull=False)
    known = {str(row.card): row for row in rows.filter(card__in=numbers)}
    found = _asked(numbers, known)
    if category is not None:
        found += rows.filter(category=category).order_by("name", "pk")[: MOST + 1]
    return _bounded(found)


def spines(items: Iterable[Item], *, sheet: str, skip: int = 0) -> bytes:
    """A PDF of labels for spines: the parts of the call number as lines, the number below."""
    made = (
        Label(
            lines=tuple(item.call_number.split()) or (item.barcode,),
            foot=(item.accession_number or item.barcode) if item.call_number else "",
        )
        for item in items
    )
    return labels.spines(made, SHEETS[sheet], skip=skip)


def barcodes(items: Iterable[Item], *, sheet: str, is_code39: bool = False, skip: int = 0) -> bytes:
    """A PDF of labels with the barcodes of copies, their titles, and the library's name."""
    made = (
        Label(head=settings.SITE_NAME, lines=(item.bib.title,), number=item.barcode)
        for item in items
    )
    return labels.barcodes(made, SHEETS[sheet], is_code39=is_code39, skip=skip)


def cards(found: Iterable[Patron], *, is_code39: bool = False, skip: int = 0) -> bytes:
    """A PDF of library cards: the name, the category, and the card's number as bars."""
    made = (
        Label(
            head=settings.SITE_NAME,
            lines=(patron.name,),
            foot=str(patron.category),
            number=patron.card or "",
        )
        for patron in found
    )
    return labels.cards(made, is_code39=is_code39, skip=skip)


def _items() -> QuerySet[Item]:
    return Item.objects.select_related("bib").order_by("pk")


def _asked(numbers: Sequence[str], known: dict[str, T]) -> list[T]:
    unknown = [number for number in numbers if number not in known]
    if unknown:
        raise Unknown(unknown)
    return [known[number] for number in numbers]


def _bounded(rows: list[T]) -> list[T]:
    found = list(dict.fromkeys(rows))
    if len(found) > MOST:
        raise TooMany
    return found
