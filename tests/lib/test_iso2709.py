"""Records in ISO 2709: found, decoded, and told when they are damaged."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymarc import MARCReader

from madang.lib import iso2709
from madang.lib.marc import LEADER, Damaged, Field, Record, data
from tests.library.records import KORMARC, SILENT, UTF8, book, iso


def sources(file: bytes) -> list[tuple[int, int, bytes]]:
    return [(piece.number, piece.offset, piece.source) for piece in iso2709.pieces(BytesIO(file))]


def title(source: bytes) -> str:
    record = iso2709.parse(source)
    field = record.first("245")
    assert field is not None
    return field.get("a")


def test_a_record_is_read_as_pymarc_reads_it() -> None:
    source = iso(KORMARC)
    record = iso2709.parse(source)
    [same] = MARCReader(source)
    assert same is not None
    assert record.leader == str(same.leader)
    assert record.notes == frozenset()
    ours = [(each.tag, each.text if each.is_control else each.subfields) for each in record.fields]
    assert ours == [
        (each.tag, each.data if each.is_control_field() else [tuple(s) for s in each.subfields])
        for each in same.fields
    ]
    assert iso2709.write(record) == source


def test_records_are_found_one_by_one_with_their_place() -> None:
    one, two = book(1), book(2)
    assert sources(b"\xef\xbb\xbf" + one + b"\r\n" + two + b"\n\x1a") == [
        (1, 3, one),
        (2, 3 + len(one) + 2, two),
    ]
    assert sources(b"") == []
    assert sources(one + b"\x1d\x1d" + two) == [(1, 0, one), (2, len(one) + 2, two)]


def test_a_record_that_is_cut_off_takes_no_other_with_it() -> None:
    one, two, three = book(1), book(2), book(3)
    file = one[:40] + two + three[:30]
    assert sources(file) == [(1, 0, one[:40]), (2, 40, two), (3, 40 + len(two), three[:30])]
    assert sources(b"\n" + two) == [(1, 1, two)]


def test_what_never_ends_is_given_in_bounded_pieces() -> None:
    endless = b"x" * (3 * iso2709.MOST)
    found = sources(endless + book(1))
    assert max(len(source) for _, _, source in found) <= iso2709.MOST + iso2709.BLOCK
    assert b"".join(source for _, _, source in found) == endless + book(1)
    assert found[-1][2] == book(1)


WHOLE = book(1)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (WHOLE[:-1], "cut"),
        (b"00026\x1d", "leader"),
        ("없음".encode() * 10 + b"\x1d", "leader"),
        (WHOLE[:24] + b"\x1d", "directory"),
        (WHOLE[:24] + b"24500050000\x1e\x1d", "directory"),
        (WHOLE[:24] + b"245000500x00\x1eabcd\x1e\x1d", "directory"),
        (WHOLE[:24] + b"245 00500000\x1eabcd\x1e\x1d", "directory"),
        (WHOLE[:-2] + b"\x1d", "fields"),
        (WHOLE[:-1] + b"x\x1e\x1d", "fields"),
        (iso([("245", "00$a\x80")], leader=SILENT, encoding="latin-1"), "encoding"),
        (iso([("245", "00$a\x1b$1!")], leader=SILENT), "encoding"),
    ],
)
def test_what_cannot_be_read_is_damaged(source: bytes, code: str) -> None:
    if b"$" in source:  # the sign of MARC-8, and not the mark of a subfield
        source = source.replace(b"\x1f1!", b"$1!$")
    with pytest.raises(Damaged) as damage:
        iso2709.parse(source)
    assert damage.value.code == code


@pytest.mark.parametrize(
    "source",
    [
        b"99999" + WHOLE[5:],
        WHOLE[:12] + b"00001" + WHOLE[17:],
        WHOLE[:27] + b"0001" + WHOLE[31:],
        WHOLE[:31] + b"00001" + WHOLE[36:],
    ],
)
def test_where_the_lengths_are_wrong_the_marks_decide(source: bytes) -> None:
    assert title(source) == "토지"
    assert iso2709.parse(source).notes == {"lengths"}


@pytest.mark.parametrize(
    ("source", "expected", "notes"),
    [
        (iso([("245", "00$a토지")], leader=SILENT), "토지", {"utf8"}),
        (iso([("245", "00$a토지")], leader=SILENT, encoding="cp949"), "토지", {"korean"}),
        (iso([("245", "00$a토지")], leader=UTF8, encoding="cp949"), "토지", {"mixed"}),
        (iso([("245", "00$aLand")], leader=SILENT), "Land", set()),
        (iso([("245", "00$aL\xe1e")], leader=SILENT, encoding="latin-1"), "Lè", set()),
        (iso([("245", "00$a\x1bg\x61\x1bs")], leader=SILENT), "α", set()),
        (iso([("245", "00$aT\xb0oji")], leader=SILENT, encoding="latin-1"), "Tʻoji", set()),
        (iso([("245", "00$ang\xe1\xbci")], leader=SILENT, encoding="latin-1"), "ngời", set()),
    ],
)
def test_the_text_is_in_the_encoding_it_is_in(
    source: bytes, expected: str, notes: set[str]
) -> None:
    assert title(source) == expected
    assert iso2709.parse(source).notes == notes


def test_fields_of_one_record_may_differ_in_their_encoding() -> None:
    one = iso([("245", "00$a토지"), ("246", "  $a가나다라")], leader=SILENT)
    source = one.replace("가나다라".encode(), "가나다라마바".encode("cp949"))
    assert iso2709.parse(source).notes == {"mixed"}
    assert [each.get("a") for each in iso2709.parse(source).fields] == ["토지", "가나다라마바"]


def test_korean_bytes_that_are_no_korean_are_something_else() -> None:
    signs = iso([("245", "00$a\xa2\xb7\xa2\xb7")], leader=SILENT, encoding="latin-1")
    assert title(signs) == "ØʺØʺ"


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, len(WHOLE) - 1), sign=st.integers(0, 255))
def test_one_wrong_byte_is_read_or_told_and_loses_no_other_record(at: int, sign: int) -> None:
    broken = WHOLE[:at] + bytes([sign]) + WHOLE[at + 1 :]
    found = sources(broken + book(2))
    assert b"".join(source for _, _, source in found) == broken + book(2) or at == 0
    assert found[-1][2].endswith(book(2)[24:])
    for _, _, source in found:
        with suppress(Damaged):  # and nothing else is raised
            iso2709.parse(source)


def test_what_is_too_long_is_not_written() -> None:
    with pytest.raises(iso2709.TooLong, match="520"):
        iso2709.write(Record(LEADER, (data("520", ("a", "x" * 10_000)),)))
    with pytest.raises(iso2709.TooLong, match="108230"):
        iso2709.write(Record(LEADER, tuple(data("520", ("a", "x" * 9000)) for _ in range(12))))


def test_a_field_has_indicators_and_subfields() -> None:
    field = Field("245", "1\x1fa토지\x1f\x1fb소설")
    assert (field.indicators, field.subfields) == ("1 ", [("a", "토지"), ("b", "소설")])
    assert (field.values("ab"), field.get("c")) == (["토지", "소설"], "")
    assert data("245", ("a", "토\x1f 지 ")) == Field("245", "  \x1fa토 지")
    record = Record(LEADER, (Field("001", "7"), field))
    assert (record.control("001"), record.control("003"), record.first("9")) == ("7", "", None)
