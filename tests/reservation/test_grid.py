"""Hours with what differs from them, against a model that looks at the clock each minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from madang.lib.constraints import violated
from madang.people.models import Member
from madang.reservation import grid, slots
from madang.reservation.grid import Hours, Rule
from madang.reservation.models import Doctor, Schedule, ScheduleException, Service
from tests.cast import NOW, TEN, Room

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
CHANGES = [
    ("America/New_York", date(2027, 3, 14)),
    ("America/New_York", date(2027, 11, 7)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("Australia/Lord_Howe", date(2027, 10, 3)),
    ("Asia/Seoul", date(1988, 5, 8)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Seoul", date(2027, 3, 2)),
    ("Europe/London", date(2027, 10, 31)),
]
"""Where clocks are turned, a day is skipped, and nothing happens."""
TUESDAY = date(2027, 3, 2)


class ByTheMinute:
    """The same hours by looking at every wall clock at every minute around the days."""

    def __init__(self, hours: Hours, first: date, until: date) -> None:
        self.hours, self.first, self.until = hours, first, until
        begin = datetime.combine(first - 3 * DAY, time(), UTC)
        count = ((until - first).days + 6) * 24 * 60
        self.minutes = [begin + MINUTE * n for n in range(count)]
        self.walls: dict[str, list[datetime]] = {}
        self.own = self.clock(hours.schedule.time_zone)

    def clock(self, zone: str) -> list[datetime]:
        """What the wall shows at each minute."""
        if zone not in self.walls:
            there = ZoneInfo(zone)
            self.walls[zone] = [at.astimezone(there).replace(tzinfo=None) for at in self.minutes]
        return self.walls[zone]

    def covered(self, kind: str) -> list[bool]:
        """At which minutes an exception of the kind holds."""
        found = [False] * len(self.minutes)
        for each in self.hours.exceptions:
            if each.kind == kind:
                for n, wall in enumerate(self.clock(each.time_zone)):
                    is_day = each.first_on <= wall.date() <= each.last_on
                    found[n] |= is_day and each.opens_minute <= _minute(wall) < each.closes_minute
        return found

    def starts(self) -> set[datetime]:
        """When a time of the service begins."""
        closed, holiday = self.covered("closed"), self.covered("holiday")
        shut = [one or other for one, other in zip(closed, holiday, strict=True)]
        found = set()
        for rule in self.hours.rules:
            found |= self._cut(self.own, rule.opens, rule.closes, shut, _on_weekday(rule.weekday))
        for each in self.hours.exceptions:
            if each.kind == "extra":
                found |= self._cut(
                    self.clock(each.time_zone),
                    each.opens_minute,
                    each.closes_minute,
                    closed,
                    _between(each.first_on, each.last_on),
                )
        return found

    def _cut(
        self,
        walls: list[datetime],
        opens: int,
        closes: int,
        shut: list[bool],
        is_day: Callable[[date], bool],
    ) -> set[datetime]:
        service = self.hours.schedule.service
        step = service.step or service.minutes
        found = set()
        for n, wall in enumerate(walls[: -service.minutes]):
            if not self.first <= self.own[n].date() < self.until or not is_day(wall.date()):
                continue
            if (_minute(wall) - opens) % step:
                continue
            lasting = range(n, n + service.minutes)
            if all(
                walls[m].date() == wall.date()
                and opens <= _minute(walls[m]) < closes
                and not shut[m]
                for m in lasting
            ):
                found.add(self.minutes[n])
        return found

    def open(self) -> list[bool]:
        """At which minutes of the days the door is open."""
        weekly = [
            any(
                rule.weekday == wall.isoweekday() and rule.opens <= _minute(wall) < rule.closes
                for rule in self.hours.rules
            )
            for wall in self.own
        ]
        rows = zip(
            self.own,
            weekly,
            self.covered("holiday"),
            self.covered("extra"),
            self.covered("closed"),
            strict=True,
        )
        return [
            self.first <= wall.date() < self.until
            and ((is_weekly and not is_holiday) or is_extra)
            and not is_closed
            for wall, is_weekly, is_holiday, is_extra, is_closed in rows
        ]


def _minute(wall: datetime) -> int:
    return wall.hour * 60 + wall.minute


def _on_weekday(weekday: int) -> Callable[[date], bool]:
    return lambda day: day.isoweekday() == weekday


def _between(first: date, last: date) -> Callable[[date], bool]:
    return lambda day: first <= day <= last


@st.composite
def opened(draw: st.DrawFn) -> tuple[Hours, date, date]:
    """A schedule with up to five exceptions, around a day on which something may happen."""
    zone, day = draw(st.sampled_from(CHANGES))
    first = day - draw(st.integers(0, 1)) * DAY
    minutes = st.integers(0, 47).map(lambda n: n * 30)
    exceptions = []
    for _n in range(draw(st.integers(0, 5))):
        first_on = day + draw(st.integers(-2, 2)) * DAY
        opens = draw(minutes)
        exceptions.append(
            ScheduleException(
                kind=draw(st.sampled_from(["closed", "extra", "holiday"])),
                first_on=first_on,
                last_on=first_on + draw(st.integers(0, 2)) * DAY,
                opens_minute=opens,
                closes_minute=draw(st.integers(opens + 1, 24 * 60)),
                time_zone=draw(st.sampled_from([zone, zone, "Pacific/Kiritimati"])),
            )
        )
    rules = []
    for weekday in {day.isoweekday(), (day + DAY).isoweekday()}:
        opens = draw(minutes)
        rules.append(Rule(weekday, opens, draw(st.integers(opens + 1, 24 * 60))))
    service = Service(
        minutes=draw(st.sampled_from([15, 50])), step=draw(st.sampled_from([None, 40]))
    )
    return Hours(Schedule(service=service, time_zone=zone), rules, exceptions), first, day + 2 * DAY


@settings(max_examples=60, deadline=None)
@given(opened())
def test_times_and_open_hours_agree_with_looking_at_the_clock_each_minute(
    found: tuple[Hours, date, date],
) -> None:
    hours, first, until = found
    model = ByTheMinute(hours, first, until)
    assert {start for start, _end in hours.times(first, until)} == model.starts()
    spans = hours.open(first, until)
    is_open = [any(start <= at < end for start, end in spans) for at in model.minutes]
    assert is_open == model.open()


def note(of: Doctor | Schedule, kind: str, **fields: object) -> ScheduleException:
    """An exception on Tuesday, 2 March 2027, the whole day unless told otherwise."""
    whose = "doctor" if isinstance(of, Doctor) else "schedule"
    wanted = {"first_on": TUESDAY, "last_on": TUESDAY, whose: of, "kind": kind, **fields}
    return ScheduleException.objects.create(**wanted)


def offered(room: Room, days: int = 1) -> list[str]:
    """The times of Tuesday and the days after it, as Seoul's clock shows them."""
    found = slots.slots(
        doctors=[room.doctor],
        services=[room.service],
        first=TUESDAY,
        until=TUESDAY + days * DAY,
        at=NOW,
    )
    return [slot.start.astimezone(ZoneInfo("Asia/Seoul")).strftime("%d %H:%M") for slot in found]


