"""Free and busy times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from madang.people.models import Member
from madang.reservation import slots
from madang.reservation.models import Reservation, Schedule, Service
from tests.cast import NOW, Room

DAY = date(2027, 3, 2)
NINE = datetime(2027, 3, 2, 0, 0, tzinfo=UTC)


def of_day(room: Room, day: date = DAY, at: datetime = NOW) -> list[slots.Slot]:
    return slots.slots(
        doctors=[room.doctor],
        services=[room.service],
        first=day,
        until=day + timedelta(days=1),
        at=at,
    )


def statuses(room: Room, at: datetime = NOW) -> list[str]:
    return [slot.status for slot in of_day(room, at=at)]


def take(room: Room, member: Member, start: datetime, **fields: object) -> Reservation:
    return Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(member), appointed_time=start, **fields
    )


def test_the_grid_is_the_hours_cut_into_lengths(room: Room) -> None:
    found = of_day(room)
    assert [slot.start for slot in found] == [NINE + timedelta(minutes=30 * n) for n in range(6)]
    assert {slot.end - slot.start for slot in found} == {timedelta(minutes=30)}
    assert {(slot.doctor_id, slot.service_id) for slot in found} == {
        (room.doctor.pk, room.service.pk)
    }


def test_a_taken_time_is_busy_and_its_neighbours_are_not(room: Room, hana: Member) -> None:
    take(room, hana, NINE + timedelta(minutes=30))
    assert statuses(room) == ["free", "busy", "free", "free", "free", "free"]


def test_buffers_of_both_count(room: Room, hana: Member) -> None:
    take(room, hana, NINE + timedelta(minutes=60), buffer_before=5, buffer_after=5)
    assert statuses(room) == ["free", "busy", "busy", "busy", "free", "free"]
    room.service.buffer_after = 26
    room.service.save()
    assert statuses(room) == ["busy", "busy", "busy", "busy", "free", "free"]


def test_cancelled_ones_are_free(room: Room, hana: Member) -> None:
    take(room, hana, NINE, status="cancelled")
    assert statuses(room) == ["free"] * 6


def test_what_began_the_day_before_still_counts(room: Room, hana: Member) -> None:
    take(room, hana, NINE - timedelta(hours=20), minutes=20 * 60 + 10)
    assert statuses(room) == ["busy", *["free"] * 5]


def test_past_times_are_there_and_cannot_be_booked(room: Room) -> None:
    at = NINE + timedelta(minutes=31)
    assert statuses(room, at) == ["busy-unavailable", "busy-unavailable", *["free"] * 4]


def test_a_schedule_has_its_first_and_last_day(room: Room) -> None:
    room.schedule.valid_from = room.schedule.valid_until = DAY
    room.schedule.save()
    days = [DAY + timedelta(days=n) for n in (-1, 0, 1)]
    assert [len(of_day(room, day)) for day in days] == [0, 6, 0]


def test_two_schedules_that_overlap_offer_a_time_once(room: Room) -> None:
    again = Schedule.objects.create(doctor=room.doctor, service=room.service)
    again.opening_rules.create(weekday=2, opens_minute=540, closes_minute=600)
    assert len(of_day(room)) == 6


def test_nobody_offers_what_is_closed(room: Room) -> None:
    Service.objects.update(is_active=False)
    assert of_day(room) == []


def test_a_month_costs_three_queries(
    room: Room, hana: Member, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    take(room, hana, NINE)
    with django_assert_num_queries(3):
        found = slots.slots(
            doctors=[room.doctor],
            services=[room.service],
            first=date(2027, 3, 1),
            until=date(2027, 4, 1),
            at=NOW,
        )
    assert len(found) == 31 * 6


def test_the_nearest_are_the_nearest_in_the_order_of_the_clock(room: Room, hana: Member) -> None:
    wanted = NINE + timedelta(minutes=60)
    take(room, hana, wanted)
    near = slots.nearest(doctors=[room.doctor], service=room.service, wanted=wanted, at=NOW)
    assert [slot.start - wanted for slot in near] == [timedelta(minutes=n) for n in (-60, -30, 30)]


def test_where_few_are_free_fewer_are_named(room: Room) -> None:
    """One time in two weeks after tomorrow, none in the two weeks before it."""
    room.schedule.opening_rules.exclude(weekday=1).delete()
    room.schedule.opening_rules.update(opens_minute=540, closes_minute=570)
    wanted = NINE + timedelta(days=7)
    near = slots.nearest(doctors=[room.doctor], service=room.service, wanted=wanted, at=NOW)
    assert [(slot.start - NOW).days for slot in near] == [0, 7, 14]
    room.schedule.valid_until = DAY + timedelta(days=7)
    room.schedule.save()
    near = slots.nearest(doctors=[room.doctor], service=room.service, wanted=wanted, at=NOW)
    assert [(slot.start - NOW).days for slot in near] == [0, 7]


def test_finding_a_time_of_the_grid(room: Room) -> None:
    found = slots.find(doctor=room.doctor, service=room.service, start=NINE, at=NOW)
    assert found is not None
    assert (found.start, found.is_free) == (NINE, True)
    off = NINE + timedelta(minutes=1)
    assert slots.find(doctor=room.doctor, service=room.service, start=off, at=NOW) is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_time_is_found_wherever_the_doctor_is(room: Room, zone: str) -> None:
    Schedule.objects.update(time_zone=zone)
    for slot in of_day(room):
        assert (
            slots.find(doctor=room.doctor, service=room.service, start=slot.start, at=NOW) == slot
        )
