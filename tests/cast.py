"""The people of the village as fixtures, and a doctor's room to meet in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.test import Client

from madang.demo.cast import CAST
from madang.people.models import Member
from madang.reservation.models import Doctor, OpeningRule, Patient, Schedule, Service

NOW = datetime(2027, 3, 1, 0, 0, tzinfo=UTC)
"""Monday, 1 March 2027, nine in the morning in Seoul."""


def person(handle: str) -> Member:
    """The member of the cast with this handle."""
    one = next(one for one in CAST if one.handle == handle)
    member = Member.objects.create_user(
        one.handle,
        one.password,
        email=one.email,
        display_name=one.name if one.language == "ko" else one.name_en,
        language=one.language,
        time_zone=one.time_zone,
    )
    for role in one.roles:
        member.grant(role)
    return member


@pytest.fixture
def hana(db: None) -> Member:
    """A member."""
    return person("hana")


@pytest.fixture
def minjun(db: None) -> Member:
    """A second member."""
    return person("minjun")


@pytest.fixture
def emma(db: None) -> Member:
    """A member who reads English and lives in London."""
    return person("emma")


@pytest.fixture
def seoyun(db: None) -> Member:
    """A doctor."""
    return person("seoyun")


@pytest.fixture
def gwanu(db: None) -> Member:
    """The operator."""
    return person("gwanu")


def browser_of(member: Member) -> Client:
    """A browser in which `member` is signed in."""
    client = Client()
    client.force_login(member)
    return client


@dataclass(frozen=True)
class Room:
    """Seoyun offers half an hour of study counselling, every day from nine to twelve in Seoul."""

    doctor: Doctor
    service: Service
    schedule: Schedule

    def patient(self, member: Member) -> Patient:
        """The patient that `member` is."""
        return Patient.objects.of(member)


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
