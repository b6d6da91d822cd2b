"""A doctor's notes: read on the doctor's page and nowhere else, handed over and erased."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from madang.people import holdings
from madang.people.models import Member, OutboxMail
from madang.reservation import feeds, noting
from madang.reservation.models import Doctor, Patient, Reservation, ReservationNote
from tests.cast import NOW, TEN, Enter, Room
from tests.reservation.test_queries import costs

pytestmark = pytest.mark.usefixtures("now")

SECRET = "밤에 잠을 못 잠"
JSON = "application/json"


@pytest.fixture
def booked(room: Room, hana: Member) -> Reservation:
    return room.book(hana)


@pytest.fixture
def note(booked: Reservation, seoyun: Member) -> ReservationNote:
    return noting.write(reservation=booked, text=SECRET, at=NOW, by=seoyun)


def page(row: Reservation, step: str = "") -> str:
    return f"/reservation/{row.uid}/notes/{step}"


def kept() -> list[str]:
    """The notes that there are, whoever wrote them."""
    return list(ReservationNote.objects.order_by("pk").values_list("text", flat=True))


# Writing, reading, deleting.


def test_the_doctor_writes_reads_and_deletes(
    booked: Reservation, seoyun: Member, enter: Enter
) -> None:
    client = enter(seoyun)
    answer = client.post(page(booked), {"text": f" {SECRET}\n\n<b>두통</b> "}, follow=True)
    assert answer.redirect_chain == [(page(booked), 302)]
    assert [str(message) for message in answer.context["messages"]] == ["메모를 남겼습니다."]
    assert "<p>&lt;b&gt;두통&lt;/b&gt;</p>" in answer.content.decode()
    (note,) = ReservationNote.objects.all()
    assert (note.author, note.written_at, str(note)) == (seoyun, NOW, "2027-03-01 00:00")
    for _time in range(2):
        answer = client.post(page(booked, f"{note.pk}/delete/"), follow=True)
        assert [str(message) for message in answer.context["messages"]] == ["메모를 지웠습니다."]
    assert kept() == []


def test_notes_stand_in_the_order_of_writing(
    note: ReservationNote, booked: Reservation, seoyun: Member
) -> None:
    noting.write(reservation=booked, text="먼저", at=NOW - timedelta(days=1), by=seoyun)
    found = noting.read(reservation=booked, by=seoyun)
    assert [each.text for each in found] == ["먼저", SECRET]


@pytest.mark.parametrize("text", ["", "  \n", "가" * 4001])
def test_a_note_says_something_and_not_too_much(
    booked: Reservation, seoyun: Member, enter: Enter, text: str
) -> None:
    assert enter(seoyun).post(page(booked), {"text": text}).status_code == 422
    assert kept() == []


def test_the_database_refuses_an_empty_note(booked: Reservation, seoyun: Member) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        booked.notes.create(author=seoyun, text="", written_at=NOW)


def test_the_day_says_where_there_are_notes(
    note: ReservationNote, room: Room, minjun: Member, seoyun: Member, enter: Enter
) -> None:
    room.book(minjun, TEN + timedelta(hours=1))
    text = enter(seoyun).get("/reservation/day/2027-03-02/").content.decode()
    assert (text.count("메모 보기"), text.count("메모 쓰기"), SECRET in text) == (1, 1, False)


# Nobody else.


@pytest.mark.parametrize("handle", ["hana", "minjun", "jiho", "yerin", "gwanu", "sujin"])
def test_nobody_else_reads_writes_or_deletes(
    request: pytest.FixtureRequest,
    note: ReservationNote,
    booked: Reservation,
    enter: Enter,
    handle: str,
) -> None:
    """Neither the patient, a member, another doctor, a receptionist, nor an operator."""
    member = request.getfixturevalue(handle)
    client = enter(member)
    assert client.get(page(booked)).status_code == 403
    assert client.post(page(booked), {"text": "나"}).status_code == 403
    assert client.post(page(booked, f"{note.pk}/delete/")).status_code == 403
    with pytest.raises(noting.NotTheDoctor):
        noting.write(reservation=booked, text="나", at=NOW, by=member)
    assert kept() == [SECRET]


def test_an_operator_who_is_a_doctor_too_reads_the_own_notes_only(
    note: ReservationNote, booked: Reservation, jiho: Member, enter: Enter
) -> None:
    jiho.role_grants.create(role="operator")
    Doctor.objects.create(name="정지호", member=jiho)
    assert enter(Member.objects.get(pk=jiho.pk)).get(page(booked)).status_code == 403


def test_who_takes_over_a_doctors_work_does_not_read_former_notes(
    note: ReservationNote, booked: Reservation, seoyun: Member, jiho: Member, enter: Enter
) -> None:
    Doctor.objects.update(member=jiho)
    assert enter(seoyun).get(page(booked)).status_code == 403
    answer = enter(jiho).get(page(booked))
    assert (answer.status_code, SECRET in answer.content.decode()) == (200, False)
    assert enter(jiho).post(page(booked, f"{note.pk}/delete/")).status_code == 302
    assert "메모 보기" not in enter(jiho).get("/reservation/day/2027-03-02/").content.decode()
    assert kept() == [SECRET]


def test_a_doctor_who_lost_the_role_may_not(
    note: ReservationNote, booked: Reservation, seoyun: Member, enter: Enter
) -> None:
    seoyun.role_grants.all().delete()
    assert enter(seoyun).get(page(booked)).status_code == 403


def test_a_stranger_is_asked_to_sign_in(
    note: ReservationNote, booked: Reservation, client: Client
) -> None:
    for path in (page(booked), page(booked, f"{note.pk}/delete/")):
        assert client.post(path)["Location"].startswith("/people/login/")
    assert kept() == [SECRET]


def test_a_note_of_another_meeting_is_not_deleted(
    note: ReservationNote, room: Room, minjun: Member, seoyun: Member, enter: Enter
) -> None:
    other = room.book(minjun, TEN + timedelta(hours=1))
    enter(seoyun).post(page(other, f"{note.pk}/delete/"))
    assert kept() == [SECRET]


def test_looking_deletes_nothing(
    note: ReservationNote, booked: Reservation, seoyun: Member, enter: Enter
) -> None:
    assert enter(seoyun).get(page(booked, f"{note.pk}/delete/")).status_code == 405


def test_no_page_feed_letter_or_api_shows_a_note(
    note: ReservationNote, booked: Reservation, hana: Member, yerin: Member, enter: Enter
) -> None:
    feed = feeds.issue(member=hana, at=NOW)
    shown = {
        hana: [
            "/",
            "/reservation/mine/",
            f"/reservation/{booked.uid}/",
            f"/reservation/{booked.uid}.ics",
            f"/reservation/feed/{feed}.ics",
            "/api/v1/reservations",
            f"/api/v1/reservations/{booked.pk}",
            f"/fhir/Appointment/{booked.uid}",
        ],
        yerin: [
            "/reservation/reception/day/2027-03-02/",
            f"/reservation/reception/{booked.uid}/",
            f"/reservation/reception/patients/{booked.patient_id}/",
            f"/api/v1/reservations/{booked.pk}",
        ],
    }
    for member, paths in shown.items():
        for path in paths:
            text = enter(member).get(path).content.decode()
            assert SECRET not in text, path
            assert json.dumps(SECRET).strip('"') not in text, path
    enter(hana).patch(f"/api/v1/reservations/{booked.pk}", {"status": "cancelled"}, JSON)
    assert [SECRET in mail.body for mail in OutboxMail.objects.all()] == [False, False]


# Handing over and erasing.


def test_the_patient_is_handed_over_what_was_noted_and_the_doctor_nothing_of_patients(
    note: ReservationNote, room: Room, hana: Member, minjun: Member, seoyun: Member
) -> None:
    other = room.book(minjun, TEN + timedelta(hours=1))
    noting.write(reservation=other, text="다른 사람", at=NOW, by=seoyun)
    handed = holdings.hand_over(hana)["reservation"]
    assert isinstance(handed, dict)
    assert handed["notes"] == [
        {
            "doctor": "박서윤",
            "appointed_time": "2027-03-02T01:00:00+00:00",
            "written_at": "2027-03-01T00:00:00+00:00",
            "text": SECRET,
        }
    ]
    assert SECRET not in json.dumps(holdings.hand_over(seoyun), ensure_ascii=False)


def test_notes_go_with_the_patient_and_no_more_are_written(
    note: ReservationNote, booked: Reservation, hana: Member, seoyun: Member, enter: Enter
) -> None:
    holdings.erase(member=hana, at=TEN + timedelta(days=1))
    assert kept() == []
    with pytest.raises(noting.Forgotten):
        noting.write(reservation=booked, text=SECRET, at=NOW, by=seoyun)
    answer = enter(seoyun).post(page(booked), {"text": SECRET})
    told = "환자가 탈퇴해 정보가 삭제되었으므로 메모를 남길 수 없습니다."
    assert (answer.status_code, told in answer.content.decode()) == (422, True)
    assert kept() == []


def test_a_patient_without_an_account_is_noted_too(room: Room, seoyun: Member) -> None:
    row = Reservation.objects.create(
        doctor=room.doctor,
        patient=Patient.objects.create(name="윤새봄"),
        appointed_time=TEN,
    )
    noting.write(reservation=row, text=SECRET, at=NOW, by=seoyun)
    assert kept() == [SECRET]


def test_notes_go_with_the_doctors_account(
    note: ReservationNote, booked: Reservation, seoyun: Member
) -> None:
    holdings.erase(member=seoyun, at=NOW)
    assert kept() == []
    assert Reservation.objects.filter(pk=booked.pk).exists()


class Notes:
    """A meeting with as many notes as one asks for."""

    def __init__(self, row: Reservation, doctor: Member) -> None:
        self.row, self.doctor = row, doctor

    def grow(self, rows: int) -> None:
        """Become `rows` big."""
        while self.row.notes.count() < rows:
            noting.write(reservation=self.row, text=SECRET, at=NOW, by=self.doctor)


def test_more_notes_cost_no_more_queries(booked: Reservation, seoyun: Member, enter: Enter) -> None:
    assert costs(Notes(booked, seoyun), enter(seoyun), page(booked)) == [5, 5]