USUAL = ["02 09:00", "02 09:30", "02 10:00", "02 10:30", "02 11:00", "02 11:30"]


def test_a_closed_day_offers_nothing(room: Room) -> None:
    note(room.doctor, "closed")
    assert offered(room) == []


def test_an_hour_that_is_closed_takes_what_it_meets(room: Room) -> None:
    note(room.doctor, "closed", opens_minute=585, closes_minute=630)
    assert offered(room) == [USUAL[0], *USUAL[3:]]


def test_what_is_closed_of_one_schedule_is_open_of_another(room: Room, jiho: Member) -> None:
    other = Service.objects.create(name="마음 상담", minutes=60)
    schedule = Schedule.objects.create(doctor=room.doctor, service=other)
    note(schedule, "closed")
    assert offered(room) == USUAL


def test_another_doctors_day_off_is_none_of_ours(room: Room) -> None:
    note(Doctor.objects.create(name="정지호"), "closed")
    assert offered(room) == USUAL


def test_extra_hours_open_a_public_holiday(room: Room) -> None:
    note(room.doctor, "holiday")
    assert offered(room) == []
    note(room.doctor, "extra", opens_minute=1080, closes_minute=1140)
    assert offered(room) == ["02 18:00", "02 18:30"]
    note(room.doctor, "closed", opens_minute=1110, closes_minute=1140)
    assert offered(room) == ["02 18:00"]


