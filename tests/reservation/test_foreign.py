"""Reading another calendar: what another library reads, within bounds, and nothing but times."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from madang.reservation import foreign, recurrence
from tests.cast import NOW

SEOUL = ZoneInfo("Asia/Seoul")
HOUR = timedelta(hours=1)


def calendar(*entries: str) -> bytes:
    """A file with these entries, each the lines of a VEVENT."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    for entry in entries:
        lines += ["BEGIN:VEVENT", *entry.strip().splitlines(), "END:VEVENT"]
    return "\r\n".join([*(line.strip() for line in lines), "END:VCALENDAR", ""]).encode()


def read(content: bytes, at: datetime = NOW) -> foreign.Reading:
    return foreign.read(content, zone=SEOUL, host="localhost", at=at)


def spans(*entries: str) -> list[tuple[str, str]]:
    """The busy times, as months, days and times in UTC."""
    found = read(calendar(*entries))
    assert found.unread == 0
    return [
        (f"{start:%m-%d %H:%M}", f"{end:%m-%d %H:%M}")
        for start, end in sorted(span for each in found.spans.values() for span in each)
    ]


TEN = ("03-02 01:00", "03-02 02:00")


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:20270302T010000Z\nDTEND:20270302T020000Z",
        "DTSTART;TZID=Asia/Seoul:20270302T100000\nDTEND;TZID=Asia/Seoul:20270302T110000",
        "DTSTART;TZID=Asia/Seoul:20270302T100000\nDTEND:20270302T020000Z",
        "DTSTART;TZID=Korea Standard Time:20270302T100000\nDURATION:PT1H",
        'DTSTART;TZID="/freeassociation.sourceforge.net/Asia/Seoul":20270302T100000\nDURATION:PT1H',
        "DTSTART:20270302T100000\nDTEND:20270302T110000",
        "DTSTART:20270302T100030\nDTEND:20270302T105959",
        "DTSTART:20270302T010000Z\nDURATION:PT60M\nSTATUS:TENTATIVE\nTRANSP:OPAQUE",
        (
            "DTSTART:20270302T010000Z\nDURATION:PT60M\nSUMMARY:a\n b\nBEGIN:VALARM\nUID:y\n"
            "DTSTART:20270303T010000Z\nEND:VALARM"
        ),
    ],
)
def test_a_time_is_read_however_it_is_written(lines: str) -> None:
    assert spans(f"UID:x\n{lines}") == [TEN]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART;VALUE=DATE:20270302", ("03-01 15:00", "03-02 15:00")),
        (
            "DTSTART;VALUE=DATE:20270302\nDTEND;VALUE=DATE:20270305",
            ("03-01 15:00", "03-04 15:00"),
        ),
        ("DTSTART;VALUE=DATE:20270302\nDURATION:P2D", ("03-01 15:00", "03-03 15:00")),
    ],
)
def test_whole_days_are_days_of_the_doctor(lines: str, expected: tuple[str, str]) -> None:
    assert spans(f"UID:x\n{lines}") == [expected]


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:20270302T010000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT",
        "DTSTART:20270302T010000Z\nDURATION:PT1H\nSTATUS:CANCELLED",
        "DTSTART:20270302T010000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "DTSTART:20270302T010000Z",
        "DTSTART:20200302T010000Z\nDURATION:PT1H",
        "DTSTART:20300302T010000Z\nDURATION:PT1H",
    ],
)
def test_what_takes_no_time_takes_none(lines: str) -> None:
    assert spans(f"UID:x\n{lines}") == []


def test_what_this_site_wrote_itself_is_left_out() -> None:
    lines = "DTSTART:20270302T010000Z\nDURATION:PT1H"
    assert read(calendar(f"UID:7@localhost\n{lines}")) == foreign.Reading()


def test_a_long_time_is_cut_to_what_is_kept() -> None:
    found = read(calendar("UID:x\nDTSTART:20260101T000000Z\nDTEND:20300101T000000Z"))
    assert list(found.spans.values()) == [[(NOW - foreign.BEHIND, NOW + foreign.AHEAD)]]


