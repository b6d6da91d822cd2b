"""Hypothesis books, holds, moves, cancels and waits; a plain-Python model agrees at every step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from madang.people import tasks
from madang.people.models import OutboxMail
from madang.reservation import booking, moving, waiting
from madang.reservation.models import (
    Doctor,
    OpeningRule,
    Patient,
    Reservation,
    ReservationEvent,
    Schedule,
    Service,
    WaitlistEntry,
)
from tests.cast import NOW

NINE = datetime(2027, 3, 2, 0, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
HOLD, OFFER = 5, 30
"""Minutes."""
LAST = 10
"""The last quarter after nine at which half an hour still fits into the morning."""
REFUSALS = (
    booking.NotOffered,
    booking.SlotTaken,
    booking.PatientBusy,
    booking.HoldExpired,
    booking.AlreadyOver,
    booking.TooLateToCancel,
    moving.TooLateToMove,
    waiting.AlreadyWaiting,
    waiting.NotWaiting,
)


@dataclass
class Meeting:
    """What the model knows of a reservation."""

    doctor: int
    patient: int
    quarter: int
    until: int | None = None
    entry: Entry | None = None
    is_open: bool = True
    is_expired: bool = False


@dataclass(eq=False)
class Entry:
    """What the model knows of somebody who waits: for the quarters [first, last)."""

    doctor: int
    patient: int
    first: int
    last: int
    is_open: bool = True
    asked: set[int] = field(default_factory=set)


@dataclass
class Model:
    """The rules of the room in plain Python: lists, and no database."""

    now: int = 0
    meetings: list[Meeting] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    events: int = 0

    def meets(self, doctor: int, patient: int, quarter: int, but: Meeting | None = None) -> bool:
        """Whether one of the two is elsewhere."""
        return any(
            each.is_open
            and each is not but
            and abs(each.quarter - quarter) < 2
            and (each.doctor == doctor or each.patient == patient)
            for each in self.meetings
        )

    def free_expired(self, doctor: int | None, patient: int | None) -> None:
        """Holds of either that have run out are over; all of them first, then who waits."""
        ended = [
            each
            for each in self.meetings
            if each.is_open
            and each.until is not None
            and each.until <= self.now
            and (doctor is None or each.doctor == doctor or each.patient == patient)
        ]
        for each in ended:
            each.is_open, each.is_expired = False, True
            self.events += 1
        for each in ended:
            self.pass_on(each, each.quarter)

    def pass_on(self, given_up: Meeting, quarter: int) -> None:
        """Whoever waited first, and can come, is asked; then the next, for what is left."""
        for entry in self.entries:
            if not entry.is_open or entry.doctor != given_up.doctor:
                continue
            if entry.patient == given_up.patient or self.has_offer(entry):
                continue
            for each in range(max(quarter - 1, 0), min(quarter + 1, LAST) + 1):
                is_inside = entry.first <= each and each + 2 <= entry.last
                if not is_inside or each in entry.asked:
                    continue
                if self.meets(entry.doctor, entry.patient, each):
                    continue
                entry.asked.add(each)
                until = self.now + OFFER
                self.meetings.append(Meeting(entry.doctor, entry.patient, each, until, entry))
                self.events += 1
                break

    def has_offer(self, entry: Entry) -> bool:
        return any(each.is_open and each.until and each.entry is entry for each in self.meetings)


class Room(RuleBasedStateMachine):
    """Two doctors, three patients, one morning; the clock goes on the day before."""

    @initialize()
    def open(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.model = Model()
        self.doctors = [Doctor.objects.create(name=str(n)) for n in range(2)]
        self.patients = [Patient.objects.create(name=str(n)) for n in range(3)]
        self.service = Service.objects.create(
            name="s", minutes=30, step=15, cancel_minutes=60, reschedule_minutes=120
        )
        for doctor in self.doctors:
            schedule = Schedule.objects.create(doctor=doctor, service=self.service)
            OpeningRule.objects.create(
                schedule=schedule, weekday=2, opens_minute=540, closes_minute=720
            )

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @property
    def at(self) -> datetime:
        return NOW + timedelta(minutes=self.model.now)

    def row(self, choice: int) -> tuple[Meeting, Reservation] | None:
        """One of all reservations there ever were, in the model and in the database."""
        rows = Reservation.objects.with_people().order_by("pk")
        if not self.model.meetings:
            return None
        number = choice % len(self.model.meetings)
        return self.model.meetings[number], rows[number]

    # What people do.

    @rule(minutes=st.sampled_from([1, HOLD - 1, HOLD, OFFER - 1, OFFER]))
    def pass_time(self, minutes: int) -> None:
        self.model.now += minutes

    @rule()
    def sweep(self) -> None:
        for each in list(self.model.meetings):
            if each.is_open and each.until is not None and each.until <= self.model.now:
                self.model.free_expired(each.doctor, each.patient)
        assert tasks.sweep(at=self.at) == []

    @rule(
        doctor=st.integers(0, 1),
        patient=st.integers(0, 2),
        quarter=st.integers(-1, LAST + 2),
        is_hold=st.booleans(),
    )
    def take(self, doctor: int, patient: int, quarter: int, *, is_hold: bool) -> None:
        self.model.free_expired(doctor, patient)
        expected = "NotOffered"
        if 0 <= quarter <= LAST:
            expected = "refused" if self.model.meets(doctor, patient, quarter) else "done"
        verb = booking.hold if is_hold else booking.book
        told = "done"
        try:
            verb(
                doctor=self.doctors[doctor],
                patient=self.patients[patient],
                service=self.service,
                appointed_time=NINE + QUARTER * quarter,
                at=self.at,
                by=None,
            )
        except booking.NotOffered:
            told = "NotOffered"
        except (booking.SlotTaken, booking.PatientBusy):
            told = "refused"
        assert told == expected
        if told == "done":
            until = self.model.now + HOLD if is_hold else None
            self.model.meetings.append(Meeting(doctor, patient, quarter, until))
            self.model.events += 1

    @rule(choice=st.integers(0, 40))
    def confirm(self, choice: int) -> None:
        if (found := self.row(choice)) is None:
            return
        meeting, row = found
        self.model.free_expired(meeting.doctor, meeting.patient)
        expected: object = None
        if not meeting.is_open:
            expected = booking.HoldExpired if meeting.is_expired else booking.AlreadyOver
        elif meeting.until is not None:
            meeting.until = None
            self.model.events += 1
            if meeting.entry is not None:
                meeting.entry.is_open = False
        told: object = None
        try:
            booking.confirm(reservation=row, at=self.at, by=None)
        except REFUSALS as refusal:
            told = type(refusal)
        assert told is expected

    @rule(choice=st.integers(0, 40), is_late=st.booleans())
    def cancel(self, choice: int, *, is_late: bool) -> None:
        if (found := self.row(choice)) is None:
            return
        meeting, row = found
        if is_late:
            self._too_late(row)
            return
        self.model.free_expired(meeting.doctor, meeting.patient)
        is_open = meeting.is_open
        if is_open:
            self._end(meeting)
        try:
            booking.cancel(reservation=row, at=self.at, by=None)
        except booking.AlreadyOver:
            assert not is_open
        else:
            assert is_open

    def _too_late(self, row: Reservation) -> None:
        """At the deadline neither cancelling nor moving does anything to what is booked."""
        if row.status != "booked" or Reservation.objects.filter(status="pending").exists():
            return
        with pytest.raises(booking.TooLateToCancel):
            booking.cancel(reservation=row, at=row.cancellable_until(), by=None)
        late, before_nine = row.movable_until(), NINE - QUARTER
        with pytest.raises(moving.TooLateToMove):
            moving.move(reservation=row, appointed_time=before_nine, at=late, by=None)

    def _end(self, meeting: Meeting) -> None:
        meeting.is_open = False
        self.model.events += 1
        self.model.pass_on(meeting, meeting.quarter)

    @rule(choice=st.integers(0, 40), quarter=st.integers(-1, LAST + 2))
    def move(self, choice: int, quarter: int) -> None:
        if (found := self.row(choice)) is None:
            return
        meeting, row = found
        model = self.model
        model.free_expired(meeting.doctor, meeting.patient)
        expected: set[object] = {None}
        if not meeting.is_open or meeting.until is not None:
            expected = {booking.AlreadyOver}
        elif quarter == meeting.quarter:
            pass
        elif not 0 <= quarter <= LAST:
            expected = {booking.NotOffered}
        elif model.meets(meeting.doctor, meeting.patient, quarter, meeting):
            expected = {booking.SlotTaken, booking.PatientBusy}
        else:
            was, meeting.quarter = meeting.quarter, quarter
            model.events += 1
            model.pass_on(meeting, was)
        told: object = None
        try:
            moving.move(
                reservation=row, appointed_time=NINE + QUARTER * quarter, at=self.at, by=None
            )
        except REFUSALS as refusal:
            told = type(refusal)
        assert told in expected

    @rule(
        doctor=st.integers(0, 1),
        patient=st.integers(0, 2),
        first=st.integers(0, LAST),
        length=st.integers(1, LAST),
    )
    def wait(self, doctor: int, patient: int, first: int, length: int) -> None:
        self.model.free_expired(doctor, patient)
        last = first + length
        wanted = (doctor, patient, first, last)
        is_there = any(
            each.is_open and (each.doctor, each.patient, each.first, each.last) == wanted
            for each in self.model.entries
        )
        try:
            waiting.join(
                doctor=self.doctors[doctor],
                patient=self.patients[patient],
                service=self.service,
                starts_at=NINE + QUARTER * first,
                ends_at=NINE + QUARTER * last,
                at=self.at,
            )
        except waiting.AlreadyWaiting:
            assert is_there
        else:
            assert not is_there
            self.model.entries.append(Entry(*wanted))

    @rule(choice=st.integers(0, 40))
    def leave(self, choice: int) -> None:
        if not self.model.entries:
            return
        number = choice % len(self.model.entries)
        entry = self.model.entries[number]
        row = WaitlistEntry.objects.with_people().order_by("pk")[number]
        self.model.free_expired(entry.doctor, entry.patient)
        is_open, entry.is_open = entry.is_open, False
        for meeting in self.model.meetings:
            if is_open and meeting.is_open and meeting.until and meeting.entry is entry:
                self._end(meeting)
                break
        try:
            waiting.leave(entry=row, at=self.at, by=None)
        except waiting.NotWaiting:
            assert not is_open
        else:
            assert is_open

    # What must be true all the time.

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "model"):
            return
        doctors = {one.pk: n for n, one in enumerate(self.doctors)}
        patients = {one.pk: n for n, one in enumerate(self.patients)}
        entries = {pk: n for n, pk in enumerate(_keys(WaitlistEntry))}
        rows = [
            (
                doctors[row.doctor_id],
                patients[row.patient_id],
                (row.appointed_time - NINE) // QUARTER,
                row.status in Reservation.OCCUPYING,
                row.hold_expires_at and (row.hold_expires_at - NOW) // timedelta(minutes=1),
                None if row.waitlist_entry_id is None else entries[row.waitlist_entry_id],
            )
            for row in Reservation.objects.order_by("pk")
        ]
        assert rows == [
            (
                each.doctor,
                each.patient,
                each.quarter,
                each.is_open,
                each.until if each.is_open else None,
                None if each.entry is None else self.model.entries.index(each.entry),
            )
            for each in self.model.meetings
        ]
        still = WaitlistEntry.objects.order_by("pk").values_list("closed_at", flat=True)
        assert [closed is None for closed in still] == [one.is_open for one in self.model.entries]
        assert ReservationEvent.objects.count() == self.model.events
        assert OutboxMail.objects.count() == 0  # patients without a member get no letter


def _keys(model: type[WaitlistEntry]) -> list[int]:
    return list(model.objects.order_by("pk").values_list("pk", flat=True))


class TestRoom(Room.TestCase, TestCase):  # type: ignore[misc,valid-type]  # made at run time
    """The machine, run by Django's test case."""

    settings = settings(  # type: ignore[assignment]  # where Hypothesis looks
        max_examples=25, stateful_step_count=25, deadline=None
    )
