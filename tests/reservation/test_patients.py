"""Finding a patient, and making one."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from madang.people.models import Member
from madang.reservation import patients
from madang.reservation.models import Patient
from tests.cast import NOW, TEN, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

PAGE = "/reservation/reception/patients/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("하", ["김 하나", "하람"]),
        ("김하나", ["김 하나"]),
        ("ㄱㅎㄴ", ["김 하나"]),
        ("han", ["Hana"]),
        ("%", []),
        ("_", []),
        ("", []),
        ("\x00", []),
        ("하" * 100, []),
    ],
)
def test_a_part_of_the_name_finds(asked: str, expected: list[str]) -> None:
    for name in ("김 하나", "하람", "Hana", ""):
        Patient.objects.create(name=name)
    assert [str(row) for row in patients.find(asked, at=NOW)] == expected


def test_namesakes_are_told_apart_by_when_they_come(room: Room, hana: Member) -> None:
    room.book(hana)
    other = Patient.objects.create(name="김하나")
    room.book(hana, TEN + timedelta(minutes=30))
    past = TEN - timedelta(days=7)
    other.reservations.create(doctor=room.doctor, appointed_time=past, status="fulfilled")
    found = patients.find("하나", at=NOW)
    assert [(row.member, row.next_at, row.last_at) for row in found] == [  # type: ignore[attr-defined]
        (hana, TEN, None),
        (None, None, past),
    ]


def test_a_new_patient_has_a_page(room: Room, yerin: Member, enter: Enter) -> None:
    answer = enter(yerin).post(PAGE, {"name": " 새 손님 "}, follow=True)
    made = Patient.objects.get()
    assert (answer.redirect_chain, made.name) == ([(f"{PAGE}{made.pk}/", 302)], "새 손님")
    assert "새 손님 님을 등록했습니다." in answer.content.decode()


def test_the_time_that_was_chosen_is_not_forgotten(room: Room, yerin: Member, enter: Enter) -> None:
    client = enter(yerin)
    wanted: dict[str, str | int] = {
        "doctor": room.doctor.pk,
        "service": room.service.pk,
        "time": TEN.isoformat(),
    }
    book = "/reservation/reception/book/"
    page = client.get(f"{book}?{urlencode(wanted)}", follow=True)
    assert page.redirect_chain == [(f"{PAGE}?{urlencode(wanted)}", 302)]
    answer = client.post(PAGE, {**wanted, "name": "새 손님"})
    made = Patient.objects.get()
    assert answer["Location"] == f"{book}?{urlencode({**wanted, 'patient': made.pk})}"
    found = client.get(PAGE, {**wanted, "q": "새"})
    assert [address for _row, address in found.context["rows"]] == [answer["Location"]]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\u202eb", "a\nb"])
def test_what_is_no_name_makes_nobody(room: Room, yerin: Member, enter: Enter, name: str) -> None:
    answer = enter(yerin).post(PAGE, {"name": name})
    assert (answer.status_code, Patient.objects.count()) == (422, 0)
    assert 'class="error"' in answer.content.decode()


def test_a_patients_page_shows_what_is_coming_and_what_was(
    room: Room, hana: Member, yerin: Member, enter: Enter
) -> None:
    row = room.book(hana)
    context = enter(yerin).get(f"{PAGE}{row.patient_id}/").context
    assert [list(context[name]) for name in ("coming", "past", "doctors")] == [
        [row],
        [],
        [room.doctor],
    ]


def test_who_was_forgotten_has_no_name(room: Room, yerin: Member, enter: Enter) -> None:
    patient = Patient.objects.create(name="")
    assert "(이름 지움)" in enter(yerin).get(f"{PAGE}{patient.pk}/").content.decode()
    assert enter(yerin).get(f"{PAGE}999/").status_code == 404