def test_nothing_but_times_comes_out() -> None:
    found = read(
        calendar(
            "UID:hana@example.com\nDTSTART:20270302T010000Z\nDURATION:PT1H\n"
            "SUMMARY:Surgery of Hana\nATTENDEE:mailto:hana@example.com"
        )
    )
    assert "hana" not in repr(found).lower()


# What recurs.


def test_on_days_when_clocks_change_the_wall_shows_the_same_time() -> None:
    lines = "DTSTART;TZID=America/New_York:20270313T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2"
    assert spans(f"UID:x\n{lines}") == [
        ("03-13 14:00", "03-13 15:00"),
        ("03-14 13:00", "03-14 14:00"),
    ]


def test_dates_are_added_and_taken_out() -> None:
    lines = (
        "DTSTART:20270302T010000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\n"
        "EXDATE:20270303T010000Z\nRDATE:20270309T010000Z,20270310T010000Z"
    )
    assert [start for start, _end in spans(f"UID:x\n{lines}")] == [
        "03-02 01:00",
        "03-04 01:00",
        "03-09 01:00",
        "03-10 01:00",
    ]


def test_one_of_a_series_may_be_elsewhere_or_called_off() -> None:
    series = "UID:x\nDTSTART:20270302T010000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3"
    moved = "UID:x\nRECURRENCE-ID:20270303T010000Z\nDTSTART:20270303T050000Z\nDURATION:PT30M"
    gone = (
        "UID:x\nRECURRENCE-ID:20270304T010000Z\nDTSTART:20270304T010000Z\nDURATION:PT1H\n"
        "STATUS:CANCELLED"
    )
    assert spans(moved, series, gone) == [TEN, ("03-03 05:00", "03-03 05:30")]


def rules() -> st.SearchStrategy[str]:
    """Rules as people write them."""
    weekdays = st.lists(st.sampled_from(recurrence.WEEKDAYS), min_size=1, max_size=3, unique=True)
    places = st.builds(
        lambda n, day: f"{n}{day}",
        st.sampled_from([1, 2, 3, -1, -2]),
        st.sampled_from(recurrence.WEEKDAYS),
    )
    months = st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True)
    month_days = st.lists(
        st.sampled_from([1, 13, 28, 29, 30, 31, -1, -5]), min_size=1, max_size=3, unique=True
    )

    def join(name: str, values: st.SearchStrategy[list[object]]) -> st.SearchStrategy[str]:
        return values.map(lambda found: f";{name}=" + ",".join(map(str, found)))

    nothing = st.just("")
    by_day = join("BYDAY", weekdays) | nothing  # type: ignore[arg-type]
    by_month = join("BYMONTH", months) | nothing  # type: ignore[arg-type]
    by_month_day = join("BYMONTHDAY", month_days)  # type: ignore[arg-type]
    by_place = places.map(lambda place: f";BYDAY={place}")
    interval = st.integers(1, 4).map(lambda n: f";INTERVAL={n}")
    end = nothing | st.just(";UNTIL=20270901T000000Z")
    start = st.sampled_from(["", ";WKST=SU"])
    daily = st.tuples(st.just("FREQ=DAILY"), by_day, by_month, interval, end)
    weekly = st.tuples(st.just("FREQ=WEEKLY"), by_day, interval, start, end)
    monthly = st.tuples(
        st.just("FREQ=MONTHLY"), by_month_day | by_place | by_day | nothing, interval, end
    )
    yearly = st.tuples(
        st.just("FREQ=YEARLY"),
        st.one_of(by_month, st.tuples(by_month, by_month_day).map("".join), by_place),
        interval,
        end,
    )
    return st.one_of(daily, weekly, monthly, yearly).map("".join)


