"""What the room hands over and erases with an account."""

from __future__ import annotations

from datetime import datetime, timedelta

from madang.people import holdings as people
from madang.people.models import Member, OutboxMail
from madang.reservation import booking, feeds, holdings, waiting
from madang.reservation.models import Doctor, Patient, Reservation, ScheduleException, WaitlistEntry
from tests.cast import NOW, TEN, Room


def wait(room: Room, member: Member, at: datetime) -> None:
    waiting.join(
        doctor=room.doctor,
        patient=room.patient(member),
        service=room.service,
        starts_at=TEN,
        ends_at=TEN + timedelta(hours=1),
        at=at,
    )


def test_a_patient_takes_the_reservations_and_the_list_of_doctors(
    room: Room, hana: Member, minjun: Member
) -> None:
    room.book(hana)
    booking.cancel(reservation=room.book(hana, TEN + timedelta(minutes=30)), at=NOW, by=hana)
    Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(hana), appointed_time=TEN + timedelta(hours=1)
    )
    room.book(minjun, TEN - timedelta(hours=1))
    room.patient(hana).doctors.add(room.doctor)
    wait(room, hana, NOW)
    wait(room, minjun, NOW)
    row = {"doctor": "박서윤", "service": "학습 상담", "minutes": 30, "status": "booked"}
    row["seat"] = None
    assert people.hand_over(hana)["reservation"] == {
        "reservations": [
            {**row, "appointed_time": "2027-03-02T01:00:00+00:00"},
            {**row, "appointed_time": "2027-03-02T01:30:00+00:00", "status": "cancelled"},
            {**row, "appointed_time": "2027-03-02T02:00:00+00:00", "service": None},
        ],
        "waiting": [
            {
                "doctor": "박서윤",
                "service": "학습 상담",
                "starts_at": "2027-03-02T01:00:00+00:00",
                "ends_at": "2027-03-02T02:00:00+00:00",
                "placed_at": "2027-03-01T00:00:00+00:00",
            }
        ],
        "notes": [],
        "my_doctors": ["박서윤"],
        "wants_reminders": True,
        "doctor": None,
        "calendar_address": None,
    }


def test_a_doctor_takes_the_profile_and_no_patient(
    room: Room, hana: Member, seoyun: Member
) -> None:
    room.book(hana)
    on = TEN.date()
    room.schedule.exceptions.create(kind="closed", first_on=on, last_on=on, reason="병원")
    room.doctor.busy_times.create(starts_at=TEN, ends_at=TEN + timedelta(minutes=30))
    feeds.reader(text=feeds.issue(member=seoyun, at=NOW), at=NOW + timedelta(days=1))
    assert holdings.export(seoyun) == {
        "reservations": [],
        "waiting": [],
        "notes": [],
        "my_doctors": [],
        "wants_reminders": True,
        "doctor": {
            "name": "박서윤",
            "specialty": "상담",
            "hours": [
                {
                    "kind": "closed",
                    "first_on": "2027-03-02",
                    "last_on": "2027-03-02",
                    "opens_minute": 0,
                    "closes_minute": 1440,
                    "time_zone": "Asia/Seoul",
                    "reason": "병원",
                }
            ],
            "busy_elsewhere": [
                {"starts_at": "2027-03-02T01:00:00+00:00", "ends_at": "2027-03-02T01:30:00+00:00"}
            ],
        },
        "calendar_address": {"made_on": "2027-03-01", "last_used_on": "2027-03-02"},
    }


def test_erasing_a_patient_cancels_what_is_to_come_and_unnames_what_has_been(
    room: Room, hana: Member
) -> None:
    past = room.book(hana, TEN - timedelta(minutes=30))
    begins = room.book(hana)
    soon = room.book(hana, TEN + timedelta(minutes=30))
    room.patient(hana).doctors.add(room.doctor)
    people.erase(member=hana, at=TEN)
    for row in (past, begins, soon):
        row.refresh_from_db()
    assert [row.status for row in (past, begins, soon)] == ["booked", "booked", "cancelled"]
    assert [(event.kind, event.by) for event in soon.events.order_by("id")] == [
        ("booked", None),
        ("cancelled", None),
    ]
    patient = Patient.objects.get()
    assert (patient.name, patient.member, list(patient.doctors.all())) == ("", None, [])
    assert OutboxMail.objects.count() == 0


def test_erasing_who_waits_lets_the_next_have_the_offer(
    room: Room, hana: Member, minjun: Member, sujin: Member
) -> None:
    row = room.book(sujin)
    wait(room, hana, NOW)
    wait(room, minjun, NOW + timedelta(seconds=1))
    booking.cancel(reservation=row, at=NOW, by=sujin)
    people.erase(member=hana, at=NOW)
    offers = Reservation.objects.filter(appointed_time=TEN).exclude(pk=row.pk).order_by("pk")
    assert [(offer.patient.name, offer.status) for offer in offers] == [
        ("", "cancelled"),
        ("이민준", "pending"),
    ]
    assert [entry.patient.name for entry in WaitlistEntry.objects.all()] == ["이민준"]


def test_erasing_a_doctor_keeps_the_meetings_and_takes_no_new_ones(
    room: Room, hana: Member, seoyun: Member
) -> None:
    row = room.book(hana)
    on = TEN.date()
    for of in (room.schedule, room.doctor):
        of.exceptions.create(kind="closed", first_on=on, last_on=on, reason="병원")
    room.doctor.busy_times.create(starts_at=TEN, ends_at=TEN + timedelta(minutes=30))
    people.erase(member=seoyun, at=NOW)
    doctor = Doctor.objects.get()
    assert (doctor.name, doctor.member, doctor.is_active) == ("박서윤", None, False)
    assert list(doctor.reservations.all()) == [row]
    assert [ScheduleException.objects.count(), doctor.busy_times.count()] == [0, 0]


def test_who_has_never_been_here_leaves_nothing(hana: Member) -> None:
    holdings.erase(hana, NOW)
    assert (Patient.objects.count(), Doctor.objects.count()) == (0, 0)
