"""A table of books: guessed, corrected, read in row by row, and nothing lost."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from django.conf import LazySettings

from madang.library import columns, exporting, import_command, importing
from madang.library.importing import NotNow
from madang.library.models import Bib, ImportBatch, Item
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.lib.test_tables import workbook
from tests.library.records import staged, sums, taken_in
from tests.library.test_importing import problems
from tests.library.test_imports_pages import page, sent, work
from tests.shelf import Shelf

pytestmark = [pytest.mark.usefixtures("now"), pytest.mark.django_db]

TABLE = """등록번호,서명,부서명,저자,출판사,발행년,ISBN,청구기호,권차,서가,주제,언어
EM1,토지,대하소설,박경리,솔,1994년,89-374-6000-9,813.6 박14ㅌ,1,어린이실,소설; 장편,kor
EM2,토지,대하소설,박경리,솔,1994년,89-374-6000-9,813.6 박14ㅌ,1,어린이실,소설; 장편,kor
EM3,토지,대하소설,박경리,솔,1994년,89-374-6000-9,813.6 박14ㅌ,2,,소설; 장편,Korean
"""
MORE = """,무정,,이광수,,,,,,,,
EM1,날개,,이상,,,8937460018,,,,,
EM9,,,이상,,,,,,,,
EM8,봄봄,,,,,,,,,,,너무 많은 칸
"""


def test_columns_are_guessed_by_their_names() -> None:
    names = ["등록 번호", "서명", "책제목", "지은이", "출판사", "Call Number", "ISBN-13", "비고"]
    assert columns.guess(names) == [
        "accession_number",
        "title",
        "",
        "author",
        "publisher",
        "call_number",
        "isbn",
        "",
    ]


def test_rows_that_say_the_same_are_one_title_with_a_copy_each(shelf: Shelf) -> None:
    batch = taken_in(TABLE.encode("cp949"), "csv")
    assert sums(batch) == (3, 2, 3, 1, 0)
    first, second = Bib.objects.order_by("pk")
    assert (first.title, first.author, first.year, first.language, first.subjects) == (
        "토지 1",
        "박경리",
        1994,
        "kor",
        "소설\n장편",
    )
    assert (second.title, second.language) == ("토지 2", "")
    assert list(first.items.values_list("barcode", "accession_number", "call_number")) == [
        ("EM1", "EM1", "813.6 박14ㅌ"),
        ("EM2", "EM2", "813.6 박14ㅌ"),
    ]
    assert first.identifiers.get().value == "9788937460005"
    assert bytes(second.source or b"").decode().startswith('{"등록번호": "EM3", "서명": "토지"')
    again = taken_in((TABLE + "EM4" + TABLE.splitlines()[1][3:]).encode(), "csv")
    assert sums(again) == (4, 0, 1, 4, 0)
    assert first.items.count() == 3


def test_every_row_that_is_not_read_in_is_told_with_its_reason(shelf: Shelf) -> None:
    source = (TABLE + MORE).encode() + b"EM7,\xff\xff,x\n"
    batch = taken_in(source, "csv")
    assert sums(batch) == (8, 4, 3, 1, 3)
    assert problems(batch) == [
        (5, 6, "isbn", "8937460018", False),
        (5, 6, "barcode", "EM1", False),
        (6, 7, "no_title", "", True),
        (7, 8, "columns", "", True),
        (8, 9, "encoding", "", True),
    ]
    assert bytes(batch.problems.get(number=8).source or b"") == b'["EM7", "\xff\xff", "x"]'
    assert bytes(batch.problems.get(reason="barcode").source or b"").startswith(b"{")
    assert Bib.objects.get(title="무정").items.count() == 0


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (",".join(["서명"] * 10_000).encode(), (1, "wide")),
        (b"\xff\xfea\x00\x00\xd8", (1, "encoding")),
        (TABLE.encode() + b'"' + b"x" * 200_000, (4, "table")),
    ],
)
def test_what_cannot_be_read_on_is_told(
    shelf: Shelf, source: bytes, expected: tuple[int, str]
) -> None:
    batch = taken_in(source, "csv")
    last = batch.problems.last()
    assert last is not None
    assert (batch.seen, last.reason) == expected
    assert columns.headers(BytesIO(source), "csv") == (
        [] if batch.seen == 1 else TABLE.splitlines()[0].split(",")
    )
    assert columns.headers(BytesIO(b""), "csv") == []


def test_a_workbook_is_read_in(shelf: Shelf) -> None:
    source = workbook(["책제목", "바코드", "저자", "저자"], ["토지", 1234, "박경리", "김민수"])
    batch = staged("xlsx")
    importing.look_again(batch=batch, columns=["title", "barcode", "author", "author"], at=NOW)
    importing.begin(batch=batch, at=NOW)
    batch.refresh_from_db()
    importing.take_in(batch=batch, stream=BytesIO(source), at=NOW)
    assert Bib.objects.get().author == "박경리 김민수"
    assert Item.objects.get().barcode == "1234"
    with pytest.raises(NotNow):
        importing.look_again(batch=batch, columns=[], at=NOW)


def test_the_own_table_comes_back(shelf: Shelf) -> None:
    bib = shelf.bib("=토지", copies=2)
    source = b"".join(exporting.as_csv())
    Item.objects.all().delete()
    bib.delete()
    assert sums(taken_in(source, "csv")) == (2, 1, 2, 1, 0)
    assert Bib.objects.get().title == "=토지"


def test_a_librarian_says_what_the_columns_hold(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = enter(sujin)
    path = sent(client, "물건,쓴 사람\n토지,박경리\n".encode("cp949"), "책.csv")
    assert work().rejected == 1
    looked = page(client, path)
    assert '<label for="column-2">쓴 사람</label>' in looked
    assert "표제가 없는 레코드입니다." in looked
    assert "2행" in looked
    wrong = client.post(f"{path}columns/", {"column": ["title", "nonsense"]})
    assert wrong.status_code == 400
    assert enter(hana).post(f"{path}columns/").status_code == 403
    client.post(f"{path}columns/", {"column": ["title", "author"]})
    assert work().titles == 1
    assert '<option value="author" selected>저자</option>' in page(client, path)
    client.post(f"{path}apply/")
    work()
    client.post(f"{path}columns/", {"column": ["author", "title"]})
    assert (ImportBatch.objects.get().status, Bib.objects.get().author) == ("applied", "박경리")


def test_a_terminal_reads_a_table(
    shelf: Shelf,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    file = tmp_path / "books"
    file.write_text("a,b\n토지,박경리\n", "utf-8")
    assert import_command.run(["books", str(file)]) == 1
    assert import_command.run(["books", str(file), "--columns", "title,author"]) == 0
    assert import_command.run(["books", str(file), "--columns", "title,nobody"]) == 2
    assert import_command.run(["marc", str(file)]) == 2
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "row 2: The record has no title.",
        "1 records: 0 new titles, 0 new copies, 0 there already, 1 rejected",
        "1 records: 1 new titles, 0 new copies, 0 there already, 0 rejected",
    ]
    assert "nobody: a column holds one of title subtitle author" in told.err
    assert "this is neither MARC nor MARCXML nor a table" in told.err
