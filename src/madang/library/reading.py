"""A file as candidates for the catalogue, one by one, whatever is wrong with some of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from madang.lib import iso2709, marcxml
from madang.lib.marc import Damaged, Piece
from madang.library.columns import titles
from madang.library.describing import Description, NoTitle, describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from madang.lib.marc import Record, Stream

SAID = frozenset({"lengths", "mixed"})
"""What a librarian should hear of what was put right; the rest is in order."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record of a file; either it is described, or `reason` says why it cannot be."""

    number: int
    offset: int
    source: bytes
    description: Description | None = None
    reason: str = ""


TABLES = (".csv", ".tsv", ".txt")
"""How the names of tables end, which begin like any text."""


def format_of(name: str, beginning: bytes) -> str | None:
    """Which format a file of that name and beginning has; None if it is none that is read."""
    start = beginning.lstrip(b"\xef\xbb\xbf \r\n\t\x00")
    if beginning.startswith(b"PK\x03\x04"):
        return "xlsx"
    if start.startswith(b"<") or beginning.startswith((b"\xff\xfe<", b"\xfe\xff\x00<")):
        return "marcxml"
    if start[:5].isdigit() or b"\x1e" in beginning or b"\x1d" in beginning:
        return "marc"
    return "csv" if name.lower().endswith(TABLES) and start else None


def candidates(
    stream: Stream,
    format: str,  # noqa: A002 - its name
    columns: Sequence[str] = (),
) -> Iterator[Candidate]:
    """The records of a file in one of the formats of an import.

    `columns` say what those of a table hold; without them their names do.
    """
    if format in {"csv", "xlsx"}:
        rows = enumerate(titles(stream, format, columns), start=1)
        for number, (offset, source, found) in rows:
            if isinstance(found, str):
                yield Candidate(number, offset, source, reason=found)
            else:
                yield Candidate(number, offset, source, description=found)
        return
    kind = marcxml if format == "marcxml" else iso2709
    for piece in kind.pieces(stream):
        yield _candidate(piece, kind.parse)


def _candidate(piece: Piece, parse: Callable[[bytes], Record]) -> Candidate:
    try:
        found = describe(parse(piece.source), piece.source)
    except Damaged as damage:
        return Candidate(*piece, reason=damage.code)
    except NoTitle:
        return Candidate(*piece, reason="no_title")
    return Candidate(*piece, description=found)
