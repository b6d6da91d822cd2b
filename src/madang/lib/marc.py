"""A bibliographic record as MARC 21 and KORMARC have it: a leader, and fields by their tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

SUBFIELD = "\x1f"
LEADER = "00000nam a2200000   4500"
"""A book, in UTF-8, its parts counted when it is written."""


class Stream(Protocol):
    """What bytes are read from: an open file, or one that was sent."""

    def read(self, size: int, /) -> bytes:
        """As `io.RawIOBase.read`."""


class Damaged(Exception):
    """A record that cannot be read; `code` says why, in a word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Piece(NamedTuple):
    """What should be a record: its number in the file, from 1, the byte it begins at, its bytes."""

    number: int
    offset: int
    source: bytes


class Field(NamedTuple):
    """A field; `text` is the value of a control field, else indicators and marked subfields."""

    tag: str
    text: str

    @property
    def is_control(self) -> bool:
        """Whether it has neither indicators nor subfields: 001 to 009."""
        return self.tag.startswith("00")

    @property
    def indicators(self) -> str:
        """Two signs, blanks where the record has none."""
        return self.text.partition(SUBFIELD)[0].ljust(2)[:2]

    @property
    def subfields(self) -> list[tuple[str, str]]:
        """Codes and values, in their order."""
        return [(part[0], part[1:]) for part in self.text.split(SUBFIELD)[1:] if part]

    def values(self, codes: str) -> list[str]:
        """The values of the subfields with one of `codes`, in the record's order."""
        parts = self.text.split(SUBFIELD)
        return [part[1:] for part in parts[1:] if part and part[0] in codes]

    def get(self, code: str) -> str:
        """The first value of a subfield; empty where there is none."""
        if SUBFIELD + code not in self.text:  # mostly, of what is asked of every field
            return ""
        return next(iter(self.values(code)), "")


def data(tag: str, *subfields: tuple[str, str], indicators: str = "  ") -> Field:
    """A field of subfields; a mark inside a value becomes a blank."""
    parts = (code + " ".join(value.split()) for code, value in subfields)
    return Field(tag, indicators + "".join(SUBFIELD + part for part in parts))


@dataclass(frozen=True, slots=True)
class Record:
    """A record; `notes` tell what was put right while it was read."""

    leader: str
    fields: tuple[Field, ...]
    notes: frozenset[str] = frozenset()
    _by_tag: dict[str, list[Field]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, list[Field]] = {}
        for each in self.fields:
            found.setdefault(each.tag, []).append(each)
        object.__setattr__(self, "_by_tag", found)

    def all(self, tags: Iterable[str]) -> Iterator[Field]:
        """The fields with these tags: in the order of `tags`, then of the record."""
        for tag in tags:
            yield from self._by_tag.get(tag, ())

    def first(self, *tags: str) -> Field | None:
        """The first field with the first of these tags that the record has."""
        for tag in tags:
            if found := self._by_tag.get(tag):
                return found[0]
        return None

    def control(self, tag: str) -> str:
        """The value of a control field; empty where there is none."""
        found = self.first(tag)
        return found.text if found is not None else ""
