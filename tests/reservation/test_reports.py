"""The pages of figures: who may see whose, the drawing, the table, and the file."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta

import pytest
from django.test import Client

from madang.people.models import Member
from madang.reservation.models import Doctor, Reservation
from madang.ui.bars import WIDTH
from tests.cast import TEN, Enter, Room
from tests.reservation.test_queries import Growing, costs

pytestmark = pytest.mark.usefixtures("now")

PAGE, FILE = "/reservation/reports/", "/reservation/reports/figures.csv"
MARCH = "?first_on=2027-03-01&last_on=2027-03-14"
DAY = timedelta(days=1)


@pytest.fixture
def met(room: Room, hana: Member, minjun: Member) -> Doctor:
    """Two meetings a week and a day ago; one did not come."""
    for member, time, status in (
        (hana, TEN - 8 * DAY, "fulfilled"),
        (minjun, TEN - 7 * DAY, "noshow"),
    ):
        Reservation.objects.create(
            doctor=room.doctor,
            patient=room.patient(member),
            appointed_time=time,
            status=status,
            created_at=time - 3 * DAY / 2,
        )
    return room.doctor


def rows(client: Client, path: str = FILE) -> list[list[str]]:
    """The file's rows."""
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def cells(text: str) -> list[list[str]]:
    """The rows of the page's tables, without the weeks' names."""
    found = re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", text, re.DOTALL)
    return [re.findall(r"<td>(.*?)</td>", row) for row in found]


@pytest.mark.parametrize("path", [PAGE, FILE])
def test_a_stranger_is_asked_to_sign_in(room: Room, client: Client, path: str) -> None:
    assert client.get(path)["Location"].startswith("/people/login/")


@pytest.mark.parametrize("path", [PAGE, FILE])
@pytest.mark.parametrize("handle", ["hana", "sujin", "dohyun", "jiho"])
def test_nobody_else_sees_figures(
    request: pytest.FixtureRequest, room: Room, enter: Enter, handle: str, path: str
) -> None:
    """Neither a patient, nor a librarian, nor a moderator, nor who is a doctor of nothing."""
    assert enter(request.getfixturevalue(handle)).get(path).status_code == 403


def test_who_was_a_doctor_sees_nothing(room: Room, seoyun: Member, enter: Enter) -> None:
    seoyun.role_grants.all().delete()
    assert enter(seoyun).get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("handle", "names"),
    [
        ("yerin", ["박서윤", "정지호"]),
        ("gwanu", ["박서윤", "정지호"]),
        ("seoyun", ["박서윤"]),
        ("jiho", ["정지호"]),
    ],
)
def test_staff_sees_everybody_and_a_doctor_the_own_figures(
    request: pytest.FixtureRequest,
    met: Doctor,
    jiho: Member,
    enter: Enter,
    handle: str,
    names: list[str],
) -> None:
    Doctor.objects.create(name="정지호", member=jiho)
    client = enter(request.getfixturevalue(handle))
    found = re.findall(r'<h2 id="doctor-\d+">(.*?)</h2>', client.get(PAGE).content.decode())
    assert found == names
    assert sorted({row[0] for row in rows(client)[1:]}) == names


def test_the_last_four_whole_weeks_are_shown_and_the_file_says_the_same(
    met: Doctor, yerin: Member, enter: Enter
) -> None:
    client = enter(yerin)
    page = client.get(PAGE).content.decode()
    head, *weeks = rows(client)
    assert head == [
        "의사",
        "첫날",
        "마지막 날",
        "연 시간(분)",
        "예약된 시간(분)",
        "예약률(%)",
        "예약 건수",
        "오지 않음",
        "오지 않은 비율(%)",
        "미리 예약한 날수(중앙값)",
    ]
    empty = ["1260", "0", "0", "0", "0", "", ""]
    assert weeks == [
        ["박서윤", "2027-02-01", "2027-02-07", *empty],
        ["박서윤", "2027-02-08", "2027-02-14", *empty],
        ["박서윤", "2027-02-15", "2027-02-21", *empty],
        ["박서윤", "2027-02-22", "2027-02-28", "1260", "30", "2", "2", "1", "50", "1.5"],
    ]
    assert cells(page) == [[cell or "–" for cell in week[3:]] for week in weeks]
    assert re.findall(r'<b class="num">(.*?)</b>', page) == ["1%", "50%", "1.5일"]


