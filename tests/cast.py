"""The people of the tests, those of the demo and of the pictures, and a room to meet in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from madang.demo import village
from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import (
    Doctor,
    OpeningRule,
    Patient,
    Reservation,
    Schedule,
    Service,
)

NOW = datetime(2027, 3, 1, 0, 0, tzinfo=UTC)
"""Monday, 1 March 2027, nine in the morning in Seoul."""
TEN = datetime(2027, 3, 2, 1, 0, tzinfo=UTC)
"""Ten the next morning, a time that the doctor of `room` offers."""

Enter = Callable[[Member], Client]


@pytest.fixture
def now() -> Iterator[datetime]:
    """It is NOW and stays so, for what reads the clock itself."""
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def enter() -> Enter:
    """A browser in which a member is signed in: `enter(hana).get("/")`."""

    def signed_in(member: Member) -> Client:
        client = Client()
        client.force_login(member)
        return client

    return signed_in


@pytest.fixture
def hana(db: None) -> Member:
    """Hana Kim, a member."""
    return village.settle("hana", "ko")


@pytest.fixture
def minjun(db: None) -> Member:
    """Minjun Lee, a second member."""
    return village.settle("minjun", "ko")


@pytest.fixture
def seoyun(db: None) -> Member:
    """Seoyun Park, a doctor: the counsellor."""
    return village.settle("seoyun", "ko")


@pytest.fixture
def jiho(db: None) -> Member:
    """Jiho Jung, a doctor: the physician."""
    return village.settle("jiho", "ko")


@pytest.fixture
def sujin(db: None) -> Member:
    """Sujin Han, the librarian."""
    return village.settle("sujin", "ko")


@pytest.fixture
def dohyun(db: None) -> Member:
    """Dohyun Oh, the moderator."""
    return village.settle("dohyun", "ko")


@pytest.fixture
def yerin(db: None) -> Member:
    """Yerin Shin, the receptionist."""
    return village.settle("yerin", "ko")


@pytest.fixture
def gwanu(db: None) -> Member:
    """Gwanu Choi, the operator."""
    return village.settle("gwanu", "ko")


@pytest.fixture
def emma(db: None) -> Member:
    """Emma Clark, a member who reads English and lives in London."""
    return village.settle("emma", "ko")


@dataclass(frozen=True)
class Room:
    """Seoyun offers half an hour of study counselling, every day from nine to twelve in Seoul."""

    doctor: Doctor
    service: Service
    schedule: Schedule

    def patient(self, member: Member) -> Patient:
        """The patient that `member` is."""
        return Patient.objects.of(member)

    def book(self, member: Member, time: datetime = TEN, at: datetime = NOW) -> Reservation:
        """As the page does it."""
        return self._take(booking.book, member, time, at)

    def hold(self, member: Member, time: datetime = TEN, at: datetime = NOW) -> Reservation:
        """As the page does it."""
        return self._take(booking.hold, member, time, at)

    def _take(
        self, verb: Callable[..., Reservation], member: Member, time: datetime, at: datetime
    ) -> Reservation:
        return verb(
            doctor=self.doctor,
            patient=self.patient(member),
            service=self.service,
            appointed_time=time,
            at=at,
            by=member,
        )


@pytest.fixture
def room(seoyun: Member) -> Room:
    """A doctor with hours."""
    doctor = Doctor.objects.create(name="박서윤", member=seoyun, specialty="상담")
    service = Service.objects.create(name="학습 상담", minutes=30, cancel_minutes=60)
    schedule = Schedule.objects.create(doctor=doctor, service=service, time_zone="Asia/Seoul")
    OpeningRule.objects.bulk_create(
        OpeningRule(schedule=schedule, weekday=day, opens_minute=540, closes_minute=720)
        for day in range(1, 8)
    )
    return Room(doctor, service, schedule)
