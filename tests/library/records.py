"""Small records of the tests' own, in the encodings that libraries' files are really in."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from madang.library import importing
from madang.library.models import ImportBatch
from tests.cast import NOW

Fields = Iterable[tuple[str, str]]
"""Tags and values; `$` marks a subfield, and what stands before the first are the indicators."""
UTF8, SILENT = "00000nam a2200000   4500", "00000nam  2200000   4500"


def iso(fields: Fields, *, leader: str = UTF8, encoding: str = "utf-8") -> bytes:
    """A record in ISO 2709, counted rightly."""
    directory, body = b"", b""
    for tag, value in fields:
        data = value.replace("$", "\x1f").encode(encoding) + b"\x1e"
        directory += f"{tag}{len(data):04}{len(body):05}".encode()
        body += data
    base = 24 + len(directory) + 1
    length = base + len(body) + 1
    head = f"{length:05}{leader[5:12]}{base:05}{leader[17:]}".encode()
    return head + directory + b"\x1e" + body + b"\x1d"


def book(
    number: int | str, title: str = "토지", *more: tuple[str, str], encoding: str = "utf-8"
) -> bytes:
    """A record with a number and a title."""
    fields = [("001", str(number)), ("003", "MDNG"), ("245", f"00$a{title}"), *more]
    return iso(fields, leader=UTF8 if encoding == "utf-8" else SILENT, encoding=encoding)


KORMARC: list[tuple[str, str]] = [
    ("001", "KMO199400001"),
    ("003", "MDNG"),
    ("008", "950101s1994    ulka          000  fkor  "),
    ("020", "1 $a8937460009 (세트)$g03810"),
    ("020", "  $a8937460018$g04810 :$c₩8000"),
    ("049", "0 $fR$lEM0000001$v1$lEM0000002$v1$c2"),
    ("056", "  $a813.6$24"),
    ("090", "  $a813.6$b박14ㅌ$c1"),
    ("100", "1 $a박경리"),
    ("245", "10$a토지 :$b대하소설 /$d박경리 지음 ;$e김민수 그림"),
    ("250", "  $a재판"),
    ("260", "  $a서울 :$b솔,$c1994"),
    ("300", "  $a424 p. :$b삽화 ;$c22 cm"),
    ("440", "00$a한국문학 ;$v1"),
    ("650", " 8$a한국 소설$x장편"),
    ("653", "  $a토지$a대하소설"),
]
"""A record of a Korean library, with two copies."""
LINKED: list[tuple[str, str]] = [
    ("001", "00000001"),
    ("003", "MDNG"),
    ("008", "000101s1999    ko            000 0 kor  "),
    ("022", "  $a0378-5955"),
    ("100", "1 $6880-01$aPak, Kyŏng-ni."),
    ("245", "10$6880-02$aTʻoji /$cPak Kyŏng-ni."),
    ("246", "3 $aThe land"),
    ("650", " 0$aKorean fiction$y20th century."),
    ("852", "  $bBranch$cchild$h895.7$iP35$pX1"),
    ("880", "1 $6100-01/$1$a박경리."),
    ("880", "10$6245-02/$1$a토지 /$c박경리 지음."),
]
"""A record whose fields are romanised, and linked to the same in Korean."""


def staged(format: str = "marc") -> ImportBatch:  # noqa: A002 - its name
    """An import that nothing was done for."""
    return importing.stage(file_name=f"books.{format}", format=format, at=NOW, by=None)


def taken_in(source: bytes, format: str = "marc") -> ImportBatch:  # noqa: A002 - its name
    """An import of `source` that is in the catalogue."""
    batch = staged(format)
    importing.begin(batch=batch, at=NOW)
    importing.take_in(batch=batch, stream=BytesIO(source), at=NOW)
    batch.refresh_from_db()
    return batch


def sums(batch: ImportBatch) -> tuple[int, int, int, int, int]:
    """Records, new titles, new copies, known, rejected."""
    return batch.seen, batch.titles, batch.copies, batch.known, batch.rejected
