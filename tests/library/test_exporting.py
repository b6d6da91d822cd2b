"""The catalogue as a file: what came as MARC is byte for byte, and everything comes back."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.test import Client
from django.test.utils import override_settings
from pymarc import MARCReader, parse_xml_to_array

from madang.lib import iso2709, marcxml
from madang.library import export_command, exporting, recording
from madang.library.models import Bib, Identifier, Item
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.library.records import KORMARC, LINKED, book, iso, sums, taken_in
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def bib(shelf: Shelf) -> Bib:
    """A title that was typed in, with everything in it."""
    bib = Bib.objects.create(
        title="혼불",
        subtitle="대하소설",
        other_titles="Honbul",
        author="최명희",
        responsibility="최명희 지음",
        edition="초판",
        publisher="한길사",
        year=1996,
        language="kor",
        extent="10책",
        series="한국문학",
        subjects="소설\n전라도",
        summary="남원 매안 이씨 집안의 이야기. " * 200,
        created_at=NOW,
        updated_at=NOW,
    )
    Identifier.objects.create(bib=bib, kind="isbn", value="9788937460005")
    Identifier.objects.create(bib=bib, kind="isbn", value="8937460018", is_valid=False)
    Identifier.objects.create(bib=bib, kind="issn", value="03785955")
    Identifier.objects.create(bib=bib, kind="other", value="7")
    item = shelf.copy(bib)
    item.call_number, item.accession_number = "813.6 최34ㅎ", "EM1"
    item.save()
    return bib


def test_what_came_as_marc_is_given_back_byte_for_byte() -> None:
    sources = [
        iso(KORMARC),
        book(2, "둘", encoding="cp949"),
        b"99999" + book(3)[5:],
        iso(LINKED),
    ]
    taken_in(b"\n".join(sources))
    assert list(exporting.as_marc()) == sources


def test_a_title_that_was_typed_in_becomes_a_record(bib: Bib) -> None:
    [record] = MARCReader(b"".join(exporting.as_marc()))
    assert record is not None
    assert [str(field) for field in record.fields if field.tag != "520"] == [
        f"=001  {bib.pk}",
        "=003  localhost",
        "=005  20270301000000.0",
        "=008  270301s1996\\\\\\\\xx\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\kor\\\\",
        "=020  \\\\$a9788937460005",
        "=020  \\\\$z8937460018",
        "=022  \\\\$a03785955",
        "=100  1\\$a최명희",
        "=245  10$a혼불$b대하소설$c최명희 지음",
        "=246  3\\$aHonbul",
        "=250  \\\\$a초판",
        "=260  \\\\$b한길사$c1996",
        "=300  \\\\$a10책",
        "=490  0\\$a한국문학",
        "=653  \\\\$a소설",
        "=653  \\\\$a전라도",
        "=852  \\\\$cmain$h813.6 최34ㅎ$pB1",
    ]
    assert len(record.get_fields("520")) == 2
    Bib.objects.update(author="", year=None, form="map", language="", summary="")
    record = iso2709.parse(next(exporting.as_marc()))
    assert (record.leader[6:8], record.control("008")[6:11]) == ("em", "n    ")


def test_what_was_written_here_is_known_again_and_new_elsewhere(bib: Bib) -> None:
    source = b"".join(exporting.as_marc())
    assert sums(taken_in(source)) == (1, 0, 0, 1, 0)
    Item.objects.all().delete()
    Bib.objects.all().delete()
    assert sums(taken_in(source)) == (1, 1, 1, 0, 0)
    back = Bib.objects.get()
    same = ("title", "subtitle", "author", "responsibility", "publisher", "year", "language")
    assert [getattr(back, name) for name in same] == [getattr(bib, name) for name in same]
    assert back.items.get().call_number == "813.6 최34ㅎ"


@override_settings(SITE_ORIGIN="http://example.org")
def test_a_number_that_is_none_of_ours_is_nobody() -> None:
    fields = [("003", "example.org"), ("245", "00$a책")]
    file = b"".join(iso([("001", number), *fields]) for number in ("7" * 20, "x", "7"))
    assert sums(taken_in(file)) == (3, 3, 0, 0, 0)


def test_marcxml_is_read_by_pymarc_and_by_us(bib: Bib) -> None:
    taken_in(iso(KORMARC))
    text = b"".join(exporting.as_marcxml())
    found = parse_xml_to_array(io.BytesIO(text))  # type: ignore[no-untyped-call]
    assert [record.title for record in found] == ["혼불 대하소설", "토지 : 대하소설 /"]
    Bib.objects.filter(batch__isnull=False).update(import_key=None)
    assert sums(taken_in(text, "marcxml")) == (2, 1, 0, 1, 0)


def test_what_came_as_xml_becomes_marc_even_if_it_is_too_long(shelf: Shelf) -> None:
    short = marcxml.write(iso2709.parse(book(1, "하나")))
    long = marcxml.write(iso2709.parse(book(2, "둘"))).replace("둘", "둘" * 4000)
    taken_in(f"{short}{long}".encode(), "marcxml")
    records = [iso2709.parse(source) for source in exporting.as_marc()]
    titles = [field.get("a") for record in records for field in record.all(["245"])]
    assert titles == ["하나", "둘" * 1000]
    assert recording.record_of(Bib.objects.order_by("pk").first() or Bib()).control("003") == "MDNG"


def test_a_table_has_a_row_for_each_copy(bib: Bib, shelf: Shelf) -> None:
    shelf.copy(bib)
    Bib.objects.create(title="=1+1", author="없음")
    text = b"".join(exporting.as_csv()).decode("utf-8-sig")
    of_the_title = ["혼불", "대하소설", "최명희", "한길사", "1996", "9788937460005", "kor"]
    assert list(csv.reader(io.StringIO(text))) == [
        [
            *[
                "서명",
                "부서명",
                "저자",
                "출판사",
                "발행년",
                "ISBN",
                "언어",
                "바코드",
                "등록번호",
                "청구기호",
                "서가",
            ],
            "자료 유형",
            "상태",
        ],
        [*of_the_title, "B1", "EM1", "813.6 최34ㅎ", "서가", "책", "대출 가능"],
        [*of_the_title, "B2", "", "", "서가", "책", "대출 가능"],
        ["'=1+1", "", "없음", *[""] * 10],
    ]


def test_many_titles_cost_as_many_queries_as_few(
    bib: Bib, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(4):  # type: ignore[operator]
        list(exporting.as_marc())
    taken_in(book(1) + book(2))
    with django_assert_num_queries(4):  # type: ignore[operator]
        list(exporting.as_marc())


def test_librarians_take_the_catalogue_with_them(
    bib: Bib, sujin: Member, hana: Member, enter: Enter, client: Client
) -> None:
    for name in exporting.FORMATS:
        path = f"/library/export/{name}/"
        answer = enter(sujin).get(path)
        assert answer.getvalue() == b"".join(exporting.FORMATS[name][0]())
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="catalogue-')
        assert enter(hana).get(path).status_code == 403
        assert client.get(path).headers["Location"].startswith("/people/login/")
    assert enter(sujin).get("/library/export/pdf/").status_code == 404


def test_a_terminal_writes_a_file_that_is_whole_or_not_there(
    bib: Bib,
    tmp_path: Path,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    file = tmp_path / "books.mrc"
    assert export_command.run(["marc", str(file)]) == 0
    assert export_command.run(["marc"]) == 0
    assert capsysbinary.readouterr().out == file.read_bytes() == b"".join(exporting.as_marc())
    assert export_command.run(["csv", str(tmp_path / "no" / "books.csv")]) == 2
    assert capsysbinary.readouterr().err == (
        b"madang export: the file cannot be written: No such file or directory\n"
    )
    assert list(tmp_path.iterdir()) == [file]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(SystemExit):
        export_command.run(["csv"])
    assert b"a terminal shows no records" in capsysbinary.readouterr().err
