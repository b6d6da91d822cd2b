"""Staff keeps doctors, services and hours in order, without Django's admin."""

from __future__ import annotations

import pytest
from django.test import Client

from madang.people.models import Member
from madang.reservation.models import Doctor, Schedule, Service
from tests.cast import TEN, Enter, Room
from tests.reservation.test_queries import Growing, costs

pytestmark = pytest.mark.usefixtures("now")

ROOT = "/reservation/reception/"
SERVICE = {
    "name": "진로 상담",
    "description": "",
    "minutes": "45",
    "step": "",
    "buffer_before": "0",
    "buffer_after": "15",
    "capacity": "1",
    "notice_minutes": "60",
    "horizon_days": "30",
    "cancel_minutes": "60",
    "reschedule_minutes": "60",
    "offer_minutes": "30",
    "is_active": "on",
}
PATHS = [
    "offers/",
    "services/new/",
    "services/1/",
    "doctors/new/",
    "doctors/1/",
    "doctors/1/offer/",
    "schedules/1/",
]


@pytest.fixture
def desk(yerin: Member, enter: Enter) -> Client:
    """The receptionist's browser."""
    return enter(yerin)


def week(room: Room, **days: str) -> dict[str, str | int]:
    return {
        "service": room.service.pk,
        "time_zone": "Asia/Seoul",
        "valid_from": "",
        "valid_until": "",
        **days,
    }


def hours(schedule: Schedule) -> list[tuple[int, int, int]]:
    rules = schedule.opening_rules.all()
    return [(rule.weekday, rule.opens_minute, rule.closes_minute) for rule in rules]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_is_asked_to_sign_in(client: Client, path: str) -> None:
    assert client.get(ROOT + path)["Location"].startswith("/people/login/")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("handle", ["hana", "seoyun"])
def test_who_is_not_staff_changes_nothing(
    request: pytest.FixtureRequest, enter: Enter, handle: str, path: str
) -> None:
    client = enter(request.getfixturevalue(handle))
    assert [client.get(ROOT + path).status_code, client.post(ROOT + path).status_code] == [403, 403]


def test_the_list_shows_services_and_weeks(room: Room, desk: Client) -> None:
    Service.objects.create(name="쉬는 상담", is_active=False)
    Doctor.objects.create(name="문유나", is_active=False)
    text = desk.get(f"{ROOT}offers/").content.decode()
    words = [
        "학습 상담",
        "쉬는 상담",
        "예약 불가",
        "박서윤",
        "09:00–12:00",
        "문유나",
        "예약 받지 않음",
    ]
    assert [word for word in words if word not in text] == []


def test_a_service_is_made_and_changed_and_closed(room: Room, desk: Client) -> None:
    answer = desk.post(f"{ROOT}services/new/", SERVICE)
    assert answer["Location"] == f"{ROOT}offers/"
    made = Service.objects.get(name="진로 상담")
    assert (made.minutes, made.step, made.buffer_after, made.is_active) == (45, None, 15, True)
    closed = {key: value for key, value in SERVICE.items() if key != "is_active"}
    desk.post(f"{ROOT}services/{made.pk}/", {**closed, "name": "진로"})
    made.refresh_from_db()
    assert (made.name, made.is_active) == ("진로", False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("minutes", "0"),
        ("minutes", "1441"),
        ("minutes", "x"),
        ("step", "0"),
        ("buffer_before", "-1"),
        ("buffer_after", "1441"),
        ("capacity", "0"),
        ("capacity", "201"),
        ("notice_minutes", "9" * 30),
        ("horizon_days", "1099"),
        ("cancel_minutes", "527041"),
        ("reschedule_minutes", ""),
        ("offer_minutes", "0"),
    ],
)
def test_what_makes_no_sense_is_said_on_the_form(
    room: Room, desk: Client, field: str, value: str
) -> None:
    answer = desk.post(f"{ROOT}services/{room.service.pk}/", {**SERVICE, field: value})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    room.service.refresh_from_db()
    assert room.service.name == "학습 상담"


