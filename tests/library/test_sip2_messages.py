"""Messages of SIP2 as text and back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from madang.library.sip2.messages import (
    Damaged,
    Request,
    answer,
    checksum,
    clean,
    frame,
    last_of,
    moment,
    parse,
)

CHECKIN = (
    b"09N20160419    12200820160419    122008APReading Room 1|AO830|AB830$28170815|AC|AY2AZEB80"
)


def test_a_message_is_read_with_its_fixed_and_named_fields() -> None:
    assert parse(CHECKIN, "utf-8") == Request(
        code="09",
        fixed={"no_block": "N", "at": "20160419    122008", "returned_at": "20160419    122008"},
        fields={"AP": "Reading Room 1", "AO": "830", "AB": "830$28170815", "AC": ""},
        sequence="2",
    )


def test_the_checksum_is_that_of_a_published_message() -> None:
    assert checksum(CHECKIN[:-4]) == "EB80"


@pytest.mark.parametrize(
    "line",
    [
        CHECKIN[:-1] + b"1",
        CHECKIN.replace(b"830$", b"831$"),
        b"",
        b"0",
        b"55whatever",
        b"09N2016",
        b"23000" + b" " * 18 + b"AA\xff|",
        "２３000".encode(),
    ],
)
def test_what_is_no_message_is_damaged(line: bytes) -> None:
    with pytest.raises(Damaged):
        parse(line, "utf-8")


def test_a_checksum_without_a_sequence_number_is_verified_too() -> None:
    line = b"9910803.00AZ"
    line += checksum(line).encode()
    assert parse(line, "utf-8").sequence == ""
    with pytest.raises(Damaged):
        parse(line[:-1] + b"0", "utf-8")


def test_of_a_field_that_comes_twice_the_first_counts() -> None:
    read = parse(b"35" + b" " * 18 + b"AO|AAfirst |AAsecond|", "utf-8")
    assert (read.get("AA"), read.get("XX")) == ("first", "")


def test_an_answer_has_error_detection_where_the_request_had_it() -> None:
    said = answer("941", [("AF", "안녕|하세요\r\n")])
    assert frame(said, "", "utf-8") == "941AF안녕 하세요  |\r".encode()
    line = frame(said, "7", "cp949")
    assert line.startswith("941AF안녕 하세요  |AY7AZ".encode("cp949"))
    assert parse_checksum(line)


def parse_checksum(line: bytes) -> bool:
    """Whether all bytes and the checksum add up to nothing, as the standard says."""
    body, told = line[:-5], line[-5:-1]
    return (sum(body) + int(told, 16)) & 0xFFFF == 0


def test_signs_that_the_encoding_has_not_are_question_marks() -> None:
    assert frame(answer("941", [("AF", "é")]), "", "cp949") == b"941AF?|\r"


def test_a_long_value_is_cut() -> None:
    assert clean("가" * 300) == "가" * 255


def test_times_are_local_times_with_four_blanks() -> None:
    assert moment(datetime(2027, 3, 4, 5, 6, 7, tzinfo=UTC)) == "20270304    050607"
    assert last_of(date(2027, 3, 4)) == "20270304    235959"
