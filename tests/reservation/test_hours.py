"""The pages on which doctors and operators close hours and add some."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from madang.people.models import Member, OutboxMail
from madang.reservation.models import Doctor, Reservation, Schedule, ScheduleException, Service
from tests.cast import NOW, TEN, Enter, Room
from tests.reservation.test_queries import costs

pytestmark = pytest.mark.usefixtures("now")

TUESDAY = date(2027, 3, 2)
CLOSED = {"kind": "closed", "first_on": "2027-03-02", "opens": "10:00", "closes": "11:00"}


def page(room: Room) -> str:
    return f"/reservation/hours/{room.doctor.pk}/"


def whole(row: ScheduleException) -> tuple[object, ...]:
    return (
        row.kind,
        str(row.first_on),
        str(row.last_on),
        row.opens_minute,
        row.closes_minute,
        row.schedule,
        row.reason,
        row.made_by,
    )


def test_a_doctor_closes_hours(room: Room, seoyun: Member, enter: Enter) -> None:
    client = enter(seoyun)
    answer = client.post(f"{page(room)}note/", {**CLOSED, "reason": "회의"}, follow=True)
    assert answer.redirect_chain == [(page(room), 302)]
    text = answer.content.decode()
    for words in ("닫았습니다.", "오전 10:00 – 오전 11:00", "이 시간에 닫음 · 회의"):
        assert words in text
    assert whole(ScheduleException.objects.get()) == (
        *("closed", "2027-03-02", "2027-03-02", 600, 660, None, "회의", seoyun),
    )


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            {"kind": "closed", "first_on": "2027-03-02", "last_on": "2027-03-08"},
            ("closed", "2027-03-02", "2027-03-08", 0, 1440),
        ),
        (
            {"kind": "extra", "first_on": "2027-03-02", "opens": "18:00", "closes": "00:00"},
            ("extra", "2027-03-02", "2027-03-02", 1080, 1440),
        ),
    ],
    ids=["a week's holiday", "an evening until midnight"],
)
def test_days_and_hours_are_read_as_people_mean_them(
    room: Room,
    gwanu: Member,
    enter: Enter,
    form: dict[str, str],
    expected: tuple[object, ...],
) -> None:
    form["schedule"] = str(room.schedule.pk)
    answer = enter(gwanu).post(f"{page(room)}note/", form)
    assert (answer.status_code, answer["Location"]) == (302, page(room))
    row = ScheduleException.objects.get()
    assert whole(row) == (*expected, room.schedule, "", gwanu)


def test_the_next_hour_and_the_rest_of_today_are_one_press(
    room: Room, seoyun: Member, enter: Enter
) -> None:
    client = enter(seoyun)
    presses = client.get(page(room)).context["presses"]
    assert presses == [
        ("지금부터 한 시간 닫기", date(2027, 3, 1), "09:00", "10:00"),
        ("오늘 남은 시간 닫기", date(2027, 3, 1), "09:00", "00:00"),
    ]
    Schedule.objects.update(time_zone="America/Anchorage")  # where it is three in the afternoon
    presses = client.get(page(room)).context["presses"]
    assert [each[1:] for each in presses] == [
        (date(2027, 2, 28), "15:00", "16:00"),
        (date(2027, 2, 28), "15:00", "00:00"),
    ]
    assert "America/Anchorage 기준" in client.get(page(room)).content.decode()


def test_an_hour_before_midnight_ends_with_the_day(
    room: Room, seoyun: Member, enter: Enter
) -> None:
    Schedule.objects.update(time_zone="Etc/GMT+1")  # where it is eleven at night
    presses = enter(seoyun).get(page(room)).context["presses"]
    assert presses[0][1:] == (date(2027, 2, 28), "23:00", "00:00")


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({**CLOSED, "closes": "10:00"}, "끝나는 시각이 시작하는 시각보다 빠릅니다."),
        ({**CLOSED, "closes": ""}, "시작과 끝을 모두 적어 주세요."),
        ({**CLOSED, "last_on": "2027-03-01"}, "마지막 날이 첫날보다 빠릅니다."),
        ({**CLOSED, "first_on": "2037-03-01"}, "앞뒤 3년 안의 날짜를 골라 주세요."),
        ({**CLOSED, "first_on": "2027-02-30"}, "올바른 날짜를 입력하세요."),
        ({**CLOSED, "first_on": "2026-03-01"}, "지난 날짜이거나 1년이 넘습니다."),
        ({**CLOSED, "last_on": "2029-03-01"}, "지난 날짜이거나 1년이 넘습니다."),
        ({**CLOSED, "opens": "25:00"}, "올바른 시각을 입력하세요."),
        ({"kind": "extra", "first_on": "2027-03-02"}, "추가 시간에는 시작과 끝이 모두 필요합니다."),
        ({**CLOSED, "kind": "holiday"}, "올바르게 선택해 주세요."),
        ({**CLOSED, "schedule": "999"}, "올바르게 선택해 주세요."),
        ({**CLOSED, "reason": "가" * 121}, "120"),
        ({}, "필수"),
    ],
)
def test_what_makes_no_hours_is_said_beside_the_field(
    room: Room, seoyun: Member, enter: Enter, form: dict[str, str], word: str
) -> None:
    answer = enter(seoyun).post(f"{page(room)}note/", form)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert not ScheduleException.objects.exists()


def test_the_same_hours_twice_are_a_conflict(room: Room, seoyun: Member, enter: Enter) -> None:
    client = enter(seoyun)
    codes = [client.post(f"{page(room)}note/", CLOSED).status_code for _n in range(2)]
    assert (codes, ScheduleException.objects.count()) == ([302, 409], 1)


def test_what_is_closed_is_off_the_grid_of_the_api(
    room: Room, hana: Member, seoyun: Member, enter: Enter
) -> None:
    enter(seoyun).post(f"{page(room)}note/", CLOSED)
    client = enter(hana)
    wanted = {"doctor": room.doctor.pk, "service": room.service.pk}
    days: dict[str, str | int] = {
        "service": room.service.pk,
        "from": "2027-03-02",
        "to": "2027-03-03",
    }
    found = client.get(f"/api/v1/doctors/{room.doctor.pk}/slots", days).json()
    assert [slot["start"][11:16] for slot in found] == ["00:00", "00:30", "02:00", "02:30"]
    answer = client.post(
        "/api/v1/reservations",
        {**wanted, "appointed_time": TEN.isoformat()},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "not_offered")
    assert not Reservation.objects.exists()


def test_meetings_in_closed_hours_are_listed_and_called_off(
    room: Room, hana: Member, seoyun: Member, enter: Enter
) -> None:
    row, client = room.book(hana), enter(seoyun)
    client.post(f"{page(room)}note/", CLOSED)
    answer = client.get(page(room))
    assert answer.context["concerned"] == [row]
    address = f"/reservation/{row.uid}/call-off/"
    assert address in answer.content.decode()
    asked = client.get(address).content.decode()
    assert ("김하나" in asked, "환자에게 메일로 알립니다." in asked) == (True, True)
    told = [client.post(address, follow=True).content.decode() for _n in range(2)]
    assert "취소했습니다." in told[0]
    assert "이미 끝났거나 취소된 예약이었습니다." in told[1]
    row.refresh_from_db()
    assert (row.status, client.get(page(room)).context["concerned"]) == ("cancelled", [])
    assert OutboxMail.objects.filter(subject__contains="취소").count() == 1


def test_who_has_no_account_is_to_be_called(room: Room, seoyun: Member, enter: Enter) -> None:
    row = Reservation.objects.create(
        doctor=room.doctor,
        patient=room.doctor.patients.create(name="윤지우"),
        appointed_time=NOW,
    )
    client = enter(seoyun)
    address = f"/reservation/{row.uid}/call-off/"
    assert "전화해 주세요." in client.get(address).content.decode()
    assert "이미 시작한 예약입니다." in client.post(address, follow=True).content.decode()


def test_holidays_are_closed_lifted_and_closed_again(
    room: Room, seoyun: Member, enter: Enter
) -> None:
    client = enter(seoyun)
    assert client.get(page(room)).context["holidays_form"].initial == {"country": "KR"}
    told = [
        client.post(f"{page(room)}holidays/", {"country": "KR"}, follow=True).content.decode()
        for _n in range(2)
    ]
    count = ScheduleException.objects.count()
    assert f"공휴일 {count}일을 닫았습니다." in told[0]
    assert "이미 모두 들어 있습니다." in told[1]
    child = ScheduleException.objects.get(first_on=date(2027, 5, 5))
    client.post(f"{page(room)}{child.pk}/take-back/")
    child.refresh_from_db()
    assert child.is_lifted
    assert f"{child.pk}/restore/" in client.get(page(room)).content.decode()
    client.post(f"{page(room)}{child.pk}/restore/")
    child.refresh_from_db()
    assert not child.is_lifted


@pytest.mark.parametrize(
    "form", [{"country": "XX"}, {"country": "KR", "subdivision": "BY"}, {"country": ""}]
)
def test_what_is_no_country_is_said(
    room: Room, seoyun: Member, enter: Enter, form: dict[str, str]
) -> None:
    assert enter(seoyun).post(f"{page(room)}holidays/", form).status_code == 422
    assert not ScheduleException.objects.exists()


def test_a_part_of_a_country(room: Room, seoyun: Member, enter: Enter) -> None:
    enter(seoyun).post(f"{page(room)}holidays/", {"country": "DE", "subdivision": " BY "})
    assert ScheduleException.objects.filter(first_on=date(2028, 1, 6)).exists()


def test_what_is_taken_back_twice_is_taken_back(room: Room, seoyun: Member, enter: Enter) -> None:
    client = enter(seoyun)
    client.post(f"{page(room)}note/", CLOSED)
    row = ScheduleException.objects.get()
    told = [
        client.post(f"{page(room)}{row.pk}/take-back/", follow=True).content.decode()
        for _n in range(2)
    ]
    assert ("되돌렸습니다." in told[0], "이미 되돌린 것입니다." in told[1]) == (True, True)
    assert not ScheduleException.objects.exists()
    answer = client.post(f"{page(room)}{row.pk}/restore/", follow=True)
    assert "이미 되돌린 것입니다." in answer.content.decode()


def test_what_has_passed_is_not_listed(room: Room, seoyun: Member, enter: Enter) -> None:
    for n in (-1, 0):
        on = date(2027, 3, 1) + timedelta(days=n)
        room.doctor.exceptions.create(kind="closed", first_on=on, last_on=on)
    rows = enter(seoyun).get(page(room)).context["rows"]
    assert [str(row.first_on) for row in rows] == ["2027-03-01"]


def test_a_doctor_finds_the_own_hours_an_operator_everybodys(
    room: Room, seoyun: Member, gwanu: Member, enter: Enter
) -> None:
    assert enter(seoyun).get("/reservation/hours/").context["doctor"] == room.doctor
    text = enter(gwanu).get("/reservation/hours/").content.decode()
    assert page(room) in text
    Doctor.objects.all().delete()
    assert (
        "아직 예약을 받는 의사가 없습니다."
        in enter(gwanu).get("/reservation/hours/").content.decode()
    )


def addresses(room: Room) -> list[tuple[str, str]]:
    """Every page of the hours, and how it is asked for."""
    row = room.doctor.exceptions.create(kind="closed", first_on=TUESDAY, last_on=TUESDAY)
    meeting = Reservation.objects.create(
        doctor=room.doctor, patient=room.doctor.patients.create(name="윤"), appointed_time=TEN
    )
    return [
        ("get", "/reservation/hours/"),
        ("get", page(room)),
        ("post", f"{page(room)}note/"),
        ("post", f"{page(room)}holidays/"),
        ("post", f"{page(room)}{row.pk}/take-back/"),
        ("post", f"{page(room)}{row.pk}/restore/"),
        ("get", f"/reservation/{meeting.uid}/call-off/"),
        ("post", f"/reservation/{meeting.uid}/call-off/"),
    ]


@pytest.mark.parametrize("handle", ["hana", "jiho", "sujin"])
def test_others_stay_outside(
    request: pytest.FixtureRequest, room: Room, enter: Enter, handle: str
) -> None:
    """A member, another doctor, the librarian."""
    member = request.getfixturevalue(handle)
    if handle == "jiho":
        Doctor.objects.create(name="정지호", member=member)
    client = enter(member)
    asked = addresses(room)[1 if handle == "jiho" else 0 :]
    codes = [getattr(client, verb)(path, CLOSED).status_code for verb, path in asked]
    assert set(codes) == {403}
    assert (ScheduleException.objects.count(), Reservation.objects.get().status) == (1, "booked")


def test_who_is_no_doctor_any_more_stays_outside(room: Room, seoyun: Member, enter: Enter) -> None:
    seoyun.role_grants.all().delete()
    assert enter(seoyun).get("/reservation/hours/").status_code == 403


def test_a_stranger_is_asked_to_sign_in(room: Room, client: Client) -> None:
    for verb, path in addresses(room):
        assert getattr(client, verb)(path)["Location"].startswith("/people/login/")
    assert ScheduleException.objects.count() == 1


class Growing:
    """A doctor with as many exceptions, schedules and meetings concerned as one asks for."""

    def __init__(self, room: Room) -> None:
        self.room, self.rows = room, 0

    def grow(self, rows: int) -> None:
        while self.rows < rows:
            on = TUESDAY + timedelta(days=self.rows)
            service = Service.objects.create(name=f"상담 {self.rows}")
            schedule = Schedule.objects.create(doctor=self.room.doctor, service=service)
            for fields in ({"schedule": schedule}, {"doctor": self.room.doctor}):
                ScheduleException.objects.create(kind="closed", first_on=on, last_on=on, **fields)
            self.room.doctor.exceptions.create(kind="holiday", first_on=on, last_on=on)
            Doctor.objects.create(name=f"의사 {self.rows}")
            Reservation.objects.create(
                doctor=self.room.doctor,
                patient=self.room.doctor.patients.create(name=f"환자 {self.rows}"),
                appointed_time=TEN + timedelta(days=self.rows),
            )
            self.rows += 1


def test_the_page_costs_the_same_with_one_row_and_with_three(
    room: Room, seoyun: Member, enter: Enter
) -> None:
    assert costs(Growing(room), enter(seoyun), page(room)) == [10, 10]


def test_so_does_the_list_of_doctors(room: Room, gwanu: Member, enter: Enter) -> None:
    assert costs(Growing(room), enter(gwanu), "/reservation/hours/") == [4, 4]
