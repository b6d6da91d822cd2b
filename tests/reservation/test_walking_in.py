"""Who stands at the door, as a verb and as a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from madang.people.models import Member, OutboxMail
from madang.reservation import attending, booking, walking_in
from madang.reservation.attending import NotYours
from madang.reservation.models import Doctor, Patient, Reservation, Schedule, Service
from tests.cast import NOW, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

MINUTE = timedelta(minutes=1)
HALF_PAST = NOW + 37 * MINUTE


def take_in(room: Room, by: Member, who: Patient | str = "윤지우", **fields: Any) -> Reservation:
    """At 9:37, off the grid, for twenty minutes, unless told otherwise."""
    options = {"service": room.service, "starts_at": HALF_PAST, "minutes": 20, "at": NOW, **fields}
    return walking_in.walk_in(doctor=room.doctor, who=who, by=by, **options)


def test_somebody_new_is_taken_in_off_the_grid(room: Room, seoyun: Member) -> None:
    row = take_in(room, seoyun)
    row.refresh_from_db()
    assert (row.patient.name, row.patient.member, row.status) == ("윤지우", None, "arrived")
    assert (row.appointed_time, row.minutes, row.service) == (HALF_PAST, 20, room.service)
    assert (row.buffer_before, row.buffer_after, row.overbook_reason) == (0, 0, "")
    assert [(each.kind, each.happened_at, each.by) for each in row.events.order_by("pk")] == [
        ("booked", NOW, seoyun),
        ("arrived", NOW, seoyun),
    ]
    assert not OutboxMail.objects.exists()


def test_it_goes_on_like_any_meeting(room: Room, seoyun: Member) -> None:
    row = take_in(room, seoyun)
    attending.check_in(reservation=row, at=NOW, by=seoyun)
    attending.undo(reservation=row, slip="checked-in", at=NOW, by=seoyun)
    attending.undo(reservation=row, slip="arrived", at=NOW, by=seoyun)
    assert row.status == "booked"


def test_closed_hours_are_no_hindrance(room: Room, hana: Member, gwanu: Member) -> None:
    room.doctor.exceptions.create(kind="closed", first_on=NOW.date(), last_on=NOW.date())
    row = take_in(room, gwanu, room.patient(hana))
    assert row.patient == room.patient(hana)


def test_the_doctor_is_in_one_place_and_a_refused_name_leaves_nobody(
    room: Room, hana: Member, seoyun: Member
) -> None:
    room.book(hana, NOW + 30 * MINUTE)
    with pytest.raises(booking.SlotTaken):
        take_in(room, seoyun)
    assert Reservation.objects.count() == Patient.objects.count() == 1
    assert take_in(room, seoyun, starts_at=NOW + 60 * MINUTE).patient.name == "윤지우"


def test_a_hold_that_ran_out_is_freed_though_the_name_is_refused(
    room: Room, hana: Member, minjun: Member, seoyun: Member
) -> None:
    held = room.hold(hana, NOW + 60 * MINUTE)
    room.book(minjun, NOW + 30 * MINUTE)
    with pytest.raises(booking.SlotTaken):
        take_in(room, seoyun, at=NOW + booking.HOLD)
    held.refresh_from_db()
    assert (held.status, Patient.objects.count()) == ("cancelled", 2)


def test_the_patient_is_in_one_place(room: Room, hana: Member, seoyun: Member) -> None:
    other = Doctor.objects.create(name="정지호")
    other.reservations.create(patient=room.patient(hana), appointed_time=HALF_PAST)
    with pytest.raises(booking.PatientBusy):
        take_in(room, seoyun, room.patient(hana))


@pytest.mark.parametrize("hours", [-13, 13])
def test_who_stands_here_stands_here_today(room: Room, seoyun: Member, hours: int) -> None:
    with pytest.raises(booking.TooSoonOrLate):
        take_in(room, seoyun, starts_at=NOW + timedelta(hours=hours))
    assert not Patient.objects.exists()


def test_only_the_doctor_and_staff_take_in(room: Room, hana: Member, jiho: Member) -> None:
    for member in (hana, jiho):
        with pytest.raises(NotYours):
            take_in(room, member)


# The page.

FORM = {"name": "윤지우", "who": "new", "time": "09:37", "minutes": ""}


def page(room: Room) -> str:
    return f"/reservation/doctors/{room.doctor.pk}/walk-in/"


def filled(room: Room, **fields: str) -> dict[str, str]:
    return {**FORM, "service": str(room.service.pk), **fields}


def test_a_name_finds_the_own_patients_a_handle_a_member(
    room: Room, hana: Member, minjun: Member, seoyun: Member, yerin: Member, enter: Enter
) -> None:
    room.book(hana)
    kept = Patient.objects.create(name="김하늘")
    kept.doctors.add(room.doctor)
    others = Patient.objects.create(name="김하솔")
    hers = room.patient(hana)

    def found(who: Member, name: str) -> list[str]:
        form = enter(who).get(page(room), {"name": name}).context["form"]
        return [key for key, _label in form.fields["who"].choices]

    assert found(seoyun, "김하") == [f"p{hers.pk}", f"p{kept.pk}", "new"]
    assert found(seoyun, "ㄱㅎㄴ") == [f"p{hers.pk}", f"p{kept.pk}", "new"]
    assert found(yerin, "김하") == [f"p{hers.pk}", f"p{kept.pk}", f"p{others.pk}", "new"]
    assert found(seoyun, "Minjun") == [f"m{minjun.pk}", "new"]
    assert found(seoyun, "minju") == ["new"]
    assert found(seoyun, "") == []


def test_a_doctor_takes_in_somebody_new(room: Room, seoyun: Member, enter: Enter) -> None:
    client = enter(seoyun)
    asked = client.get(page(room), {"name": "윤지우"})
    assert asked.context["form"].initial == {
        "who": "new",
        "service": room.service,
        "time": "09:00",
    }
    answer = client.post(page(room), filled(room), follow=True)
    assert answer.redirect_chain == [("/reservation/day/2027-03-01/", 302)]
    assert "윤지우 님이 오셨습니다." in answer.content.decode()
    row = Reservation.objects.get()
    assert (row.patient.name, row.appointed_time, row.minutes) == ("윤지우", HALF_PAST, 30)


def test_staff_takes_in_a_member_and_a_known_patient(
    room: Room, hana: Member, minjun: Member, yerin: Member, enter: Enter
) -> None:
    known, client = room.patient(hana), enter(yerin)
    assert page(room) in client.get("/reservation/reception/").content.decode()
    assert page(room) not in client.get("/reservation/reception/day/2027-03-02/").content.decode()
    for form in (
        {"name": "minjun", "who": f"m{minjun.pk}", "minutes": "10"},
        {"name": "하나", "who": f"p{known.pk}", "time": "09:47"},
    ):
        answer = client.post(page(room), filled(room, **form))
        made = Reservation.objects.latest("pk")
        assert answer["Location"] == reverse("reservation:reception_detail", args=[made.uid])
    rows = Reservation.objects.order_by("appointed_time")
    assert [(row.patient.member, row.minutes) for row in rows] == [(minjun, 10), (hana, 30)]


def test_a_time_that_is_taken_is_a_conflict_with_a_next_step(
    room: Room, hana: Member, minjun: Member, seoyun: Member, enter: Enter
) -> None:
    room.book(hana, NOW + 30 * MINUTE)
    room.book(minjun, NOW + 60 * MINUTE)
    room.book(minjun, NOW + 150 * MINUTE)
    answer = enter(seoyun).post(page(room), filled(room))
    assert (answer.status_code, Reservation.objects.count()) == (409, 3)
    assert "10:30부터는 그만큼 비어 있습니다." in answer.content.decode()


def test_a_patient_who_is_elsewhere_is_a_conflict_that_says_no_more(
    room: Room, hana: Member, seoyun: Member, enter: Enter
) -> None:
    other = Doctor.objects.create(name="정지호")
    hers = room.patient(hana)
    hers.doctors.add(room.doctor)
    other.reservations.create(patient=hers, appointed_time=HALF_PAST)
    answer = enter(seoyun).post(page(room), filled(room, name="하나", who=f"p{hers.pk}"))
    text = answer.content.decode()
    assert (answer.status_code, "정지호" in text) == (409, False)
    assert "이 환자는 그 시간에 다른 예약이 있습니다." in text


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "윤\u202e지우"},
        {"who": "p99999"},
        {"who": ""},
        {"service": "99999"},
        {"time": "25:00"},
        {"time": "23:00"},
        {"minutes": "0"},
        {"minutes": "1441"},
        {"minutes": "x"},
    ],
)
def test_what_makes_no_meeting_is_said(
    room: Room, seoyun: Member, enter: Enter, fields: dict[str, str]
) -> None:
    answer = enter(seoyun).post(page(room), filled(room, **fields))
    assert answer.status_code == 422
    assert (Reservation.objects.exists(), Patient.objects.exists()) == (False, False)


def test_a_patient_of_somebody_else_cannot_be_named(
    room: Room, minjun: Member, seoyun: Member, enter: Enter
) -> None:
    """The form has only those who were found for this doctor."""
    hidden = room.patient(minjun)
    form = filled(room, name="이민준", who=f"p{hidden.pk}")
    assert enter(seoyun).post(page(room), form).status_code == 422


def test_a_time_the_clock_skips_is_none_and_of_two_the_nearer_is_meant(
    room: Room, seoyun: Member, enter: Enter
) -> None:
    Member.objects.filter(pk=seoyun.pk).update(time_zone="America/New_York")
    with time_machine.travel(datetime(2027, 3, 14, 6, 0, tzinfo=UTC), tick=False):
        assert enter(seoyun).post(page(room), filled(room, time="02:30")).status_code == 422
    with time_machine.travel(datetime(2027, 11, 7, 6, 40, tzinfo=UTC), tick=False):
        assert enter(seoyun).post(page(room), filled(room, time="01:30")).status_code == 302
    assert Reservation.objects.get().appointed_time == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("verb", ["get", "post"])
def test_others_stay_outside(
    room: Room, hana: Member, jiho: Member, client: Client, enter: Enter, verb: str
) -> None:
    Doctor.objects.create(name="정지호", member=jiho)
    for member in (hana, jiho):
        assert getattr(enter(member), verb)(page(room), filled(room)).status_code == 403
    stranger = getattr(client, verb)(page(room), filled(room))
    assert stranger["Location"].startswith("/people/login/")
    assert not Reservation.objects.exists()


def test_a_doctor_without_a_service_can_say_nothing(
    room: Room, seoyun: Member, enter: Enter
) -> None:
    Schedule.objects.all().delete()
    Service.objects.all().delete()
    answer = enter(seoyun).get(page(room), {"name": "윤"})
    assert (answer.status_code, answer.context["form"].initial["service"]) == (200, None)
