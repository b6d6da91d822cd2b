"""What a record says of a title, its numbers and its copies."""

from __future__ import annotations

import pytest

from madang.lib import iso2709
from madang.library.describing import Copy, Description, NoTitle, Number, clean, describe
from tests.library.records import KORMARC, LINKED, Fields, iso


def described(fields: Fields, leader: str = "00000nam a2200000   4500") -> Description:
    source = iso(fields, leader=leader)
    return describe(iso2709.parse(source), source)


def test_a_korean_record_is_described_with_its_copies() -> None:
    found = described(KORMARC)
    assert found.columns == {
        "title": "토지",
        "subtitle": "대하소설",
        "other_titles": "",
        "author": "박경리",
        "responsibility": "박경리 지음 ; 김민수 그림",
        "edition": "재판",
        "publisher": "솔",
        "extent": "424 p. : 삽화 ; 22 cm",
        "series": "한국문학 ; 1",
        "subjects": "한국 소설 – 장편\n토지 – 대하소설",
        "summary": "",
        "language": "kor",
        "control_number": "KMO199400001",
        "year": 1994,
        "form": "book",
    }
    assert found.numbers == (
        Number("isbn", "9788937460005", "8937460009 (세트)", is_valid=True),
        Number("isbn", "8937460018", "8937460018", is_valid=False),
    )
    assert found.copies == (
        Copy("EM0000001", "EM0000001", "R 813.6 박14ㅌ 1 1", "R"),
        Copy("EM0000002", "EM0000002", "R 813.6 박14ㅌ 1 1 c.2", "R"),
    )
    assert (found.key, found.is_numbered) == ("marc:MDNG:KMO199400001", True)


def test_a_title_is_shown_in_its_own_script_and_found_by_both() -> None:
    found = described(LINKED)
    assert (found.columns["title"], found.columns["author"]) == ("토지", "박경리")
    assert found.columns["responsibility"] == "박경리 지음"
    assert found.columns["other_titles"] == "Tʻoji\nThe land"
    assert found.columns["subjects"] == "Korean fiction – 20th century"
    assert found.numbers == (Number("issn", "03785955", "0378-5955", is_valid=True),)
    assert found.copies == (Copy("X1", None, "895.7 P35", "child"),)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("008", "x" * 40), ("260", "  $cc2003.")], 2003),
        ([("264", " 1$c[1987?]")], 1987),
        ([("260", "  $c단기 4290")], None),
        ([("008", "000101s19uu")], None),
    ],
)
def test_the_year_is_found_where_it_is(fields: list[tuple[str, str]], expected: int | None) -> None:
    assert described([*fields, ("245", "00$a책")]).columns["year"] == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("041", "0 $aengkor")], "eng"),
        ([("008", " " * 35 + "|||  ")], ""),
        ([("008", " " * 35 + "1x!  ")], ""),
    ],
)
def test_the_language_is_a_code_or_nothing(fields: list[tuple[str, str]], expected: str) -> None:
    assert described([*fields, ("245", "00$a책")]).columns["language"] == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("am", "book"),
        ("as", "serial"),
        ("jm", "audio"),
        ("gm", "video"),
        ("rm", "other"),
        ("  ", "book"),
    ],
)
def test_the_form_is_that_of_the_leader(kind: str, expected: str) -> None:
    leader = f"00000n{kind} a2200000   4500"
    assert described([("245", "00$a책")], leader).columns["form"] == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("056", "  $a813.6$26"), ("050", "  $aPL1")], "813.6"),
        ([("050", " 4$aPL991$b.P3")], "PL991 .P3"),
        ([("082", "04$a895.7$222")], "895.7"),
        ([], ""),
    ],
)
def test_the_call_number_is_the_nearest_there_is(
    fields: list[tuple[str, str]], expected: str
) -> None:
    [copy] = described([*fields, ("245", "00$a책"), ("852", "  $pX1")]).copies
    assert copy == Copy("X1", None, expected, "")


def test_what_says_nothing_of_a_copy_or_a_number_is_left_out() -> None:
    found = described(
        [
            ("020", "  $a(pbk.)$z89-374-6000-9"),
            ("020", "  $a9788937460005"),
            ("049", "  $v1$x메모"),
            ("852", "  $aX"),
            ("245", "00$a책"),
            ("880", "  $6245-00$a없음"),
            ("880", "  $6999-01$a없음"),
            ("650", " 0$2x"),
        ]
    )
    assert [number.value for number in found.numbers] == ["9788937460005"]
    assert (found.copies, found.columns["subjects"]) == ((), "")


def test_what_makes_a_record_one_is_its_number_or_its_bytes() -> None:
    one, two = described([("001", "7"), ("245", "00$a책")]), described([("245", "00$a책")])
    long = described([("001", "7" * 100), ("003", "M" * 100), ("245", "00$a책")])
    assert [each.key[:6] for each in (one, two, long)] == ["bytes:"] * 3
    assert (one.key == two.key, one.is_numbered, len(one.key)) == (False, False, 70)


@pytest.mark.parametrize("fields", [[("001", "7")], [("245", "00$b부제")], [("245", "00$a /")]])
def test_without_a_title_there_is_nothing_to_look_for(fields: list[tuple[str, str]]) -> None:
    with pytest.raises(NoTitle):
        described(fields)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("토지 /", "토지"),
        ("a\x00b\x85c\ud800 ", "a b c"),
        ("경영의 역사.", "경영의 역사"),
        ("[by] Thomas Moore.", "[by] Thomas Moore"),
        ("24 cm.", "24 cm."),
        ("Smith, J.", "Smith, J."),
    ],
)
def test_punctuation_of_cards_is_left_out(text: str, expected: str) -> None:
    assert clean(text) == expected
