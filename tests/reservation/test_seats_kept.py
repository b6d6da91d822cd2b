"""What the database itself refuses about the seats of a session."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from madang.people.models import Member
from madang.reservation.models import Doctor, GroupSession, Patient, Reservation
from tests.cast import TEN
from tests.sessions import AFTERNOON, Announce, take

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("now")


def refuses(**fields: Any) -> bool:
    """Whether the database refuses such a row."""
    try:
        with transaction.atomic():
            Reservation.objects.create(**fields)
    except IntegrityError:
        return True
    return False


def test_the_database_refuses_a_wrong_seat(announce: Announce, hana: Member) -> None:
    session = announce()
    right = {
        "doctor": session.doctor,
        "patient": Patient.objects.of(hana),
        "appointed_time": AFTERNOON,
        "minutes": 60,
        "buffer_after": 15,
        "session": session,
        "seat": 1,
        "seats": 3,
    }
    wrong: list[dict[str, Any]] = [
        {"doctor": Doctor.objects.create(name="정지호")},
        {"appointed_time": AFTERNOON + HOUR},
        {"minutes": 30},
        {"buffer_after": 0},
        {"seats": 4},
        {"seat": 0},
        {"seat": 4},
        {"seat": None},
        {"seats": None},
        {"session": None},
        {"overbook_reason": "urgent"},
    ]
    assert [refuses(**{**right, **each}) for each in wrong] == [True] * len(wrong)
    assert not refuses(**right)
    other = {"patient": Patient.objects.create(name="윤지우")}
    assert refuses(**{**right, **other})
    assert not refuses(**{**right, **other, "seat": 2})


def test_the_database_keeps_one_person_out_of_a_session_with_people(
    announce: Announce, hana: Member
) -> None:
    session = announce()
    take(session, hana)
    other = {"doctor": session.doctor, "patient": Patient.objects.create(name="윤지우")}
    assert refuses(**other, appointed_time=AFTERNOON + timedelta(minutes=70))
    assert not refuses(**other, appointed_time=AFTERNOON + timedelta(minutes=75))


def test_the_database_shrinks_no_session_under_somebody(announce: Announce, hana: Member) -> None:
    take(announce(), hana, 3)
    with pytest.raises(IntegrityError), transaction.atomic():
        GroupSession.objects.update(seats=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        GroupSession.objects.update(seats=0)


def test_the_database_moves_everybody_or_nobody(
    announce: Announce, hana: Member, minjun: Member
) -> None:
    session = announce()
    rows = [take(session, hana), take(session, minjun)]
    GroupSession.objects.update(starts_at=AFTERNOON + timedelta(minutes=10))
    assert {row.appointed_time for row in Reservation.objects.all()} == {
        AFTERNOON + timedelta(minutes=10)
    }
    Reservation.objects.create(
        doctor=Doctor.objects.create(name="정지호"),
        patient=rows[1].patient,
        appointed_time=TEN,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        GroupSession.objects.update(starts_at=TEN)
    assert set(Reservation.objects.filter(session=session).values_list("appointed_time")) == {
        (AFTERNOON + timedelta(minutes=10),)
    }


def test_a_form_hears_it_first(announce: Announce, hana: Member) -> None:
    session = announce()
    row = take(session, hana)
    beside = Reservation(
        doctor=row.doctor,
        patient=Patient.objects.create(name="윤지우"),
        appointed_time=AFTERNOON,
        minutes=60,
        buffer_after=15,
        session=session,
        seat=2,
        seats=3,
    )
    beside.full_clean()
    beside.session, beside.seat, beside.seats = None, None, None
    with pytest.raises(ValidationError) as refusal:
        beside.full_clean()
    assert {each.code for each in refusal.value.error_dict["__all__"]} == {"doctor_one_place"}