def test_a_doctor_is_made_and_closed(desk: Client) -> None:
    desk.post(f"{ROOT}doctors/new/", {"name": "문유나", "specialty": "치과", "is_active": "on"})
    made = Doctor.objects.get()
    assert (made.name, made.specialty, made.is_active) == ("문유나", "치과", True)
    desk.post(f"{ROOT}doctors/{made.pk}/", {"name": "문유나"})
    made.refresh_from_db()
    assert made.is_active is False
    answer = desk.post(f"{ROOT}doctors/{made.pk}/", {"name": "문\u202e유나"})
    assert answer.status_code == 422


def test_hours_are_set_for_a_week(room: Room, desk: Client) -> None:
    path = f"{ROOT}schedules/{room.schedule.pk}/"
    form = desk.get(path).context["form"]
    assert [field.initial for field in form.days] == ["09:00–12:00"] * 7
    answer = desk.post(path, week(room, day1="9-12, 13:30~18", day3="0:00-24:00"))
    assert answer["Location"] == path
    assert hours(room.schedule) == [(1, 540, 720), (1, 810, 1080), (3, 0, 1440)]


def test_a_doctor_offers_one_more_service(room: Room, desk: Client) -> None:
    other = Service.objects.create(name="진로 상담")
    path = f"{ROOT}doctors/{room.doctor.pk}/offer/"
    body = {**week(room, day2="10-11"), "service": other.pk, "valid_from": "2027-04-01"}
    answer = desk.post(path, body)
    made = Schedule.objects.get(service=other)
    assert answer["Location"] == f"{ROOT}schedules/{made.pk}/"
    assert (made.doctor, hours(made)) == (room.doctor, [(2, 600, 660)])


def test_meetings_left_outside_are_listed_and_stay(room: Room, hana: Member, desk: Client) -> None:
    row = room.book(hana)
    path = f"{ROOT}schedules/{room.schedule.pk}/"
    answer = desk.post(path, week(room, day1="9-12"), follow=True)
    assert answer.context["outside"] == [row]
    text = answer.content.decode()
    assert f'href="{ROOT}{row.uid}/"' in text
    assert "1건" in text
    row.refresh_from_db()
    assert (row.status, row.appointed_time) == ("booked", TEN)
    answer = desk.post(path, week(room, day2="9-12"), follow=True)
    assert answer.context["outside"] == []


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"day1": "9-12, 11-13"}, "day1"),
        ({"day2": "nine to five"}, "day2"),
        ({"day3": "18-9"}, "day3"),
        ({"day4": "9-12," * 100}, "day4"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"service": "999"}, "service"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"valid_from": "2027-04-01", "valid_until": "2027-03-01"}, "__all__"),
    ],
)
def test_what_makes_no_week_leaves_the_week_as_it_was(
    room: Room, desk: Client, bad: dict[str, str], field: str
) -> None:
    before = hours(room.schedule)
    path = f"{ROOT}schedules/{room.schedule.pk}/"
    answer = desk.post(path, {**week(room, day5="10-11"), **bad})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert hours(room.schedule) == before


@pytest.mark.parametrize(
    "path", ["services/999/", "doctors/999/", "schedules/999/", "doctors/999/offer/"]
)
def test_what_is_not_there_is_not_found(desk: Client, path: str) -> None:
    assert desk.get(ROOT + path).status_code == 404


@pytest.mark.parametrize(("path", "expected"), [("offers/", 7), ("schedules/{schedule}/", 10)])
def test_lists_cost_the_same_with_one_row_and_with_three(
    room: Room, hana: Member, desk: Client, path: str, expected: int
) -> None:
    growing = Growing(room, hana)
    path = path.format(schedule=room.schedule.pk)
    assert costs(growing, desk, ROOT + path) == [expected, expected]
