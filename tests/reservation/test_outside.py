"""The page on which a doctor brings another calendar."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any  # what the client of tests answers

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from madang.people.models import Member
from madang.reservation import foreign
from madang.reservation.models import BusyTime
from tests.cast import NOW, TEN, Enter, Room
from tests.reservation.test_elsewhere import bring, entry, kept
from tests.reservation.test_foreign import calendar
from tests.reservation.test_queries import costs

pytestmark = pytest.mark.usefixtures("now")

HOUR = timedelta(hours=1)
PAGE = "/reservation/elsewhere/"
FORGET = "/reservation/elsewhere/forget/"


def send(browser: Client, content: bytes | str, **other: str) -> Any:
    """As a file where it is bytes, else pasted."""
    if isinstance(content, bytes):
        return browser.post(PAGE, {"file": SimpleUploadedFile("my.ics", content), **other})
    return browser.post(PAGE, {"text": content, **other})


def said(browser: Client, path: str = PAGE) -> str:
    """The words of a page."""
    text = browser.get(path).content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


@pytest.mark.parametrize("is_file", [True, False])
def test_a_doctor_brings_a_file_or_what_is_in_it(
    room: Room, seoyun: Member, enter: Enter, is_file: bool
) -> None:
    browser, content = enter(seoyun), calendar(entry("a"), "UID:b")
    answer = send(browser, content if is_file else content.decode())
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert kept() == [(TEN, TEN + HOUR)]
    words = said(browser)
    assert "시간 1개를 가져왔습니다." in words
    assert "1건은 읽을 수 없어 가져오지 못했습니다." in words
    assert "다가오는 시간 1개" in words
    assert "오전 10:00 – 오전 11:00" in words


def test_times_without_a_zone_are_the_doctors(room: Room, seoyun: Member, enter: Enter) -> None:
    send(enter(seoyun), calendar("UID:a\nDTSTART:20270302T100000\nDURATION:PT1H"))
    assert kept() == [(TEN, TEN + HOUR)]


def test_the_whole_calendar_forgets_what_it_does_not_have(
    room: Room, seoyun: Member, enter: Enter
) -> None:
    browser = enter(seoyun)
    send(browser, calendar(entry("a")))
    send(browser, calendar(entry("b", TEN + HOUR)))
    assert len(kept()) == 2
    send(browser, calendar(entry("b", TEN + HOUR)), is_whole="on")
    assert kept() == [(TEN + HOUR, TEN + 2 * HOUR)]


def test_it_names_the_reservations_that_lie_there(
    room: Room, hana: Member, seoyun: Member, enter: Enter
) -> None:
    room.book(hana)
    browser = enter(seoyun)
    assert "겹치는 예약" not in said(browser)
    send(browser, calendar(entry("a")))
    assert re.search(r"겹치는 예약 .*오전 10:00 김하나 · 학습 상담", said(browser))


def test_all_can_be_forgotten(room: Room, seoyun: Member, enter: Enter) -> None:
    bring(room, entry("a"))
    browser = enter(seoyun)
    answer = browser.post(FORGET)
    assert (answer.status_code, answer["Location"], kept()) == (302, PAGE, [])
    assert "다른 달력의 시간을 모두 지웠습니다." in said(browser)


def test_it_stands_in_the_day_the_week_and_among_the_hours(
    room: Room, seoyun: Member, enter: Enter
) -> None:
    bring(room, entry("a"))
    browser = enter(seoyun)
    words = "다른 달력의 일정: 오전 11:00까지"
    assert words in said(browser, "/reservation/day/2027-03-02/")
    assert words in said(browser, "/reservation/week/2027-03-02/")
    assert f'href="{PAGE}"' in browser.get("/reservation/hours/").content.decode()
    assert f'href="{PAGE}"' in browser.get("/reservation/feed/").content.decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "파일을 고르거나 그 내용을 붙여 넣어 주세요."),
        (b"nonsense", "달력 파일이 아닙니다."),
        (b"\xff\xfe", "달력 파일이 아닙니다."),
        ("<html>", "달력 파일이 아닙니다."),
        (
            calendar(*(entry(str(n)) + "\nRRULE:FREQ=DAILY" for n in range(13))),
            "파일에 담긴 것이 너무 많습니다.",
        ),
    ],
)
def test_what_cannot_be_taken_over_is_said(
    room: Room, seoyun: Member, enter: Enter, content: bytes | str, sentence: str
) -> None:
    answer = send(enter(seoyun), content)
    assert (answer.status_code, kept()) == (422, [])
    assert sentence in answer.content.decode()


def test_one_of_the_two_is_enough(room: Room, seoyun: Member, enter: Enter) -> None:
    answer = send(enter(seoyun), calendar(entry("a")), text="BEGIN:VCALENDAR")
    assert (answer.status_code, kept()) == (422, [])
    empty = send(enter(seoyun), b"", text="BEGIN:VCALENDAR")
    assert (empty.status_code, kept()) == (422, [])


def test_ten_megabytes_are_refused(room: Room, seoyun: Member, enter: Enter) -> None:
    answer = send(enter(seoyun), b"x" * foreign.BYTES * 10)
    assert (answer.status_code, kept()) == (413, [])


def test_who_is_no_doctor_is_refused(room: Room, hana: Member, gwanu: Member, enter: Enter) -> None:
    bring(room, entry("a"))
    for member in (hana, gwanu):
        browser = enter(member)
        answers = browser.get(PAGE), send(browser, calendar()), browser.post(FORGET)
        assert [answer.status_code for answer in answers] == [403] * 3
    assert BusyTime.objects.count() == 1


def test_a_doctor_without_a_profile_is_refused(jiho: Member, enter: Enter) -> None:
    browser = enter(jiho)
    assert (browser.get(PAGE).status_code, browser.post(FORGET).status_code) == (403, 403)


def test_a_doctor_sees_the_own_times_alone(
    room: Room, seoyun: Member, jiho: Member, enter: Enter
) -> None:
    bring(room, entry("a"))
    room.doctor.pk, room.doctor.member = None, jiho
    room.doctor.save()
    assert "오전 10:00" not in said(enter(jiho))
    assert "오전 10:00" in said(enter(seoyun))


def test_a_stranger_is_asked_to_sign_in(room: Room, client: Client) -> None:
    bring(room, entry("a"))
    for answer in (client.get(PAGE), send(client, calendar()), client.post(FORGET)):
        assert answer["Location"].startswith("/people/login/")
    assert BusyTime.objects.count() == 1


def test_forgetting_is_a_press_of_a_button(seoyun: Member, enter: Enter) -> None:
    assert enter(seoyun).get(FORGET).status_code == 405


class Growing:
    """A doctor with as many times elsewhere, each over a reservation, as one asks for."""

    def __init__(self, room: Room, member: Member) -> None:
        self.room, self.member, self.rows = room, member, 0

    def grow(self, rows: int) -> None:
        """Become `rows` big."""
        while self.rows < rows:
            start = TEN + timedelta(days=self.rows)
            self.room.book(self.member, start)
            bring(self.room, entry(str(self.rows), start), at=NOW)
            self.rows += 1


def test_three_times_cost_as_many_queries_as_one(
    room: Room, hana: Member, seoyun: Member, enter: Enter
) -> None:
    assert costs(Growing(room, hana), enter(seoyun), PAGE) == [8, 8]
