"""The pages of a patient."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client

from madang.people.models import Member, OutboxMail
from madang.reservation.models import Doctor, Patient, Reservation, Schedule, Service
from tests.cast import NOW, TEN, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

UID = "7d444840-9dc0-11d1-b245-5ffdce74fad2"


def wanted(room: Room, time: datetime = TEN) -> dict[str, str | int]:
    return {"doctor": room.doctor.pk, "service": room.service.pk, "time": time.isoformat()}


def said(answer: object) -> list[str]:
    """The messages that the next page will show."""
    assert isinstance(answer, HttpResponse)
    return [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]


GETS = [
    "/reservation/",
    "/reservation/doctors/1/",
    "/reservation/services/1/",
    "/reservation/book/",
    "/reservation/mine/",
    "/reservation/day/",
    "/reservation/day/2027-03-02/",
    "/reservation/feed/",
    f"/reservation/{UID}/",
    f"/reservation/{UID}/cancel/",
    f"/reservation/{UID}.ics",
]
POSTS = ["/reservation/book/", "/reservation/doctors/1/keep/", f"/reservation/{UID}/cancel/"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", GETS)
def test_a_stranger_is_asked_to_sign_in(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/people/login/?next={path}",
    )


@pytest.mark.parametrize("path", POSTS)
def test_a_stranger_changes_nothing(client: Client, room: Room, path: str) -> None:
    answer = client.post(path, wanted(room))
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/people/login/?next={path}",
    )
    assert (Reservation.objects.count(), Patient.objects.count()) == (0, 0)


# Somebody else's.


@pytest.mark.parametrize("handle", ["minjun", "seoyun", "gwanu"])
@pytest.mark.parametrize("ending", ["/", "/cancel/", ".ics"])
def test_somebody_elses_reservation_is_as_if_it_were_not(
    request: pytest.FixtureRequest, room: Room, hana: Member, enter: Enter, handle: str, ending: str
) -> None:
    row = room.book(hana)
    client = enter(request.getfixturevalue(handle))
    answer = client.get(f"/reservation/{row.uid}{ending}")
    nowhere = client.get(f"/reservation/{UID}{ending}")
    assert (answer.status_code, nowhere.status_code) == (404, 404)
    texts = [each.content.decode() for each in (answer, nowhere)]
    for text, uid in zip(texts, (str(row.uid), UID), strict=True):
        assert "주소가 잘못되었거나, 있던 것이 없어졌거나, 다른 분의 것입니다." in text
        assert ("김하나" in text, "학습 상담" in text) == (False, False)
        assert text.count(uid) == 1  # where the footer brings the reader back to


def test_nobody_cancels_somebody_elses_reservation(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    row = room.book(hana)
    answer = enter(minjun).post(f"/reservation/{row.uid}/cancel/")
    row.refresh_from_db()
    assert (answer.status_code, row.status, row.events.count()) == (404, "booked", 1)


# Finding a time.


def test_the_front_of_the_room_names_each_doctors_first_free_time(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    idle = Doctor.objects.create(name="가나다", specialty="내과")
    Doctor.objects.create(name="닫힘", is_active=False)
    room.patient(hana).doctors.add(room.doctor)
    room.book(minjun, NOW)
    row = room.book(hana)
    answer = enter(hana).get("/reservation/")
    first = datetime(2027, 3, 1, 0, 30, tzinfo=UTC)
    rows = [
        (doctor, slot.start if slot else None, is_mine)
        for doctor, slot, is_mine in answer.context["rows"]
    ]
    assert rows == [(room.doctor, first, True), (idle, None, False)]
    assert list(answer.context["coming"]) == [row]
    assert list(answer.context["services"]) == [room.service]
    text = answer.content.decode()
    address = urlencode({**wanted(room, first), "time": ""}) + quote(first.isoformat(), safe="")
    assert address.replace("&", "&amp;") in text
    assert "두 주 안에 빈 시간 없음" in text


def test_a_room_without_doctors_says_so(hana: Member, enter: Enter) -> None:
    text = enter(hana).get("/reservation/").content.decode()
    assert "아직 예약을 받는 의사가 없습니다." in text


def test_a_doctor_by_the_week(room: Room, hana: Member, minjun: Member, enter: Enter) -> None:
    room.book(minjun)
    answer = enter(hana).get(f"/reservation/doctors/{room.doctor.pk}/")
    week = answer.context["week"]
    assert [day.on.isoformat() for day in week] == [f"2027-03-0{n}" for n in range(1, 8)]
    assert [len(day.free) for day in week] == [6, 5, 6, 6, 6, 6, 6]
    assert [answer.context[name] for name in ("is_first", "is_mine", "zone", "has_free")] == [
        True,
        False,
        "",
        True,
    ]
    text = answer.content.decode()
    assert text.count('class="held"') == 1
    assert "이민준" not in text  # who holds it is nobody's business


def test_a_doctor_by_the_month(room: Room, hana: Member, enter: Enter) -> None:
    answer = enter(hana).get(f"/reservation/doctors/{room.doctor.pk}/?view=month&from=2027-04-17")
    month = answer.context["month"]
    assert [len(week) for week in month] == [7] * 5
    assert [cell.free for week in month for cell in week if cell.is_inside] == [
        6 if day <= 29 else 0  # the horizon is sixty days: until nine on the thirtieth
        for day in range(1, 30)
    ] + [1]
    assert [str(answer.context[name]) for name in ("first", "before", "after")] == [
        "2027-04-01",
        "2027-03-01",
        "2027-05-01",
    ]
    assert "2027년 4월" in answer.content.decode()


def test_a_week_with_nothing_free_leads_to_the_month(
    room: Room, hana: Member, enter: Enter
) -> None:
    answer = enter(hana).get(f"/reservation/doctors/{room.doctor.pk}/?from=2027-08-02")
    text = answer.content.decode()
    assert "이 주에는 빈 시간이 없습니다." in text
    assert f"?service={room.service.pk}&amp;view=month&amp;from=2027-08-02" in text


def test_a_doctor_with_two_services_shows_the_one_that_was_chosen(
    room: Room, hana: Member, enter: Enter
) -> None:
    other = Service.objects.create(name="화상 상담", minutes=60)
    Schedule.objects.create(doctor=room.doctor, service=other)
    client, path = enter(hana), f"/reservation/doctors/{room.doctor.pk}/"
    chosen = [
        client.get(path, {"service": service}).context["service"]
        for service in (other.pk, room.service.pk, 0, "nonsense", 2**70)
    ]
    assert chosen == [other, *[room.service] * 4]


def test_a_doctor_without_hours_says_that_nothing_can_be_booked(hana: Member, enter: Enter) -> None:
    idle = Doctor.objects.create(name="가나다")
    text = enter(hana).get(f"/reservation/doctors/{idle.pk}/").content.decode()
    assert "아직 예약할 수 있는 것이 없습니다." in text


def test_a_service_with_whoever_is_free(
    room: Room, hana: Member, jiho: Member, enter: Enter
) -> None:
    other = Doctor.objects.create(name="정지호", member=jiho)
    schedule = Schedule.objects.create(doctor=other, service=room.service)
    schedule.opening_rules.create(weekday=2, opens_minute=540, closes_minute=570)
    answer = enter(hana).get(f"/reservation/services/{room.service.pk}/")
    tuesday = answer.context["week"][1]
    nine = TEN - timedelta(hours=1)
    assert answer.context["names"] == {room.doctor.pk: "박서윤", other.pk: "정지호"}
    assert [slot.doctor_id for slot in tuesday.free if slot.start == nine] == [
        room.doctor.pk,
        other.pk,
    ]


def test_a_reader_elsewhere_sees_both_clocks(room: Room, emma: Member, enter: Enter) -> None:
    client = enter(emma)
    page = client.get(f"/reservation/doctors/{room.doctor.pk}/").content.decode()
    assert "Times are on your clock (Europe/London). The doctor’s clock is Asia/Seoul." in page
    ask = client.get("/reservation/book/", wanted(room)).content.decode()
    assert "Europe/London · 10:00 on the doctor’s clock (Asia/Seoul)" in ask
    made = client.get(client.post("/reservation/book/", wanted(room))["Location"])
    text = made.content.decode()
    assert "Tuesday 2 March 2027" in text
    assert "01:00</time> – <time>01:30" in text
    assert "10:00 on the doctor’s clock (Asia/Seoul)" in text


@pytest.mark.parametrize("path", ["/reservation/doctors/{}/", "/reservation/services/{}/"])
@pytest.mark.parametrize("number", [0, 999_999, 2**63, 2**80])
def test_who_is_not_there_is_not_found(
    room: Room, hana: Member, enter: Enter, path: str, number: int
) -> None:
    assert enter(hana).get(path.format(number)).status_code == 404


def test_who_takes_no_reservations_is_not_found(room: Room, hana: Member, enter: Enter) -> None:
    Doctor.objects.update(is_active=False)
    Service.objects.update(is_active=False)
    client = enter(hana)
    paths = (
        f"/reservation/doctors/{room.doctor.pk}/",
        f"/reservation/services/{room.service.pk}/",
    )
    assert [client.get(path).status_code for path in paths] == [404, 404]


# Booking.


def test_booking_asks_once_more_and_writes_nothing(room: Room, hana: Member, enter: Enter) -> None:
    answer = enter(hana).get("/reservation/book/", wanted(room))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "2027년 3월 2일 화요일" in text
    assert "오전 10:00</time> – <time>오전 10:30" in text
    assert "한 분만 예약되고, 결과는 바로 알려 드립니다." in text
    assert (Reservation.objects.count(), Patient.objects.count()) == (0, 0)


def test_booking_ends_at_the_reservation(room: Room, hana: Member, enter: Enter) -> None:
    client = enter(hana)
    answer = client.post("/reservation/book/", wanted(room))
    row = Reservation.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/reservation/{row.uid}/")
    assert (row.patient.member, row.doctor, row.appointed_time) == (hana, room.doctor, TEN)
    assert said(answer) == ["오전 10:00 예약이 되었습니다. 같은 시간은 다른 분이 잡을 수 없습니다."]
    page = client.get(answer["Location"])
    assert page.context["is_cancellable"]
    assert "내일 오전 9:00까지 취소할 수 있습니다." in page.content.decode()


def test_pressing_twice_books_once(room: Room, hana: Member, enter: Enter) -> None:
    client = enter(hana)
    answers = [client.post("/reservation/book/", wanted(room)) for _ in range(2)]
    row = Reservation.objects.get()
    assert [answer["Location"] for answer in answers] == [f"/reservation/{row.uid}/"] * 2
    assert (row.events.count(), OutboxMail.objects.count()) == (1, 1)


def test_who_is_slower_is_told_the_nearest_times(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    room.book(hana)
    answer = enter(minjun).post("/reservation/book/", wanted(room))
    assert (answer.status_code, answer.context["why"]) == (409, "taken")
    assert [slot.start - TEN for slot in answer.context["nearest"]] == [
        timedelta(minutes=n) for n in (-60, -30, 30)
    ]
    text = answer.content.decode()
    assert "다른 분이 조금 먼저 오전 10:00을 예약했습니다. 예약은 되지 않았습니다." in text
    assert "김하나" not in text
    assert Reservation.objects.count() == 1


def test_who_is_elsewhere_is_told_where(
    room: Room, hana: Member, jiho: Member, enter: Enter
) -> None:
    other = Doctor.objects.create(name="정지호", member=jiho)
    row = Reservation.objects.create(
        doctor=other, patient=room.patient(hana), appointed_time=TEN - timedelta(minutes=15)
    )
    answer = enter(hana).post("/reservation/book/", wanted(room))
    assert (answer.status_code, answer.context["why"]) == (409, "elsewhere")
    assert answer.context["elsewhere"] == [row]
    assert "예약하지 않았습니다. 이 시간에는 이미 이 예약이 있습니다." in answer.content.decode()


@pytest.mark.parametrize(
    "minutes",
    [-26 * 60, -49 * 60, 7, 12 * 60, 70 * 24 * 60],
    ids=["before opening", "past", "off the grid", "in the evening", "beyond the horizon"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_cannot_be_booked_is_said(
    room: Room, hana: Member, enter: Enter, minutes: int, method: str
) -> None:
    time = TEN + timedelta(minutes=minutes)
    answer = getattr(enter(hana), method)("/reservation/book/", wanted(room, time))
    assert (answer.status_code, answer.context["why"]) == (409, "closed")
    sentence = "지난 시간이거나, 너무 임박했거나, 진료 시간이 아닙니다. 예약하지 않았습니다."
    assert sentence in answer.content.decode()
    assert Reservation.objects.count() == 0


def test_looking_at_a_taken_time_says_so(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    room.book(hana)
    answer = enter(minjun).get("/reservation/book/", wanted(room))
    assert (answer.status_code, answer.context["why"]) == (409, "taken")


def test_a_time_that_clocks_skip_is_not_offered(room: Room, hana: Member, enter: Enter) -> None:
    """Half past two on 14 March 2027 does not exist in New York, whatever offset is written."""
    Schedule.objects.update(time_zone="America/New_York")
    room.schedule.opening_rules.update(opens_minute=120, closes_minute=180)
    client = enter(hana)
    text: dict[str, str | int] = {"doctor": room.doctor.pk, "service": room.service.pk}
    for offset in ("-05:00", "-04:00"):
        time = f"2027-03-14T02:30:00{offset}"
        answer = client.post("/reservation/book/", {**text, "time": time})
        assert (answer.status_code, answer.context["why"]) == (409, "closed")
    answer = client.post("/reservation/book/", {**text, "time": "2027-03-15T02:30:00-04:00"})
    assert answer.status_code == 302
    assert Reservation.objects.get().appointed_time == datetime(2027, 3, 15, 6, 30, tzinfo=UTC)