@settings(max_examples=150, deadline=None)
@given(rule=rules(), day=st.dates(date(2025, 1, 1), date(2027, 6, 30)), hour=st.integers(0, 23))
def test_what_recurs_is_what_another_library_says(rule: str, day: date, hour: int) -> None:
    """From the first day that the rule itself gives: where it gives another, libraries differ."""
    written = recurrence.parse(rule)[0]
    days = recurrence.occurrences(written, day, date(2028, 1, 1), recurrence.Budget(10_000))
    first = next((each for each in days if each != day), day)
    assume(first < date(2027, 8, 31))  # a rule that ends before it begins is read in two ways
    lines = (
        f"UID:x\nDTSTART;TZID=Europe/Berlin:{datetime.combine(first, time(hour)):%Y%m%dT%H%M%S}\n"
        f"DURATION:PT30M\nRRULE:{rule}"
    )
    content = calendar(lines)
    until = datetime(2027, 12, 31, tzinfo=UTC)
    theirs = recurring_ical_events.of(Calendar.from_ical(content)).between(NOW, until)
    [ours] = read(content).spans.values()
    assert [start for start, _end in ours if NOW <= start < until] == sorted(
        event.start.astimezone(UTC) for event in theirs if event.start >= NOW
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["01-29", "02-26", "03-31"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,2;COUNT=5", ["01-29", "02-01", "02-02", "03-01"]),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=2,3;COUNT=3", ["01-29", "03-02", "03-03"]),
        ("FREQ=YEARLY;INTERVAL=9999", ["01-29"]),
        ("FREQ=WEEKLY;INTERVAL=9999;BYDAY=SU", ["01-29", "01-31"]),
        ("FREQ=DAILY;INTERVAL=30", ["01-29", "02-28", "03-30"]),
    ],
)
def test_the_first_is_always_one_of_them(rule: str, expected: list[str]) -> None:
    found = recurrence.occurrences(
        recurrence.parse(rule)[0], date(2027, 1, 29), date(2027, 4, 1), recurrence.Budget(9999)
    )
    assert [f"{day:%m-%d}" for day in found][: len(expected)] == expected


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=7",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,MO;WKST=SU",
        "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR,2MO",
        "FREQ=MONTHLY;INTERVAL=14;BYMONTHDAY=31",
        "FREQ=YEARLY;INTERVAL=3;BYMONTH=2,12;BYMONTHDAY=29,1",
        "FREQ=YEARLY;BYDAY=53FR,-1SA",
    ],
)
def test_whoever_begins_later_finds_the_same_days(rule: str) -> None:
    first, until = date(1999, 11, 30), date(2031, 1, 1)
    written = recurrence.parse(rule)[0]

    def since(day: date) -> list[date]:
        budget = recurrence.Budget(99_999)
        found = recurrence.occurrences(written, first, until, budget, since=day)
        return [each for each in found if each >= day]

    whole = since(date.min)
    assert whole[0] == first
    assert len(whole) > 5
    for day in (first, date(2027, 2, 28), date(2027, 3, 1), date(2030, 12, 31), until):
        assert since(day) == [each for each in whole if each >= day]


def test_years_of_the_past_cost_nothing() -> None:
    """Three hundred monthly meetings since 1970: all their days would be far too many."""
    lines = "DTSTART:19700101T010000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=1MO"
    found = read(calendar(*(f"UID:{n}\n{lines}" for n in range(300))))
    assert {len(each) for each in found.spans.values()} == {14}


def test_the_end_of_the_calendar_is_an_end() -> None:
    for rule in ("FREQ=YEARLY;INTERVAL=9999", "FREQ=DAILY;INTERVAL=9999", "FREQ=MONTHLY"):
        days = recurrence.occurrences(
            recurrence.parse(rule)[0], date(9999, 12, 1), date.max, recurrence.Budget(9999)
        )
        assert list(days) == [date(9999, 12, 1)]


