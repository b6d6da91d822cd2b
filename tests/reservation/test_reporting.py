"""What is counted of a doctor's time: open, booked, missed, and how far ahead people book."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from madang.people.models import Member
from madang.reservation import reporting
from madang.reservation.models import Doctor, Reservation, ScheduleException
from tests.cast import NOW, TEN, Room
from tests.reservation.test_queries import Growing

DAY, HALF = timedelta(days=1), timedelta(minutes=30)
MONDAY, SUNDAY = date(2027, 3, 1), date(2027, 3, 7)
LATER = NOW + 30 * DAY


def figures(
    room: Room, first: date = MONDAY, last: date = SUNDAY, at: datetime = LATER
) -> list[tuple[int, int, int, int, int]]:
    """Open and booked minutes, meetings, those that were due, no-shows: for each week."""
    (each,) = reporting.report(doctors=[room.doctor], first=first, last=last, at=at)
    found = [week.figures for week in each.weeks]
    return [
        (one.open_minutes, one.booked_minutes, one.meetings, one.due, one.noshows) for one in found
    ]


def meet(room: Room, member: Member, time: datetime, **facts: object) -> Reservation:
    """A meeting of half an hour that was booked the day before."""
    facts = {"created_at": time - DAY, "service": room.service, **facts}
    patient = room.patient(member)
    return Reservation.objects.create(
        doctor=room.doctor, patient=patient, appointed_time=time, **facts
    )


def close(room: Room, on: date, **facts: object) -> None:
    ScheduleException.objects.create(doctor=room.doctor, first_on=on, last_on=on, **facts)


def test_a_week_without_meetings_is_open_three_hours_a_day(room: Room) -> None:
    assert figures(room) == [(7 * 180, 0, 0, 0, 0)]
    (each,) = reporting.report(doctors=[room.doctor], first=MONDAY, last=SUNDAY, at=LATER)
    assert (each.whole.used, each.whole.missed, each.whole.lead) == (0, None, None)


def test_closed_hours_and_holidays_are_not_open_and_extra_hours_are(room: Room) -> None:
    close(room, MONDAY, kind="closed", opens_minute=600, closes_minute=660)
    close(room, MONDAY + DAY, kind="holiday")
    close(room, MONDAY + 2 * DAY, kind="holiday", is_lifted=True)
    close(room, MONDAY + 3 * DAY, kind="extra", opens_minute=720, closes_minute=750)
    assert figures(room) == [(7 * 180 - 60 - 180 + 30, 0, 0, 0, 0)]


def test_weeks_begin_on_monday_and_are_cut_to_the_days(room: Room, hana: Member) -> None:
    meet(room, hana, TEN + 7 * DAY)
    report = reporting.report(
        doctors=[room.doctor], first=date(2027, 3, 6), last=date(2027, 3, 9), at=LATER
    )
    assert [(week.first, week.last) for week in report[0].weeks] == [
        (date(2027, 3, 6), SUNDAY),
        (date(2027, 3, 8), date(2027, 3, 9)),
    ]
    assert figures(room, date(2027, 3, 6), date(2027, 3, 9)) == [
        (360, 0, 0, 0, 0),
        (360, 30, 1, 1, 0),
    ]


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        ("booked", (30, 1, 0)),
        ("arrived", (30, 1, 0)),
        ("checked-in", (30, 1, 0)),
        ("fulfilled", (30, 1, 0)),
        ("noshow", (0, 1, 1)),
        ("cancelled", (0, 0, 0)),
        ("waitlist", (0, 0, 0)),
        ("entered-in-error", (0, 0, 0)),
    ],
)
def test_what_was_cancelled_is_no_meeting_and_who_did_not_come_took_no_time(
    room: Room, hana: Member, status: str, counted: tuple[int, int, int]
) -> None:
    meet(room, hana, TEN, status=status)
    booked, meetings, noshows = counted
    assert figures(room) == [(1260, booked, meetings, meetings, noshows)]


def test_a_hold_is_no_meeting(room: Room, hana: Member) -> None:
    room.hold(hana)
    assert figures(room) == [(1260, 0, 0, 0, 0)]


def test_two_at_once_take_the_time_of_one_and_nothing_outside_of_the_hours(
    room: Room, hana: Member, minjun: Member
) -> None:
    meet(room, hana, TEN)
    meet(room, minjun, TEN + HALF / 2, overbook_reason="급함")
    meet(room, hana, TEN + 2 * HALF, minutes=120)
    assert figures(room) == [(1260, 45 + 60, 3, 3, 0)]


def test_a_meeting_over_midnight_counts_where_it_begins_and_takes_time_in_both_weeks(
    room: Room, hana: Member
) -> None:
    room.schedule.opening_rules.update(opens_minute=0, closes_minute=24 * 60)
    sunday = datetime(2027, 3, 7, 14, 45, tzinfo=UTC)
    meet(room, hana, sunday)
    assert figures(room, last=SUNDAY + DAY) == [(7 * 1440, 15, 1, 1, 0), (1440, 15, 0, 0, 0)]
    assert figures(room, first=SUNDAY + DAY, last=SUNDAY + DAY) == [(1440, 15, 0, 0, 0)]


def test_who_is_still_to_come_has_not_missed_anything(room: Room, hana: Member) -> None:
    meet(room, hana, TEN, status="noshow")
    meet(room, hana, TEN + DAY)
    (each,) = reporting.report(doctors=[room.doctor], first=MONDAY, last=SUNDAY, at=TEN + HALF)
    assert (each.whole.meetings, each.whole.due, each.whole.missed) == (2, 1, 100)


def test_the_lead_is_the_median_and_who_stood_at_the_door_has_none(
    room: Room, hana: Member
) -> None:
    for number, days in enumerate([1, 2, 30]):
        time = TEN + number * HALF
        meet(room, hana, time, created_at=time - days * DAY)
    meet(room, hana, TEN + DAY, created_at=TEN + DAY + HALF)
    (each,) = reporting.report(doctors=[room.doctor], first=MONDAY, last=SUNDAY, at=LATER)
    assert (each.whole.leads, each.whole.lead) == ([1, 2, 30], 2)


def test_the_hours_of_two_schedules_are_open_once(room: Room) -> None:
    again = room.doctor.schedules.create(service=room.service, time_zone="Asia/Seoul")
    again.opening_rules.create(weekday=1, opens_minute=660, closes_minute=780)
    assert figures(room) == [(1260 + 60, 0, 0, 0, 0)]


def test_days_are_those_of_the_readers_clock(room: Room) -> None:
    """In New York the hours of Monday in Seoul lie on Sunday evening."""
    with timezone.override("America/New_York"):
        assert figures(room, date(2027, 2, 28), date(2027, 2, 28)) == [(180, 0, 0, 0, 0)]


def test_who_takes_no_reservations_any_more_is_shown_with_what_has_been(
    room: Room, hana: Member
) -> None:
    Doctor.objects.update(is_active=False)
    room.doctor.refresh_from_db()
    assert reporting.report(doctors=[room.doctor], first=MONDAY, last=SUNDAY, at=LATER) == []
    meet(room, hana, TEN)
    assert figures(room) == [(0, 0, 1, 1, 0)]
    (each,) = reporting.report(doctors=[room.doctor], first=MONDAY, last=SUNDAY, at=LATER)
    assert each.whole.used is None


def test_three_queries_whatever_there_is(room: Room, hana: Member) -> None:
    growing = Growing(room, hana)
    for rows in (1, 3):
        growing.grow(rows)
        doctors = list(Doctor.objects.all())
        with CaptureQueriesContext(connection) as statements:
            found = reporting.report(doctors=doctors, first=MONDAY, last=SUNDAY, at=LATER)
        assert (len(statements), len(found)) == (3, rows + 1)
