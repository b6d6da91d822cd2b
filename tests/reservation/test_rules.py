"""Hypothesis books and cancels at random; a plain-Python model must agree at every step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any  # states of the machine

from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from madang.people.models import OutboxMail
from madang.reservation import booking
from madang.reservation.models import (
    Doctor,
    OpeningRule,
    Patient,
    Reservation,
    ReservationEvent,
    Schedule,
    Service,
)
from tests.cast import NOW

NINE = datetime(2027, 3, 2, 0, 0, tzinfo=UTC)


class Room(RuleBasedStateMachine):
    """Two doctors, three patients, one morning."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.doctors = [Doctor.objects.create(name=str(n)) for n in range(2)]
        self.patients = [Patient.objects.create(name=str(n)) for n in range(3)]
        self.service = Service.objects.create(name="s", minutes=30, step=15, cancel_minutes=60)
        for doctor in self.doctors:
            schedule = Schedule.objects.create(doctor=doctor, service=self.service)
            OpeningRule.objects.create(
                schedule=schedule, weekday=2, opens_minute=540, closes_minute=720
            )
        self.held: dict[int, tuple[int, int, int]] = {}
        self.done = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def _expected(self, doctor: int, patient: int, quarter: int) -> type[Exception] | None:
        if not 0 <= quarter <= 10:
            return booking.NotOffered
        near = [row for row in self.held.values() if abs(row[2] - quarter) < 2]
        if any(row[0] == doctor for row in near) or any(row[1] == patient for row in near):
            return booking.SlotTaken
        return None

    @rule(doctor=st.integers(0, 1), patient=st.integers(0, 2), quarter=st.integers(-1, 12))
    def book(self, doctor: int, patient: int, quarter: int) -> None:
        expected = self._expected(doctor, patient, quarter)
        try:
            row = booking.book(
                doctor=self.doctors[doctor],
                patient=self.patients[patient],
                service=self.service,
                appointed_time=NINE + timedelta(minutes=15 * quarter),
                at=NOW,
                by=None,
            )
        except booking.NotOffered:
            assert expected is booking.NotOffered
        except (booking.SlotTaken, booking.PatientBusy):
            assert expected is booking.SlotTaken
        else:
            assert expected is None
            self.held[row.pk] = (doctor, patient, quarter)
            self.done += 1

    @rule(choice=st.integers(0, 20), early=st.booleans())
    def cancel(self, choice: int, *, early: bool) -> None:
        rows = list(Reservation.objects.order_by("pk"))
        if not rows:
            return
        row = rows[choice % len(rows)]
        at = NOW if early else row.appointed_time
        try:
            booking.cancel(reservation=row, at=at, by=None)
        except booking.TooLateToCancel:
            assert not early
        except booking.AlreadyOver:
            assert row.pk not in self.held
        else:
            del self.held[row.pk]
            self.done += 1

    @invariant()
    def agree(self) -> None:
        numbers = {one.pk: n for n, one in enumerate(self.doctors)}
        patients = {one.pk: n for n, one in enumerate(self.patients)}
        rows: dict[Any, Any] = {
            row.pk: (
                numbers[row.doctor_id],
                patients[row.patient_id],
                (row.appointed_time - NINE) // timedelta(minutes=15),
            )
            for row in Reservation.objects.filter(status="booked")
        }
        assert rows == self.held
        assert ReservationEvent.objects.count() == self.done
        assert OutboxMail.objects.count() == 0  # patients without a member get no letter


class TestRoom(Room.TestCase, TestCase):  # type: ignore[misc,valid-type]  # made at run time
    """The machine, run by Django's test case."""

    settings = settings(  # type: ignore[assignment]  # where Hypothesis looks
        max_examples=25, stateful_step_count=20, deadline=None
    )
