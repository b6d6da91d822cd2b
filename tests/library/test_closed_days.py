"""The page for closed days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from madang.library import lending
from madang.library.models import ClosedDay, ClosedWeekday
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.reservation.test_queries import costs
from tests.shelf import Shelf

pytestmark = pytest.mark.usefixtures("now")
PAGE = "/library/desk/closed/"


def press(client: Client, path: str, **fields: object) -> list[str]:
    """What is said after a button was pressed."""
    answer = client.post(PAGE + path, fields, follow=True)
    assert answer.status_code == 200
    return [str(each) for each in get_messages(answer.wsgi_request)]


def test_a_librarian_closes_and_reopens(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter
) -> None:
    desk = enter(sujin)
    lending.check_out(item=shelf.item(), patron=shelf.patron(hana), at=NOW)
    assert press(desk, "weekly/", weekdays=[1, 6]) == [
        "저장했습니다. 날짜 1건이 다음 개관일로 옮겨졌습니다."
    ]
    assert press(desk, "weekly/") == ["저장했습니다."]
    assert press(desk, "days/", first_on="2027-03-16", name="장서 점검") == [
        "휴관일 1일을 정했습니다. 날짜 1건이 다음 개관일로 옮겨졌습니다."
    ]
    assert press(desk, "days/", first_on="2027-03-16") == ["이미 모두 들어 있습니다."]
    said = press(desk, "holidays/", year=2027, country="KR", subdivision="")
    count = ClosedDay.objects.count() - 1
    assert said == [f"휴관일 {count}일을 정했습니다."]
    text = desk.get(PAGE).content.decode()
    assert "장서 점검" in text
    assert "추석" in text
    day = ClosedDay.objects.get(on=date(2027, 3, 16))
    assert press(desk, f"{day.pk}/reopen/") == ["개관합니다. 뒤로 옮긴 날짜는 그대로 둡니다."]
    assert press(desk, f"{day.pk}/usual/") == ["매주와 같이 개관합니다."]
    assert desk.post(f"{PAGE}{day.pk}/reopen/").status_code == 404
    assert desk.post(f"{PAGE}{day.pk}/usual/").status_code == 404


def test_a_librarian_opens_a_day_that_is_closed_every_week(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter
) -> None:
    desk = enter(sujin)
    press(desk, "weekly/", weekdays=[1])
    assert press(desk, "open/", first_on="2027-03-15", name="독서의 밤") == ["1일을 개관합니다."]
    assert press(desk, "open/", first_on="2027-03-15", name="독서의 밤") == [
        "휴관일이 아니었습니다. 그대로 개관합니다."
    ]
    text = desk.get(PAGE).content.decode()
    assert text.index("특별 개관일") < text.index("독서의 밤")
    lending.check_out(item=shelf.item(), patron=shelf.patron(hana), at=NOW)
    day = ClosedDay.objects.get(on=date(2027, 3, 15))
    assert press(desk, f"{day.pk}/usual/") == [
        "매주와 같이 휴관합니다. 날짜 1건이 다음 개관일로 옮겨졌습니다."
    ]
    assert "특별 개관일" not in desk.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("weekly/", {"weekdays": "8"}),
        ("days/", {"first_on": ""}),
        ("days/", {"first_on": "2027-03-02", "last_on": "2027-03-01"}),
        ("open/", {"first_on": "2027-02-30"}),
        ("open/", {"first_on": "2027-02-01"}),
        ("holidays/", {"year": "2027", "country": "XX"}),
        ("holidays/", {"year": "2027", "country": "DE", "subdivision": "XX"}),
        ("holidays/", {"year": "2026", "country": "KR"}),
        ("holidays/", {"year": "2031", "country": "KR"}),
    ],
)
def test_bad_input_is_refused_on_the_page(
    sujin: Member, enter: Enter, path: str, fields: dict[str, str]
) -> None:
    answer = enter(sujin).post(PAGE + path, fields)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'class="error"' in text or 'class="notice warn"' in text
    assert not ClosedDay.objects.exists()
    assert not ClosedWeekday.objects.exists()


@pytest.mark.parametrize(
    "path", ["", "weekly/", "days/", "open/", "holidays/", "1/reopen/", "1/usual/"]
)
def test_only_librarians_close(hana: Member, client: Client, enter: Enter, path: str) -> None:
    ask = "post" if path else "get"
    assert getattr(client, ask)(PAGE + path)["Location"].startswith("/people/login/")
    assert getattr(enter(hana), ask)(PAGE + path).status_code == 403


def test_the_page_costs_the_same_with_one_row_and_with_three(sujin: Member, enter: Enter) -> None:
    class Growing:
        def grow(self, rows: int) -> None:
            for number in range(ClosedDay.objects.count(), rows):
                on = NOW.date() + timedelta(days=number)
                ClosedDay.objects.create(on=on, is_open=bool(number % 2))

    one, three = costs(Growing(), enter(sujin), PAGE)
    assert (one, three) == (5, 5)