# What cannot be read.


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=5",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=9,10",
        "FREQ=YEARLY;BYWEEKNO=53",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=999999999999",
        "FREQ=DAILY;COUNT=1;UNTIL=20280101",
        "FREQ=DAILY;INTERVAL=x",
        "FREQ=DAILY;WKST=XX",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=DAILY;UNTIL=tomorrow",
        "INTERVAL=1",
        "nonsense",
    ],
)
def test_a_rule_that_is_not_understood_is_told_and_not_guessed(rule: str) -> None:
    bad = f"UID:bad\nDTSTART:20270302T010000Z\nDURATION:PT1H\nRRULE:{rule}"
    good = "UID:good\nDTSTART:20270302T010000Z\nDURATION:PT1H"
    found = read(calendar(bad, good))
    assert (found.unread, [len(each) for each in found.spans.values()]) == (1, [1])


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:20270302T010000Z\nDURATION:PT1H",
        "UID:x",
        "UID:x\nDTSTART:tomorrow",
        "UID:x\nDTSTART:20270230T010000Z",
        "UID:x\nDTSTART:99990302T010000Z\nDURATION:PT1H",
        "UID:x\nDTSTART:00010302",
        "UID:x\nDTSTART;TZID=Mars/Olympus:20270302T010000\nDURATION:PT1H",
        "UID:x\nDTSTART;TZID=../../etc/passwd:20270302T010000\nDURATION:PT1H",
        "UID:x\nDTSTART:20270302T010000Z\nDURATION:long",
        "UID:x\nDTSTART:20270302T010000Z\nDURATION:-PT1H",
        "UID:x\nDTSTART:20270302T010000Z\nDURATION:P99999D",
        "UID:x\nDTSTART:20270302T010000Z\nDTEND:20270301T010000Z",
        "UID:x\nDTSTART:20270302T010000Z,20270303T010000Z\nDURATION:PT1H",
        "UID:x\nDTSTART;X\nDURATION:PT1H",
        "UID:x\nDTSTART:20270302T010000Z\nDURATION:PT1H\nEXDATE:x",
        "UID:x\nDTSTART:20270302T010000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20270302T010000Z/PT1H",
    ],
)
def test_an_entry_that_cannot_be_read_is_counted(lines: str) -> None:
    found = read(calendar(lines))
    assert (found.spans, found.unread) == ({}, 1)
    assert len(found.unread_digests) == ("UID:x" in lines)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        b"\xff\xfe\x00",
        b"BEGIN:VCARD\r\nEND:VCARD",
        b"<html>",
        "한글".encode(),
        "BEGIN:VCALENDAR".encode("utf-16"),
    ],
)
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(foreign.NoCalendar):
        read(content)


def test_an_empty_calendar_and_one_that_breaks_off_have_nothing() -> None:
    for content in (calendar(), b"\xef\xbb\xbfBEGIN:VCALENDAR", b"begin:vcalendar\nBEGIN:VEVENT"):
        assert read(content).spans == {}


ALL_DAYS = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=9"


@pytest.mark.parametrize(
    "content",
    [
        b"x" * (foreign.BYTES + 1),
        b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * (foreign.MOST + 1),
        b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 100,
        calendar(
            *(
                f"UID:{n}\nDTSTART:20270302T010000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY"
                for n in range(13)
            )
        ),
        calendar(
            *(f"UID:{n}\nDTSTART:19700101T010000Z\nDURATION:PT1H\n{ALL_DAYS}" for n in range(25))
        ),
        calendar("UID:1\nDTSTART:19700101T010000Z\nDURATION:PT1H\n" + f"{ALL_DAYS}\n" * 25),
    ],
)
def test_what_would_take_too_long_is_refused(content: bytes) -> None:
    with pytest.raises(foreign.TooLarge):
        read(content)


def test_a_zone_that_counts_to_the_end_of_the_world_is_not_followed() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Asia/Seoul\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
        "TZOFFSETFROM:+0000\r\nTZOFFSETTO:+1200\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\n"
        "END:VTIMEZONE\r\n"
    )
    plain = calendar("UID:x\nDTSTART;TZID=Asia/Seoul:20270302T100000\nDURATION:PT1H").decode()
    content = plain.replace("BEGIN:VEVENT", f"{zone}BEGIN:VEVENT").encode()
    [found] = read(content).spans.values()
    assert [end - start for start, end in found] == [HOUR]
    assert found[0][0].hour == 1