def test_the_drawing_has_a_bar_for_each_week_and_says_what_it_shows(
    met: Doctor, yerin: Member, enter: Enter
) -> None:
    page = enter(yerin).get(PAGE + "?first_on=2027-02-15&last_on=2027-02-28").content.decode()
    assert re.findall(r"<title>(.*?)</title>", page)[1:] == [
        "2월 15일: 0%",
        "2월 22일: 2%",
        "2월 15일: 해당 없음",
        "2월 22일: 50%",
        "2월 15일: 해당 없음",
        "2월 22일: 1.5일",
    ]
    bars = re.findall(r'class="rod" x="\d+" y="(\d+)" width="72" height="(\d+)"', page)
    assert bars == [("196", "0"), ("193", "3"), ("118", "78"), ("40", "156")]
    assert "style=" not in page


def test_of_many_weeks_the_first_and_the_last_are_named(
    met: Doctor, yerin: Member, enter: Enter
) -> None:
    page = enter(yerin).get(PAGE + "?first_on=2026-03-02&last_on=2027-03-01").content.decode()
    assert re.findall(r"<text.*?>(.*?)</text>", page) == ["3월 2일", "3월 1일"] * 3
    assert len(re.findall(r"<g>", page)) == 3 * 53
    assert WIDTH // 53 > 4


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("first_on=2027-03-02&last_on=2027-03-01", "마지막 날이 첫날보다 빠릅니다."),
        ("first_on=2026-03-01&last_on=2027-03-02", "한 번에 1년까지만 볼 수 있습니다."),
        ("first_on=0001-01-01&last_on=0001-01-02", "이 해에는 볼 통계가 없습니다."),
        ("first_on=9999-12-30&last_on=9999-12-31", "이 해에는 볼 통계가 없습니다."),
        ("first_on=monday", "올바른 날짜를 입력하세요."),
    ],
)
def test_days_that_cannot_be_are_refused(
    room: Room, yerin: Member, enter: Enter, asked: str, told: str
) -> None:
    client = enter(yerin)
    answer = client.get(f"{PAGE}?{asked}")
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert client.get(f"{FILE}?{asked}").status_code == 400


def test_without_doctors_the_page_says_so(yerin: Member, enter: Enter) -> None:
    answer = enter(yerin).get(PAGE)
    assert answer.status_code == 200
    assert "아직 예약을 받는 의사가 없습니다." in answer.content.decode()


@pytest.mark.parametrize("name", ["=1+1", "+82", "-1", "@SUM(A1)", "\tx"])
def test_a_name_is_no_formula(room: Room, yerin: Member, enter: Enter, name: str) -> None:
    Doctor.objects.update(name=name)
    assert {row[0] for row in rows(enter(yerin))[1:]} == {f"'{name}"}


def test_the_file_is_named_for_its_days(room: Room, yerin: Member, enter: Enter) -> None:
    answer = enter(yerin).get(FILE + MARCH)
    assert answer["Content-Disposition"] == (
        'attachment; filename="reservations-2027-03-01-2027-03-14.csv"'
    )


@pytest.mark.parametrize(("path", "expected"), [(PAGE, 7), (FILE, 7)])
def test_more_doctors_cost_no_more_queries(
    room: Room, hana: Member, yerin: Member, enter: Enter, path: str, expected: int
) -> None:
    growing = Growing(room, hana)
    assert costs(growing, enter(yerin), path + MARCH) == [expected, expected]


def test_looking_changes_nothing(room: Room, yerin: Member, enter: Enter) -> None:
    assert enter(yerin).post(PAGE).status_code == 405


def test_the_moment_of_looking_decides_what_was_due(
    room: Room, hana: Member, yerin: Member, enter: Enter, now: datetime
) -> None:
    room.book(hana)
    page = enter(yerin).get(PAGE + MARCH).content.decode()
    assert re.findall(r'<small class="soft num">(.*?)</small>', page)[1] == "0건 중 0건"
