"""Sessions and their seats as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from madang.people.models import Member
from madang.people.tokens import issue
from madang.reservation import attending, booking, seating
from madang.reservation.models import Doctor, Patient
from tests.cast import NOW, Enter, Room
from tests.sessions import AFTERNOON, Announce, take

pytestmark = pytest.mark.usefixtures("now")


def ask(client: Client, session: int, **wanted: Any) -> tuple[int, Any]:
    answer = client.post(
        f"/api/v1/group-sessions/{session}/seats",
        json.dumps(wanted),
        content_type="application/json",
    )
    return answer.status_code, answer.json()


def test_a_program_takes_a_seat(
    announce: Announce, hana: Member, minjun: Member, client: Client
) -> None:
    session = announce()
    take(session, minjun, 2)
    bearer = {"Authorization": f"Bearer {issue(member=hana, name='t', at=NOW)[1]}"}
    listed = client.get("/api/v1/group-sessions", headers=bearer).json()
    assert listed == [
        {
            "id": session.pk,
            "doctor": session.doctor_id,
            "service": session.service_id,
            "start": "2027-03-02T06:00:00Z",
            "end": "2027-03-02T07:00:00Z",
            "seats": 3,
            "free": [1, 3],
        }
    ]
    client.defaults["HTTP_AUTHORIZATION"] = bearer["Authorization"]
    status, body = ask(client, session.pk, seat=2)
    assert (status, body["code"], body["free"]) == (409, "seat_taken", [1, 3])
    status, body = ask(client, session.pk)
    assert (status, body["seat"], body["session"], body["status"]) == (201, 1, session.pk, "booked")
    assert ask(client, session.pk, seat=3)[1]["id"] == body["id"]
    assert ask(client, session.pk, seat=4)[1]["code"] == "no_such_seat"
    assert ask(client, 999, seat=1)[0] == 404
    for wrong in ({"seat": 0}, {"seat": "1"}, {"seat": True}, {"chair": 1}):
        assert ask(client, session.pk, **wrong)[0] == 422


def test_a_program_is_told_why_not(
    room: Room, announce: Announce, hana: Member, minjun: Member, seoyun: Member, enter: Enter
) -> None:
    client = enter(hana)
    session = announce(seats=1)
    taken = take(session, minjun)
    status, body = ask(client, session.pk)
    assert (status, body["code"], body["free"]) == (409, "session_full", [])
    booking.cancel(reservation=taken, at=NOW, by=minjun)
    other = Doctor.objects.create(name="정지호")
    busy = other.reservations.create(patient=room.patient(hana), appointed_time=AFTERNOON)
    assert ask(client, session.pk)[1]["code"] == "patient_busy"
    busy.delete()
    against = room.doctor.reservations.create(
        patient=Patient.objects.create(name="윤지우"), appointed_time=AFTERNOON
    )
    assert ask(client, session.pk)[1]["code"] == "slot_taken"
    against.delete()
    seating.call_off(session=session, at=NOW, by=seoyun)
    assert ask(client, session.pk)[1]["code"] == "already_over"
    assert attending.possible(taken, at=NOW) == []
