"""Tables that people make: CSV in UTF-8, UTF-16 or CP949, and XLSX, a row at a time and bounded.

And what a cell must not be in a table that they are given.
"""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, cast

from openpyxl import load_workbook

from madang.lib.marc import Damaged

if TYPE_CHECKING:
    from madang.lib.marc import Stream

BLOCK = 1 << 16
MOST_COLUMNS = 200
MOST_LINE = 1 << 20
MOST_ROWS = 1 << 20
"""As many as a spreadsheet has; a row that claims a higher number would be waited for."""
MOST_UNPACKED, MOST_STRINGS, MOST_PARTS = 512 << 20, 64 << 20, 1000
"""Bytes of a workbook when it is unpacked, of its texts alone, and how many parts it may have."""
SEPARATORS = ",\t;"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With what a cell begins that a spreadsheet takes for a formula."""
QUOTED = re.compile(r"^'(?=[=+\-@])")
"""The mark of a formula that was made text."""
LOST = re.compile("[\udc80-\udcff]")
"""Bytes that are no text, as `rows` gives them."""


def rows(stream: Stream, format: str) -> Iterator[tuple[int, list[str]]]:  # noqa: A002
    """Rows that are not blank, with their numbers from 1, every cell a stripped text.

    Bytes of a line that is neither UTF-8 nor CP949 are lone surrogates. Raises `Damaged`: `wide`
    beyond `MOST_COLUMNS`, `encoding` for broken UTF-16, `table` where it cannot be read any
    further or would unpack to too much.
    """
    for number, cells in _sheet(stream) if format == "xlsx" else _lines(stream):
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            raise Damaged("wide")
        if cells:
            yield number, cells


def guess(headers: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """The field of each column by its name, the first that has it; empty where none is known.

    `known` are fields by their names, small letters and digits only.
    """
    found: list[str] = []
    for header in headers:
        field = known.get(re.sub(r"[\W_]+", "", header).casefold(), "")
        found.append("" if field in found else field)
    return found


def plain(value: str) -> str:
    """A cell that no spreadsheet takes for a formula, made text as a spreadsheet itself does it."""
    return f"'{value}" if value.startswith(FORMULA) else value


def _lines(stream: Stream) -> Iterator[tuple[int, list[str]]]:
    lines = _text(stream)
    first = next(lines, "")
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(_again(first, lines), delimiter=separator)
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error:
        raise Damaged("table") from None


def _again(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _text(stream: Stream) -> Iterator[str]:
    """Lines with their ends; each in UTF-8, or else in CP949."""
    block = stream.read(BLOCK)
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield from _wide_text(block, stream)
        return
    rest = block.removeprefix(codecs.BOM_UTF8)
    while block:
        *lines, rest = rest.splitlines(keepends=True) or [b""]
        if rest.endswith(b"\n"):
            lines.append(rest)
            rest = b""
        for line in lines:
            yield _decoded(line)
        if len(rest) > MOST_LINE:
            raise Damaged("table")
        block = stream.read(BLOCK)
        rest += block
    if rest:
        yield _decoded(rest)


def _wide_text(block: bytes, stream: Stream) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-16")()
    rest = ""
    try:
        while block:
            *lines, rest = (rest + decoder.decode(block)).split("\n")
            for line in lines:
                yield line + "\n"
            if len(rest) > MOST_LINE:
                raise Damaged("table")
            block = stream.read(BLOCK)
        yield rest + decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Damaged("encoding") from None


def _decoded(line: bytes) -> str:
    for encoding in ("utf-8", "cp949"):
        try:
            return line.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    return line.decode("utf-8", "surrogateescape")


def _sheet(stream: Stream) -> Iterator[tuple[int, list[str]]]:
    """The first sheet of a workbook; what its directory says of its parts is looked at before."""
    file = cast("IO[bytes]", stream)  # a workbook is read from its end
    try:
        with zipfile.ZipFile(file) as parts:
            _check(parts.infolist())
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        found = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)
        for number, cells in enumerate(found, start=1):
            if number > MOST_ROWS:
                raise Damaged("table")
            yield number, [_cell(value) for value in cells]
    except Damaged:
        raise
    except Exception:  # openpyxl raises whatever a damaged part leads it to
        raise Damaged("table") from None


def _check(parts: list[zipfile.ZipInfo]) -> None:
    strings = sum(part.file_size for part in parts if "sharedStrings" in part.filename)
    if (
        len(parts) > MOST_PARTS
        or strings > MOST_STRINGS
        or sum(part.file_size for part in parts) > MOST_UNPACKED
    ):
        raise Damaged("table")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