def test_a_holiday_that_is_lifted_is_a_day_like_others(room: Room) -> None:
    note(room.doctor, "holiday", is_lifted=True)
    assert offered(room) == USUAL


def test_extra_hours_hold_only_while_the_schedule_does(room: Room) -> None:
    note(room.doctor, "extra", last_on=TUESDAY + DAY, opens_minute=1080, closes_minute=1110)
    room.schedule.valid_until = TUESDAY
    room.schedule.save()
    assert offered(room, days=2) == [*USUAL, "02 18:00"]


def test_extra_hours_of_a_schedule_without_weekly_ones_are_offered(room: Room) -> None:
    room.schedule.opening_rules.all().delete()
    note(room.schedule, "extra", opens_minute=1080, closes_minute=1110)
    assert offered(room) == ["02 18:00"]


def test_a_closed_time_is_not_found(room: Room) -> None:
    note(room.doctor, "closed", opens_minute=600, closes_minute=630)
    assert slots.find(doctor=room.doctor, service=room.service, start=TEN, at=NOW) is None


@pytest.mark.django_db
def test_who_has_no_schedule_has_no_hours(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    doctor = Doctor.objects.create(name="정지호")
    with django_assert_num_queries(1):
        assert grid.hours(doctors=[doctor], services=None, first=TUESDAY, until=TUESDAY + DAY) == []


def test_a_month_with_exceptions_still_costs_three_queries(
    room: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    note(room.doctor, "closed", last_on=TUESDAY + 2 * DAY)
    note(room.doctor, "extra", opens_minute=1080, closes_minute=1140)
    note(room.schedule, "closed", opens_minute=0, closes_minute=60)
    with django_assert_num_queries(3):
        assert len(offered(room, days=31)) == 28 * 6


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("reservation_exception_ends_after_start", {"last_on": TUESDAY - DAY}),
        (
            "reservation_exception_closes_after_opening",
            {"opens_minute": 600, "closes_minute": 600},
        ),
        ("reservation_exception_closes_after_opening", {"closes_minute": 1441}),
        ("reservation_exception_kind_known", {"kind": "perhaps"}),
        ("reservation_exception_of_one", {"doctor": None}),
        ("reservation_exception_only_holidays_lifted", {"kind": "extra", "is_lifted": True}),
        ("reservation_exception_once", {}),
        ("reservation_exception_holiday_once", {"kind": "holiday", "reason": "설날"}),
    ],
)
def test_the_database_refuses_what_makes_no_hours(
    room: Room, constraint: str, fields: dict[str, object]
) -> None:
    note(room.doctor, "closed")
    note(room.doctor, "holiday", opens_minute=60)
    wanted: dict[str, object] = {
        "doctor": room.doctor,
        "kind": "closed",
        "first_on": TUESDAY,
        "last_on": TUESDAY,
        **fields,
    }
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        ScheduleException.objects.create(**wanted)
    assert violated(refusal.value) == constraint


def test_the_database_refuses_the_same_hours_of_one_schedule_twice(room: Room) -> None:
    note(room.schedule, "extra")
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        note(room.schedule, "extra")
    assert violated(refusal.value) == "reservation_exception_once_a_schedule"


def test_a_schedules_holiday_is_the_doctors(room: Room) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        note(room.schedule, "holiday")
    assert violated(refusal.value) == "reservation_exception_only_holidays_lifted"


def test_an_exception_is_called_by_its_days(room: Room) -> None:
    assert str(note(room.doctor, "extra")) == "추가 시간: 2027-03-02 – 2027-03-02"
