"""Hours on the wall become moments, through every change of clocks there has been."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.lib.clock import (
    Span,
    cut,
    joined,
    meets,
    moments,
    offered,
    open_spans,
    shared,
    without,
)

ZONES = sorted(available_timezones() - {"localtime", "Factory"})


@pytest.mark.parametrize(
    ("zone", "day", "times"),
    [
        ("America/New_York", date(2027, 3, 14), 8),
        ("America/New_York", date(2027, 11, 7), 12),
        ("America/New_York", date(2027, 3, 15), 10),
        ("Australia/Lord_Howe", date(2027, 4, 4), 11),
        ("Australia/Lord_Howe", date(2027, 10, 3), 9),
        ("Asia/Seoul", date(1988, 5, 8), 8),
        ("Pacific/Apia", date(2011, 12, 30), 0),
    ],
)
def test_half_hours_from_midnight_to_five(zone: str, day: date, times: int) -> None:
    spans = offered(day, opens=0, closes=300, step=30, length=30, zone=ZoneInfo(zone))
    assert len(spans) == times


def test_both_passes_of_a_repeated_hour_are_offered() -> None:
    spans = offered(
        date(2027, 11, 7),
        opens=60,
        closes=120,
        step=30,
        length=30,
        zone=ZoneInfo("America/New_York"),
    )
    assert [start for start, _end in spans] == [
        datetime(2027, 11, 7, hour, minute, tzinfo=UTC) for hour in (5, 6) for minute in (0, 30)
    ]


def test_a_time_that_reaches_into_a_closed_hour_is_not_offered() -> None:
    """Open until 01:30: between the two passes of 01:30 to 02:00 the door is shut."""
    spans = offered(
        date(2027, 11, 7),
        opens=60,
        closes=90,
        step=15,
        length=30,
        zone=ZoneInfo("America/New_York"),
    )
    assert [start for start, _end in spans] == [
        datetime(2027, 11, 7, 5, tzinfo=UTC),
        datetime(2027, 11, 7, 6, tzinfo=UTC),
    ]


def test_a_day_can_close_at_midnight() -> None:
    spans = offered(
        date(2027, 3, 4), opens=1380, closes=1440, step=30, length=30, zone=ZoneInfo("Asia/Seoul")
    )
    assert spans == (
        (datetime(2027, 3, 4, 14, 0, tzinfo=UTC), datetime(2027, 3, 4, 14, 30, tzinfo=UTC)),
        (datetime(2027, 3, 4, 14, 30, tzinfo=UTC), datetime(2027, 3, 4, 15, 0, tzinfo=UTC)),
    )


def by_the_minute(
    day: date, opens: int, closes: int, step: int, length: int, zone: ZoneInfo
) -> list[datetime]:
    """The same by looking at the wall clock at every minute of three days."""
    midnight = datetime.combine(day, time())
    first = midnight.replace(tzinfo=UTC) - timedelta(hours=27)
    minutes = [first + timedelta(minutes=n) for n in range(78 * 60 + length)]
    walls = [minute.astimezone(zone).replace(tzinfo=None) - midnight for minute in minutes]
    shown = [wall.total_seconds() / 60 for wall in walls]
    is_open = [opens <= minute < closes for minute in shown]
    return [
        minutes[n]
        for n in range(78 * 60)
        if is_open[n] and (shown[n] - opens) % step == 0 and all(is_open[n : n + length])
    ]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_every_zone_agrees_with_looking_at_the_clock_each_minute(data: st.DataObject) -> None:
    zone = ZoneInfo(data.draw(st.sampled_from(ZONES)))
    day = data.draw(st.dates(date(1972, 1, 3), date(2037, 12, 28)))
    changes = _days_of_change(day.year, zone)
    if changes:
        day = data.draw(st.sampled_from([day, *changes]))
    opens = data.draw(st.integers(0, 1380))
    closes = data.draw(st.integers(opens + 1, 1440))
    step = data.draw(st.integers(5, 120))
    length = data.draw(st.integers(1, 120))
    starts = [
        start
        for start, _end in offered(
            day, opens=opens, closes=closes, step=step, length=length, zone=zone
        )
    ]
    if all(start.second == 0 for start in starts):
        assert starts == by_the_minute(day, opens, closes, step, length, zone)


def _days_of_change(year: int, zone: ZoneInfo) -> list[date]:
    days = [datetime(year, 1, 2, tzinfo=UTC) + timedelta(days=n) for n in range(362)]
    return [
        one.date()
        for one in days
        if one.astimezone(zone).utcoffset()
        != (one + timedelta(days=1)).astimezone(zone).utcoffset()
    ]


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(datetime(1900, 1, 3), datetime(2037, 12, 28)),
)
def test_every_moment_is_found_from_its_own_wall(zone: str, moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert at in moments(wall, ZoneInfo(zone))


EPOCH = datetime(2027, 3, 1, tzinfo=UTC)
SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 12)).map(
        lambda pair: (
            EPOCH + timedelta(minutes=pair[0]),
            EPOCH + timedelta(minutes=pair[0] + pair[1]),
        )
    ),
    max_size=6,
)


def minutes_of(spans: list[Span]) -> set[int]:
    return {
        n
        for n in range(60)
        if any(start <= EPOCH + timedelta(minutes=n) < end for start, end in spans)
    }


@given(spans=SPANS, holes=SPANS)
def test_spans_are_sets_of_minutes(spans: list[Span], holes: list[Span]) -> None:
    together, left, both = joined(spans), without(spans, holes), shared(spans, holes)
    assert minutes_of(together) == minutes_of(spans)
    assert minutes_of(left) == minutes_of(spans) - minutes_of(holes)
    assert minutes_of(both) == minutes_of(spans) & minutes_of(holes)
    for found in (together, left, both):
        assert all(one[1] < two[0] for one, two in pairwise(found))


@given(spans=SPANS, start=st.integers(0, 50), length=st.integers(1, 9))
def test_spans_are_cut_to_the_minutes_of_a_whole(
    spans: list[Span], start: int, length: int
) -> None:
    begin = EPOCH + timedelta(minutes=start)
    found = cut(spans, (begin, begin + timedelta(minutes=length)))
    assert minutes_of(found) == minutes_of(spans) & set(range(start, start + length))
    assert all(one < two for one, two in found)


@given(spans=SPANS, start=st.integers(0, 50), length=st.integers(1, 9))
def test_spans_meet_where_a_minute_is_in_both(spans: list[Span], start: int, length: int) -> None:
    begin = EPOCH + timedelta(minutes=start)
    found = meets(joined(spans), begin, begin + timedelta(minutes=length))
    assert found == bool(minutes_of(spans) & set(range(start, start + length)))


def test_hours_that_a_day_shows_twice_or_never_are_open_so_often() -> None:
    zone = ZoneInfo("America/New_York")
    autumn = open_spans(date(2027, 11, 7), opens=60, closes=90, zone=zone)
    spring = open_spans(date(2027, 3, 14), opens=120, closes=150, zone=zone)
    assert [start for start, _end in autumn] == [
        datetime(2027, 11, 7, hour, tzinfo=UTC) for hour in (5, 6)
    ]
    assert spring == []
