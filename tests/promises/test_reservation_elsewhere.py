"""A time of another calendar is nobody's from then on; what was booked before is told of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.db import connection

from madang.people.models import Member
from madang.reservation import booking, elsewhere
from madang.reservation.elsewhere import TakenOver
from madang.reservation.models import BusyTime, Patient, Reservation
from tests.cast import NOW, TEN, Room
from tests.reservation.test_elsewhere import bring, entry

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 6
HALF = timedelta(minutes=30)
WANTED = [TEN - timedelta(hours=1) + n * HALF for n in range(CROWD)]
"""The times of one morning, all of which the other calendar takes."""
MORNING = entry("a", WANTED[0], 180)


def at_once(act: Callable[[int], str]) -> Counter[str]:
    """What each of the crowd is told, and the doctor, who is the last."""

    def alone(number: int) -> str:
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CROWD + 1) as pool:
        return Counter(pool.map(alone, range(CROWD + 1)))


def test_who_brings_a_calendar_is_told_of_every_meeting_there(room: Room, sujin: Member) -> None:
    people = Patient.objects.bulk_create(Patient(name=str(n)) for n in range(CROWD))
    start, brought = Barrier(CROWD + 1), list[TakenOver]()

    def act(number: int) -> str:
        start.wait()
        if number == CROWD:
            brought.append(bring(room, MORNING))
            return "brought"
        try:
            booking.book(
                doctor=room.doctor,
                patient=people[number],
                service=room.service,
                appointed_time=WANTED[number],
                at=NOW,
                by=sujin,
            )
        except booking.SlotTaken:
            return "SlotTaken"
        return "won"

    told = at_once(act)
    booked = list(Reservation.objects.order_by("appointed_time"))
    assert [each.over for each in brought] == [booked]
    assert (told["won"], told["won"] + told["SlotTaken"], told["brought"]) == (
        len(booked),
        CROWD,
        1,
    )


def test_the_control_that_looks_before_it_writes_books_what_is_busy(room: Room) -> None:
    people = Patient.objects.bulk_create(Patient(name=str(n)) for n in range(CROWD))
    looked, is_brought = Barrier(CROWD + 1), Event()
    brought = list[TakenOver]()

    def act(number: int) -> str:
        if number == CROWD:
            looked.wait()
            try:
                brought.append(bring(room, MORNING))
            finally:
                is_brought.set()
            return "brought"
        span = (WANTED[number], WANTED[number] + HALF)
        is_busy = elsewhere.meets(doctor=room.doctor, span=span)
        looked.wait()
        assert is_brought.wait(60)
        if is_busy:
            return "SlotTaken"
        people[number].reservations.create(doctor=room.doctor, appointed_time=WANTED[number])
        return "won"

    assert at_once(act) == {"won": CROWD, "brought": 1}
    assert [each.over for each in brought] == [[]]
    assert Reservation.objects.count() == CROWD


def test_files_brought_at_once_leave_one_of_them(room: Room) -> None:
    start = Barrier(CROWD + 1)

    def act(number: int) -> str:
        start.wait()
        bring(room, entry("a", WANTED[number % CROWD], 30), is_whole=True)
        return "brought"

    assert at_once(act) == {"brought": CROWD + 1}
    assert BusyTime.objects.count() == 1


def test_the_control_that_deletes_what_it_has_seen_leaves_all(room: Room) -> None:
    looked = Barrier(CROWD + 1)

    def act(number: int) -> str:
        seen = list(BusyTime.objects.values_list("pk", flat=True))
        looked.wait()
        BusyTime.objects.filter(pk__in=seen).delete()
        start = TEN + number * HALF
        room.doctor.busy_times.create(uid_digest="a", starts_at=start, ends_at=start + HALF)
        return "brought"

    assert at_once(act) == {"brought": CROWD + 1}
    assert BusyTime.objects.count() == CROWD + 1
