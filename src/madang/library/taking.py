"""One step of an import: what some hundred records are to the catalogue, counted or written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import itemgetter

from madang.db import bulk
from madang.library import index, recording
from madang.library.describing import Copy, Description
from madang.library.models import Bib, Identifier, ImportBatch, ImportProblem, Item, Location
from madang.library.reading import SAID, Candidate

BIB = tuple(field.attname for field in Bib._meta.concrete_fields if not field.primary_key)
IDENTIFIER = ("bib_id", "kind", "value", "raw", "is_valid")
MARKS = ("barcode", "accession_number", "call_number")
ITEM = ("bib_id", *MARKS, "item_type_id", "location_id", "batch_id", "created_at")
"""The columns in which new rows are written."""
EMPTY = {field.attname: field.get_default() for field in Bib._meta.concrete_fields}
"""What a title has in the columns of which nothing is said."""
Owners = dict[str, int]
"""Keys of records or marks of copies, and the id of the title that has each.

A record that is no title yet stands with its number in the file, below zero.
"""


@dataclass
class Seen:
    """What earlier steps would have written, while a file is looked through."""

    titles: Owners = field(default_factory=dict)
    marks: Owners = field(default_factory=dict)


class Step:
    """Some records of a file, in the transaction of the caller."""

    def __init__(self, batch: ImportBatch, records: list[Candidate], at: datetime) -> None:
        self.batch, self.records, self.at = batch, records, at
        self.described: list[tuple[Candidate, Description]] = []
        self.problems: list[ImportProblem] = []
        self.titles: Owners = {}
        self.sources: dict[str, bytes] = {}

    def count(self, seen: Seen) -> None:
        """Note what would be written, and the problems."""
        self.titles = {**seen.titles, **self._there()}
        new = self._sort()
        self.titles |= {key: -each.number for key, (each, _) in new.items()}
        seen.titles |= {key: -each.number for key, (each, _) in new.items()}
        made = self._copies(seen.marks)
        self._close(titles=len(new), copies=len(made))

    def write(self) -> None:
        """Write titles, numbers, copies, problems, and how far it came."""
        self.titles = self._there()
        new = self._sort()
        bulk.insert(Bib, BIB, (self._bib(*each) for each in new.values()))
        mine = []
        rows = Bib.objects.filter(import_key__in=new).values_list("import_key", "pk", "batch")
        for key, pk, owner in rows:
            assert key is not None
            self.titles[key] = pk
            if owner == self.batch.pk:
                mine.append(key)
        numbers = (
            (self.titles[key], n.kind, n.value, n.raw, n.is_valid)
            for key in mine
            for n in new[key][1].numbers
        )
        bulk.insert(Identifier, IDENTIFIER, numbers)
        index.enter((self.titles[key], new[key][1].columns) for key in mine)
        made = self._copies({})
        bulk.insert(Item, ITEM, (self._item(*each) for each in made))
        self._close(titles=len(mine), copies=self._landed(made))

    def _there(self) -> Owners:
        """Titles of the catalogue with the keys of this step, and the records they came from."""
        keys = {each.description.key for each in self.records if each.description is not None}
        rows = Bib.objects.filter(import_key__in=keys).values_list("import_key", "pk", "source")
        found = {}
        for key, pk, source in rows:
            assert key is not None
            found[key] = pk
            self.sources[key] = bytes(source or b"")
        return found | self._typed_in(keys)

    def _typed_in(self, keys: set[str]) -> Owners:
        """Titles that were typed in here, and come back in a file that was written here."""
        own = f"marc:{recording.agency()}:"
        numbers = [key.removeprefix(own) for key in keys if key.startswith(own)]
        known = [int(number) for number in numbers if number.isdecimal() and len(number) < 19]
        rows = Bib.objects.filter(pk__in=known, source__isnull=True)
        return {recording.key_of(bib): bib.pk for bib in rows.only("pk")}

    def _sort(self) -> dict[str, tuple[Candidate, Description]]:
        """The records that are no title yet, the first of each key; what is wrong is noted."""
        new: dict[str, tuple[Candidate, Description]] = {}
        for each in self.records:
            found = each.description
            if found is None:
                self._note(each, each.reason, is_rejected=True)
                continue
            same = self.sources.get(found.key, each.source)
            if found.is_numbered and same != each.source:
                self._note(each, "differs", str(found.columns["title"]), is_rejected=True)
                continue
            self.described.append((each, found))
            if found.key not in self.titles:
                new.setdefault(found.key, (each, found))
                self.sources.setdefault(found.key, each.source)
            for note in sorted(found.notes & SAID):
                self._note(each, note)
            for number in found.numbers:
                if not number.is_valid:
                    self._note(each, "isbn", number.raw)
        return new

    def _bib(self, each: Candidate, found: Description) -> tuple[object, ...]:
        """As `BIB` has it."""
        made = {
            "import_key": found.key,
            "source": each.source,
            "source_format": self.batch.format,
            "batch_id": self.batch.pk,
            "created_at": self.at,
            "updated_at": self.at,
        }
        return _values({**EMPTY, **found.columns, **made})

    def _copies(self, marks: Owners) -> list[tuple[Candidate, Copy, int]]:
        """The copies that are not there yet, each with the id of its title; others are noted."""
        wanted = [(each, copy, found) for each, found in self.described for copy in found.copies]
        taken = {**marks, **_taken(copy for _, copy, _ in wanted)}
        made = []
        for each, copy, found in wanted:
            title, own = self.titles[found.key], _marks(copy)
            owners = [taken[mark] for mark in own if mark in taken]
            if not owners:
                made.append((each, copy, title))
                for mark in own:
                    taken[mark] = marks[mark] = title
            elif taken.get(own[0]) != title or len(owners) < len(own):
                self._note(each, "barcode", copy.barcode)
        return made

    def _item(self, each: Candidate, copy: Copy, bib_id: int) -> tuple[object, ...]:
        """As `ITEM` has it."""
        own = self._places.get(copy.location.casefold())
        place = own.pk if own else self.batch.location_id
        kind, batch = self.batch.item_type_id, self.batch.pk
        marks = (copy.barcode, copy.accession_number, copy.call_number)
        return (bib_id, *marks, kind, place, batch, self.at)

    @cached_property
    def _places(self) -> dict[str, Location]:
        """Shelving locations by code and by name."""
        rows = list(Location.objects.all())
        return {word.casefold(): row for row in rows for word in (row.code, row.name)}

    def _landed(self, made: list[tuple[Candidate, Copy, int]]) -> int:
        """How many copies were written; what somebody else was quicker with is noted."""
        codes = [copy.barcode for _, copy, _ in made]
        own = Item.objects.filter(batch=self.batch, barcode__in=codes)
        written = set(own.values_list("barcode", flat=True))
        for each, copy, _ in made:
            if copy.barcode not in written:
                self._note(each, "barcode", copy.barcode)
        return len(written)

    def _note(
        self, each: Candidate, reason: str, detail: str = "", *, is_rejected: bool = False
    ) -> None:
        is_kept = is_rejected or reason == "barcode"
        self.problems.append(
            ImportProblem(
                batch=self.batch,
                number=each.number,
                offset=each.offset,
                reason=reason,
                detail=detail[:250],
                source=each.source if is_kept else None,
                is_rejected=is_rejected,
            )
        )

    def _close(self, *, titles: int, copies: int) -> None:
        """Write the problems, and add up on the import."""
        ImportProblem.objects.bulk_create(self.problems)
        batch = self.batch
        rejected = sum(one.is_rejected for one in self.problems)
        batch.titles += titles
        batch.copies += copies
        batch.rejected += rejected
        batch.known += len(self.records) - titles - rejected
        batch.seen += len(self.records)
        batch.worked_at = self.at
        batch.save(update_fields=["titles", "copies", "rejected", "known", "seen", "worked_at"])


_values: Callable[[Mapping[str, object]], tuple[object, ...]] = itemgetter(*BIB)


def _marks(copy: Copy) -> list[str]:
    """What no two copies share: the barcode first, then the accession number."""
    marks = [f"barcode {copy.barcode}"]
    return marks if copy.accession_number is None else [*marks, f"number {copy.accession_number}"]


def _taken(copies: Iterable[Copy]) -> Owners:
    """The marks that copies of the catalogue have already, and whose they are."""
    codes, numbers = set(), set()
    for copy in copies:
        codes.add(copy.barcode)
        numbers.add(copy.accession_number)
    found = {}
    for field_name, values in (("barcode", codes), ("accession_number", numbers - {None})):
        rows = Item.objects.filter(**{f"{field_name}__in": values})
        word = "barcode" if field_name == "barcode" else "number"
        for value, bib_id in rows.values_list(field_name, "bib"):
            found[f"{word} {value}"] = bib_id
    return found
