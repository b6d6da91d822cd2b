"""A session for three on the afternoon after `NOW`, with the doctor of `room`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from madang.people.models import Member
from madang.reservation import seating
from madang.reservation.models import GroupSession, Patient, Reservation, Service
from tests.cast import NOW, Room

AFTERNOON = datetime(2027, 3, 2, 6, 0, tzinfo=UTC)
"""Three in the afternoon of Tuesday, 2 March 2027, in Seoul."""

Announce = Callable[..., GroupSession]


@pytest.fixture
def yoga(db: None) -> Service:
    """An hour for three, with a quarter of an hour to put the mats away."""
    return Service.objects.create(name="요가", minutes=60, buffer_after=15, capacity=3)


@pytest.fixture
def announce(room: Room, yoga: Service, seoyun: Member) -> Announce:
    """As the doctor does it, for the afternoon unless told otherwise."""

    def said(starts_at: datetime = AFTERNOON, **other: Any) -> GroupSession:
        wanted = {"doctor": room.doctor, "service": yoga, "seats": 3, "at": NOW, "by": seoyun}
        return seating.announce(starts_at=starts_at, **{**wanted, **other})

    return said


def take(
    session: GroupSession, member: Member, seat: int | None = None, **other: Any
) -> Reservation:
    """As the page does it."""
    patient = Patient.objects.of(member)
    wanted = {"seat": seat, "at": NOW, "by": member, **other}
    return seating.take(session=session, patient=patient, **wanted)
