"""Tables that people make, in the encodings and of the sizes that they come in."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from madang.lib import tables
from madang.lib.marc import Damaged

TEXT = '서명,저자\r\n토지,박경리\r\n\r\n "혼불, 1" , 최명희 \r\n'
EXPECTED = [(1, ["서명", "저자"]), (2, ["토지", "박경리"]), (4, ['"혼불', '1"', "최명희"])]


def rows(source: bytes, format: str = "csv") -> list[tuple[int, list[str]]]:  # noqa: A002
    return list(tables.rows(BytesIO(source), format))


def workbook(*cells: list[object]) -> bytes:
    book, file = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in cells:
        sheet.append(row)
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_a_table_is_read_in_the_encoding_it_is_in(encoding: str) -> None:
    assert rows(TEXT.encode(encoding)) == EXPECTED


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_the_separator_is_the_one_of_the_first_line(separator: str) -> None:
    text = f'a{separator}b\n"x{separator}\n\0y"{separator}z'
    assert rows(text.encode()) == [(1, ["a", "b"]), (3, [f"x{separator}\ny", "z"])]


def test_a_line_that_is_no_text_leaves_the_others_as_they_are() -> None:
    assert rows(b"a,b\n\xff\xff,c\nd,e") == [
        (1, ["a", "b"]),
        (2, ["\udcff\udcff", "c"]),
        (3, ["d", "e"]),
    ]


def test_large_tables_are_read_in_blocks() -> None:
    text = "".join(f"책 {n},저자 {n}\n" for n in range(20_000))
    for encoding in ("utf-8", "utf-16"):
        found = rows(text.encode(encoding))
        assert (len(found), found[-1]) == (20_000, (20_000, ["책 19999", "저자 19999"]))


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (",".join(["x"] * 10_000).encode(), "wide"),
        (b"x" * (3 << 20), "table"),
        (("x" * (3 << 20)).encode("utf-16"), "table"),
        (b'a\n"' + b"x" * 200_000 + b'"', "table"),
        (b"\xff\xfea\x00\x00\xd8", "encoding"),
    ],
)
def test_what_is_no_table_of_books_is_damaged(source: bytes, code: str) -> None:
    with pytest.raises(Damaged) as damage:
        rows(source)
    assert damage.value.code == code


def test_nothing_is_no_row() -> None:
    assert rows(b"") == []


def test_a_workbook_is_read_as_it_is_shown() -> None:
    moment = datetime(1994, 5, 1, 12, 0)
    source = workbook(
        ["서명", "연도", None], [], [" 토지 ", 1e20, moment], ["혼불", 1.5, date(1996, 1, 2)]
    )
    assert rows(source, "xlsx") == [
        (1, ["서명", "연도"]),
        (3, ["토지", "1" + 20 * "0", "1994-05-01"]),
        (4, ["혼불", "1.5", "1996-01-02"]),
    ]
    assert tables._cell(date(1996, 1, 2)) == "1996-01-02"


def packed(**parts: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "source",
    [
        b"PK\x03\x04nothing",
        packed(sharedStrings=b"\0" * (65 << 20)),
        packed(**{f"part{n}": b"" for n in range(1001)}),
        packed(empty=b""),
        workbook(["a"])[:-200],
    ],
    ids=["no archive", "a bomb", "many parts", "no workbook", "cut off"],
)
def test_what_is_no_workbook_is_damaged_before_it_is_unpacked(source: bytes) -> None:
    with pytest.raises(Damaged) as damage:
        rows(source, "xlsx")
    assert damage.value.code == "table"


def test_a_workbook_with_10000_columns_is_damaged() -> None:
    with pytest.raises(Damaged) as damage:
        rows(workbook(["x"] * 10_000), "xlsx")
    assert damage.value.code == "wide"


def test_a_row_that_claims_a_number_beyond_every_spreadsheet_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    assert len(rows(workbook(["a"], ["b"], ["c"]), "xlsx")) == 3
    with pytest.raises(Damaged) as damage:
        rows(workbook(["a"], [], [], ["b"]), "xlsx")
    assert damage.value.code == "table"


def test_columns_are_guessed_by_their_names_and_each_field_once() -> None:
    known = {"doctor": "doctor", "예약일시": "time"}
    assert tables.guess(["Doctor ", "예약 일시", "doctor", "?"], known) == [
        "doctor",
        "time",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("value", "written"), [("=1+1", "'=1+1"), ("@a", "'@a"), ("\t1", "'\t1"), ("가-1", "가-1")]
)
def test_a_cell_is_no_formula_and_is_read_back(value: str, written: str) -> None:
    assert tables.plain(value) == written
    assert tables.QUOTED.sub("", written) in {value, written}
