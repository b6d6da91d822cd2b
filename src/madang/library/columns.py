"""What the columns of a table hold, guessed by their names, and a title from one of its rows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from madang.lib import tables
from madang.lib.marc import Damaged, Stream
from madang.library.describing import LONGEST, YEAR, Copy, Description, clean, numbers

FIELDS = {
    "": _("nothing that is read"),
    "title": _("Title"),
    "subtitle": _("Subtitle"),
    "author": _("Author"),
    "publisher": _("Publisher"),
    "year": _("Year"),
    "isbn": "ISBN",
    "barcode": _("Barcode"),
    "accession_number": _("Accession number"),
    "call_number": _("Call number"),
    "location": _("Shelving location"),
    "volume": _("Volume"),
    "edition": _("Edition"),
    "series": _("Series"),
    "extent": _("Extent"),
    "language": _("Language"),
    "subjects": _("Subjects"),
    "summary": _("Summary"),
}
NAMES = {
    "title": "title book booktitle 서명 서명저자 도서명 도서 책 제목 책제목 책이름"
    " 자료명 본표제 표제",
    "subtitle": "subtitle 부서명 부제 부제목 부표제",
    "author": "author authors creator writer 저자 저자명 지은이 저작자 글쓴이 작가 저편자",
    "publisher": "publisher 출판사 출판사명 발행처 발행자 출판처 펴낸곳",
    "year": "year published publicationyear date 발행년 발행연도 출판년 출판연도 발행년도 발행일",
    "isbn": "isbn isbn13 isbn10 국제표준도서번호",
    "barcode": "barcode itembarcode 바코드 바코드번호",
    "accession_number": "accession accessionnumber accessionno 등록번호 도서번호 관리번호",
    "call_number": "callnumber callno shelfmark 청구기호 분류기호 청구번호",
    "location": "location shelf shelvinglocation 서가 자료실 소장위치 배가위치 자료실명 별치기호",
    "volume": "volume vol 권차 권호 권 권수 권차기호",
    "edition": "edition 판 판사항 판차",
    "series": "series 총서 총서명 시리즈 시리즈명",
    "extent": "extent pages 면수 쪽수 페이지 형태사항 페이지수",
    "language": "language 언어 본문언어",
    "subjects": "subject subjects keyword keywords 주제 주제어 키워드 주제명",
    "summary": "summary description abstract 요약 초록 설명 내용 책소개",
}
KNOWN = {name: field for field, names in NAMES.items() for name in names.split()}
JOINED = ("edition", "series", "extent", "summary")


def guess(headers: Sequence[str]) -> list[str]:
    """The field of each column by its name, the first that has it; empty where none is known."""
    return tables.guess(headers, KNOWN)


def headers(stream: Stream, format: str) -> list[str]:  # noqa: A002 - its name
    """The names of the columns of a table; none where it cannot be read."""
    try:
        return next(tables.rows(stream, format), (0, list[str]()))[1]
    except Damaged:
        return []


def titles(
    stream: Stream,
    format: str,  # noqa: A002 - its name
    columns: Sequence[str],
) -> Iterator[tuple[int, bytes, Description | str]]:
    """For each row under the names: its number, its bytes, what it describes or why it cannot."""
    names: list[str] | None = None
    number = 0
    try:
        for number, cells in tables.rows(stream, format):
            if names is None:
                names, columns = cells, list(columns) or guess(cells)
                continue
            if len(cells) > len(names):
                yield number, _bytes(cells), "columns"
            elif tables.LOST.search("".join(cells)):
                yield number, _bytes(cells), "encoding"
            else:
                source = _bytes(dict(zip(names, cells, strict=False)))
                yield number, source, describe(cells, columns) or "no_title"
    except Damaged as damage:
        yield number + 1, b"", damage.code


def _bytes(row: dict[str, str] | list[str]) -> bytes:
    """A row as JSON; bytes that are no text are what they were."""
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogateescape")


def describe(cells: Sequence[str], columns: Sequence[str]) -> Description | None:
    """The title of a row, and its copy; None where it has no title.

    Rows that say the same of the title are one title with a copy each.
    """
    held: dict[str, str] = {}
    for field, cell in zip(columns, cells, strict=False):
        if field and cell:
            held[field] = f"{held[field]} {cell}" if field in held else tables.QUOTED.sub("", cell)
    get = {field: clean(held.get(field, "")) for field in FIELDS}
    if not get["title"]:
        return None
    name = f"{get['title']} {get['volume']}".strip()
    year = YEAR.search(get["year"])
    language = get["language"].lower()
    text = {field: get[field] for field in ("subtitle", "author", "publisher", *JOINED)}
    text |= {
        "title": name,
        "subjects": "\n".join(
            filter(None, map(clean, re.split(r"[;\n]", held.get("subjects", ""))))
        ),
        "language": language if re.fullmatch("[a-z]{3}", language) else "",
    }
    cut = {field: value[: LONGEST.get(field, 10_000)] for field, value in text.items()}
    isbns = tuple(numbers(re.split(r"[,;|/]", held.get("isbn", ""))))
    said = json.dumps([sorted(cut.items()), get["year"], [one.value for one in isbns]])
    return Description(
        key="row:" + hashlib.sha256(said.encode()).hexdigest(),
        columns={**cut, "year": int(year[0]) if year else None},
        numbers=isbns,
        copies=tuple(_copies(get)),
    )


def _copies(get: dict[str, str]) -> Iterator[Copy]:
    number = get["accession_number"][:50]
    if barcode := get["barcode"][:50] or number:
        yield Copy(barcode, number or None, get["call_number"][:100], get["location"])
