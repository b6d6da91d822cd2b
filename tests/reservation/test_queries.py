"""A list of three costs as many queries as a list of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import Doctor, Reservation, Schedule, Service
from tests.cast import NOW, TEN, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

DAY = timedelta(days=1)


class Grows(Protocol):
    """What has as many rows as one asks for."""

    def grow(self, rows: int) -> None:
        """Become `rows` big."""


def costs(growing: Grows, client: Client, path: str, status: int = 200) -> list[int]:
    """How many statements a page takes with one row and with three."""
    found = []
    for rows in (1, 3):
        growing.grow(rows)
        client.get(path)  # the first notes the day on which the session was seen
        with CaptureQueriesContext(connection) as statements:
            assert client.get(path).status_code == status
        found.append(len(statements))
    return found


@dataclass
class Growing:
    """A village with as many of everything as one asks for, in one place after the other."""

    room: Room
    hana: Member
    rows: int = 0

    def __post_init__(self) -> None:
        """A schedule and a reservation of which parts are counted."""
        self.schedule = Schedule.objects.create(doctor=self.room.doctor, service=self.room.service)
        self.meeting = Reservation.objects.create(
            doctor=self.room.doctor,
            patient=self.room.patient(self.hana),
            appointed_time=TEN - timedelta(days=30),
        )

    def grow(self, rows: int) -> None:
        """Become `rows` big."""
        while self.rows < rows:
            member = Member.objects.create_user(f"member{self.rows}")
            self._offer(member)
            self._meet(member)
            self.rows += 1

    def _offer(self, member: Member) -> None:
        doctor = Doctor.objects.create(name=f"의사 {self.rows}", member=member)
        service = Service.objects.create(name=f"진료 {self.rows}")
        for schedule in (
            Schedule.objects.create(doctor=doctor, service=service),
            Schedule.objects.create(doctor=doctor, service=self.room.service),
            Schedule.objects.create(doctor=self.room.doctor, service=service),
            self.schedule,
        ):
            schedule.opening_rules.create(
                weekday=2 + self.rows, opens_minute=540, closes_minute=720
            )
        self.room.patient(self.hana).doctors.add(doctor)

    def _meet(self, member: Member) -> None:
        patient, other = self.room.patient(self.hana), self.room.patient(member)
        later = timedelta(minutes=30 * self.rows)
        for who, time in ((patient, TEN), (patient, TEN + DAY), (other, TEN + 2 * DAY)):
            row = booking.book(
                doctor=self.room.doctor,
                patient=who,
                service=self.room.service,
                appointed_time=time + later,
                at=NOW,
                by=member,
            )
            if time == TEN + DAY:
                booking.cancel(reservation=row, at=NOW, by=member)
        self.meeting.events.create(kind="booked", happened_at=NOW, by=member)


@pytest.fixture
def growing(room: Room, hana: Member) -> Growing:
    return Growing(room, hana)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", 8),
        ("/reservation/", 11),
        ("/reservation/doctors/{doctor}/?service={service}", 10),
        ("/reservation/doctors/{doctor}/?service={service}&view=month", 10),
        ("/reservation/services/{service}/", 9),
        ("/reservation/services/{service}/?view=month", 9),
        ("/reservation/mine/", 7),
        ("/api/v1/doctors", 4),
        ("/api/v1/doctors/{doctor}/slots?service={service}&from=2027-03-01&to=2027-04-01", 7),
        ("/api/v1/reservations", 3),
    ],
)
def test_lists_of_a_patient(growing: Growing, enter: Enter, path: str, expected: int) -> None:
    path = path.format(doctor=growing.room.doctor.pk, service=growing.room.service.pk)
    assert costs(growing, enter(growing.hana), path) == [expected, expected]


def test_a_doctors_day(growing: Growing, seoyun: Member, enter: Enter) -> None:
    assert costs(growing, enter(seoyun), "/reservation/day/2027-03-02/") == [8, 8]


def test_a_doctors_week(growing: Growing, seoyun: Member, enter: Enter) -> None:
    assert costs(growing, enter(seoyun), "/reservation/week/2027-03-02/") == [9, 9]


def test_what_a_member_has_at_a_time_that_is_gone(growing: Growing, enter: Enter) -> None:
    """With the nearest free times."""
    wanted = {
        "doctor": growing.room.doctor.pk,
        "service": growing.room.service.pk,
        "time": TEN.isoformat(),
    }
    path = f"/reservation/book/?{urlencode(wanted)}"
    assert costs(growing, enter(growing.hana), path, status=409) == [12, 12]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("doctor/", 6),
        ("doctor/{doctor}/change/", 9),
        ("patient/", 6),
        ("patient/{patient}/change/", 7),
        ("service/", 6),
        ("schedule/", 8),
        ("schedule/{schedule}/change/", 9),
        ("reservation/", 10),
        ("reservation/{reservation}/change/", 9),
    ],
)
def test_lists_of_the_desk(
    growing: Growing, gwanu: Member, enter: Enter, path: str, expected: int
) -> None:
    path = path.format(
        doctor=growing.room.doctor.pk,
        patient=growing.room.patient(growing.hana).pk,
        schedule=growing.schedule.pk,
        reservation=growing.meeting.pk,
    )
    path = f"/admin/reservation/{path}"
    assert costs(growing, enter(gwanu), path) == [expected, expected]
