"""The verbs with which a doctor works through the day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from madang.people.models import Member, OutboxMail
from madang.reservation import attending, booking, waiting
from madang.reservation.models import Reservation
from tests.cast import NOW, TEN, Room

HALF = timedelta(minutes=30)


@pytest.fixture
def booked(room: Room, hana: Member) -> Reservation:
    return room.book(hana)


def go(row: Reservation, by: Member, *statuses: str, at: datetime = TEN) -> None:
    """One status after the other."""
    for status in statuses:
        attending.VERBS[status](reservation=row, at=at, by=by)


def undo(row: Reservation, by: Member, slip: str) -> str:
    """The status after taking back `slip`."""
    status: str = attending.undo(reservation=row, slip=slip, at=TEN, by=by).status
    return status


def kinds(row: Reservation) -> list[str]:
    """What happened, one after the other."""
    return list(row.events.order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize(
    "way", [["arrived", "checked-in", "fulfilled"], ["arrived", "fulfilled"], ["noshow"]]
)
def test_each_step_notes_who_took_it_when(
    booked: Reservation, seoyun: Member, way: list[str]
) -> None:
    go(booked, seoyun, *way)
    noted = booked.events.order_by("pk").values_list("kind", "happened_at", "by__handle")
    assert (booked.status, list(noted)) == (
        way[-1],
        [("booked", NOW, "hana"), *((kind, TEN, "seoyun") for kind in way)],
    )


@pytest.mark.parametrize(
    ("so_far", "wanted"),
    [
        ([], "checked-in"),
        ([], "fulfilled"),
        (["arrived"], "noshow"),
        (["arrived", "checked-in"], "arrived"),
        (["arrived", "fulfilled"], "checked-in"),
        (["noshow"], "arrived"),
        (["noshow"], "fulfilled"),
    ],
)
def test_what_is_out_of_order_is_refused(
    booked: Reservation, seoyun: Member, so_far: list[str], wanted: str
) -> None:
    go(booked, seoyun, *so_far)
    before = kinds(booked)
    with pytest.raises(attending.OutOfOrder):
        go(booked, seoyun, wanted)
    booked.refresh_from_db()
    assert (booked.status, kinds(booked)) == ((so_far or ["booked"])[-1], before)


def test_who_has_cancelled_does_not_arrive(booked: Reservation, seoyun: Member) -> None:
    booking.cancel(reservation=booked, at=NOW, by=None)
    with pytest.raises(attending.OutOfOrder):
        go(booked, seoyun, "arrived")


@pytest.mark.parametrize(
    ("status", "first"), [("arrived", TEN - timedelta(hours=12)), ("noshow", TEN)]
)
def test_nothing_is_noted_before_it_can_be_true(
    booked: Reservation, seoyun: Member, status: str, first: datetime
) -> None:
    almost = first - timedelta(microseconds=1)
    assert status not in attending.possible(booked, at=almost)
    with pytest.raises(attending.TooEarly):
        go(booked, seoyun, status, at=almost)
    assert status in attending.possible(booked, at=first)
    go(booked, seoyun, status, at=first)
    assert booked.status == status


@pytest.mark.parametrize("status", ["arrived", "noshow"])
def test_pressing_again_notes_nothing_more(
    booked: Reservation, seoyun: Member, status: str
) -> None:
    go(booked, seoyun, status, status)
    assert kinds(booked) == ["booked", status]


@pytest.mark.parametrize("status", attending.VERBS)
@pytest.mark.parametrize("handle", ["hana", "minjun", "sujin", "jiho"])
def test_nobody_else_may(
    request: pytest.FixtureRequest, booked: Reservation, handle: str, status: str
) -> None:
    """Neither the patient, nor a member, nor the librarian, nor another doctor."""
    with pytest.raises(attending.NotYours):
        go(booked, request.getfixturevalue(handle), status)
    assert kinds(booked) == ["booked"]


def test_nobody_else_may_undo(booked: Reservation, seoyun: Member, hana: Member) -> None:
    go(booked, seoyun, "arrived")
    with pytest.raises(attending.NotYours):
        undo(booked, hana, "arrived")
    assert kinds(booked) == ["booked", "arrived"]


def test_a_doctor_who_lost_the_role_may_not(booked: Reservation, seoyun: Member) -> None:
    seoyun.role_grants.all().delete()
    with pytest.raises(attending.NotYours):
        go(booked, Member.objects.get(pk=seoyun.pk), "arrived")


def test_an_operator_may(booked: Reservation, gwanu: Member) -> None:
    go(booked, gwanu, "arrived")
    assert booked.events.get(kind="arrived").by == gwanu


def test_the_doctor_confirms_what_is_held_and_the_patient_is_told(
    room: Room, hana: Member, seoyun: Member
) -> None:
    held = room.hold(hana)
    assert attending.possible(held, at=NOW) == ["booked"]
    assert attending.possible(held, at=NOW + booking.HOLD) == []
    go(held, seoyun, "booked", at=NOW)
    assert (held.status, kinds(held)) == ("booked", ["held", "booked"])
    assert OutboxMail.objects.filter(member=hana).count() == 1


@pytest.mark.parametrize(
    ("way", "then"),
    [
        (["arrived"], ["booked"]),
        (["noshow"], ["booked"]),
        (["arrived", "checked-in"], ["arrived", "booked"]),
        (["arrived", "fulfilled"], ["arrived", "booked"]),
        (["arrived", "checked-in", "fulfilled"], ["checked-in", "arrived", "booked"]),
    ],
)
def test_slips_are_undone_one_by_one(
    booked: Reservation, seoyun: Member, way: list[str], then: list[str]
) -> None:
    go(booked, seoyun, *way)
    slips = list(reversed(way))
    assert [undo(booked, seoyun, slip) for slip in slips] == then
    assert kinds(booked) == ["booked", *way, *["undone"] * len(way)]


def test_what_was_undone_is_not_gone_back_to(booked: Reservation, seoyun: Member) -> None:
    go(booked, seoyun, "arrived", "checked-in")
    undo(booked, seoyun, "checked-in")
    go(booked, seoyun, "fulfilled")
    assert undo(booked, seoyun, "fulfilled") == "arrived"


def test_a_status_without_a_history_goes_back_to_the_first_before_it(
    booked: Reservation, seoyun: Member
) -> None:
    Reservation.objects.filter(pk=booked.pk).update(status="fulfilled")
    assert undo(booked, seoyun, "fulfilled") == "arrived"


@pytest.mark.parametrize("slip", ["checked-in", "booked", "noshow"])
def test_only_what_it_is_can_be_undone(booked: Reservation, seoyun: Member, slip: str) -> None:
    go(booked, seoyun, "arrived")
    with pytest.raises(attending.OutOfOrder):
        undo(booked, seoyun, slip)
    assert kinds(booked) == ["booked", "arrived"]


def test_a_booking_is_not_undone_but_cancelled(booked: Reservation, seoyun: Member) -> None:
    with pytest.raises(attending.OutOfOrder):
        undo(booked, seoyun, "booked")


@pytest.mark.parametrize("who", ["the doctor", "the patient"])
def test_a_no_show_stays_one_where_the_time_is_taken_by_now(
    booked: Reservation, room: Room, seoyun: Member, minjun: Member, who: str
) -> None:
    go(booked, seoyun, "noshow")
    reason = {"the doctor": "", "the patient": "급함"}[who]
    patient = booked.patient if reason else room.patient(minjun)
    Reservation.objects.create(
        doctor=room.doctor, patient=patient, appointed_time=TEN, overbook_reason=reason
    )
    with pytest.raises(booking.PatientBusy if reason else booking.SlotTaken):
        undo(booked, seoyun, "noshow")
    booked.refresh_from_db()
    assert (booked.status, kinds(booked)) == ("noshow", ["booked", "noshow"])


def test_what_is_left_of_a_missed_time_is_offered_to_who_waits(
    booked: Reservation, room: Room, seoyun: Member, minjun: Member
) -> None:
    Reservation.objects.filter(pk=booked.pk).update(minutes=60)
    booked.refresh_from_db()
    waiting.join(
        doctor=room.doctor,
        patient=room.patient(minjun),
        service=room.service,
        starts_at=TEN,
        ends_at=TEN + 2 * HALF,
        at=NOW,
    )
    go(booked, seoyun, "noshow", at=TEN + timedelta(minutes=5))
    offer = Reservation.objects.get(status="pending")
    assert (offer.patient.member, offer.appointed_time) == (minjun, TEN + HALF)
