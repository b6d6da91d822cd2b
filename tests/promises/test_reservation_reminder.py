"""A meeting has one reminder, which goes where the meeting goes and is written once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.db import connection

from madang.people.models import Member, OutboxMail
from madang.reservation import booking, letters, reminding
from madang.reservation.models import Reminder, Reservation
from tests.cast import NOW, TEN, Room

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 12
DUE = TEN - timedelta(days=1)
ONCE = "reservation_reminder_once"


def at_once(act: Callable[[int], object]) -> list[object]:
    def alone(number: int) -> object:
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(alone, range(CROWD)))


def letters_written() -> list[str]:
    """What was written after the confirmation, in the order of writing."""
    events = OutboxMail.objects.order_by("id").values_list("event", flat=True)
    return [event.split("/")[2] for event in events][1:]


def test_many_sweepers_write_one_reminder(room: Room, hana: Member) -> None:
    room.book(hana)
    start = Barrier(CROWD)

    def sweep(_number: int) -> bool:
        reminder = Reminder.objects.get()
        start.wait()
        return reminding.write(reminder=reminder, at=DUE)

    assert sorted(map(bool, at_once(sweep))) == [False] * (CROWD - 1) + [True]
    assert letters_written() == ["reminded"]


def test_control_sweepers_that_look_before_they_write_all_write(room: Room, hana: Member) -> None:
    room.book(hana)
    looked = Barrier(CROWD)

    def sweep(_number: int) -> bool:
        is_due = Reminder.objects.due(at=DUE).exists()
        looked.wait()
        if is_due:
            Reminder.objects.update(closed_at=DUE)
        return is_due

    assert at_once(sweep) == [True] * CROWD


def test_no_reminder_comes_after_the_cancellation(room: Room, hana: Member) -> None:
    row = room.book(hana)
    start = Barrier(CROWD)

    def act(number: int) -> None:
        reminder = Reminder.objects.get()
        mine = Reservation.objects.with_people().get(pk=row.pk)
        start.wait()
        if number == 0:
            booking.cancel(reservation=mine, at=DUE, by=None, is_staff=True)
        else:
            reminding.write(reminder=reminder, at=DUE)

    at_once(act)
    assert letters_written() in (["cancelled"], ["reminded", "cancelled"])
    assert not Reminder.objects.exists()


def test_control_a_sweeper_that_does_not_claim_reminds_of_what_is_cancelled(
    room: Room, hana: Member
) -> None:
    row = room.book(hana)
    looked, is_cancelled = Barrier(CROWD), Event()

    def act(number: int) -> None:
        mine = Reservation.objects.select_related("doctor", "patient__member", "service")
        seen = mine.get(pk=row.pk)
        looked.wait()
        if number == 0:
            booking.cancel(reservation=seen, at=DUE, by=None, is_staff=True)
            is_cancelled.set()
        elif seen.status == "booked":
            assert is_cancelled.wait(30)
            letters.reminded(seen)

    at_once(act)
    assert letters_written() == ["cancelled", "reminded"]


def test_plans_made_at_once_are_one(room: Room, hana: Member) -> None:
    row = room.book(hana)
    start = Barrier(CROWD)

    def plan(_number: int) -> None:
        start.wait()
        reminding.plan(reservation=row, at=NOW)

    at_once(plan)
    assert list(Reminder.objects.values_list("due_at", flat=True)) == [DUE]


@contextmanager
def without(name: str) -> Iterator[None]:
    """The table of reminders as it would be without the constraint `name`."""
    meta = Reminder._meta
    kept = meta.constraints
    rule = next(rule for rule in kept if rule.name == name)
    meta.constraints = [rule for rule in kept if rule.name != name]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Reminder, rule)
    try:
        yield
    finally:
        Reminder.objects.all().delete()
        meta.constraints = kept
        with connection.schema_editor() as editor:
            editor.add_constraint(Reminder, rule)


def test_control_without_the_constraint_who_looks_first_plans_many(
    room: Room, hana: Member
) -> None:
    row = room.book(hana)
    Reminder.objects.all().delete()
    looked = Barrier(CROWD)

    def plan(_number: int) -> None:
        is_new = not Reminder.objects.filter(reservation=row).exists()
        looked.wait()
        if is_new:
            Reminder.objects.create(reservation=row, due_at=DUE)

    with without(ONCE):
        at_once(plan)
        assert Reminder.objects.count() == CROWD
