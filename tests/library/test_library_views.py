"""A patron's own pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from madang.library import holding, lending
from madang.library.models import Hold, Loan, Suspension
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.reservation.test_queries import costs
from tests.shelf import Shelf

pytestmark = pytest.mark.usefixtures("now")

MINE = "/library/mine/"


def page(client: Client, path: str = MINE) -> str:
    return client.get(path).content.decode()


def test_own_books_are_there_with_the_day_they_are_due(
    shelf: Shelf, hana: Member, minjun: Member, enter: Enter
) -> None:
    lending.check_out(item=shelf.item("토지"), patron=shelf.patron(hana), at=NOW)
    holding.place(bib=shelf.bib("혼불"), patron=shelf.patron(hana), at=NOW)
    own = page(enter(hana))
    assert "2027년 3월 15일 월요일까지 · 책 2주" in own
    assert "준비되었습니다. 2027년 3월 4일 목요일까지 찾아가 주세요." in own
    others = page(enter(minjun))
    assert "토지" not in others
    assert "아직 회원증이 없습니다." in others


def test_the_front_page_tells_what_is_ready_and_what_is_due(
    shelf: Shelf, hana: Member, sujin: Member, enter: Enter
) -> None:
    lending.check_out(item=shelf.item("토지"), patron=shelf.patron(hana), at=NOW)
    holding.place(bib=shelf.bib("혼불"), patron=shelf.patron(hana), at=NOW)
    front = page(enter(hana), "/")
    assert '<a href="/library/mine/">혼불 <small>찾아가실 수 있음</small></a>' in front
    assert '<a href="/library/mine/">토지 <small>반납: 3월 15일 (월)</small></a>' in front
    assert '<a href="/library/desk/">대출대</a>' in page(enter(sujin), "/")


def test_a_loan_is_renewed_and_a_refusal_names_the_rule(
    shelf: Shelf, hana: Member, minjun: Member, enter: Enter
) -> None:
    loan = lending.check_out(item=shelf.item(), patron=shelf.patron(hana), at=NOW)
    client, path = enter(hana), f"/library/loans/{loan.pk}/renew/"
    assert "‘혼불’ 2027년 3월 22일 월요일까지" in client.post(path, follow=True).content.decode()
    assert "더는 연장할 수 없습니다. (책 2주)" in client.post(path, follow=True).content.decode()
    assert enter(minjun).post(path).status_code == 404


def test_a_hold_is_cancelled_once(shelf: Shelf, hana: Member, minjun: Member, enter: Enter) -> None:
    hold = holding.place(bib=shelf.bib(), patron=shelf.patron(hana), at=NOW)
    client, path = enter(hana), f"/library/holds/{hold.pk}/cancel/"
    assert enter(minjun).post(path).status_code == 404
    assert "‘혼불’ 예약을 취소했습니다." in client.post(path, follow=True).content.decode()
    assert "기다리고 있는 예약이 아닙니다." in client.post(path, follow=True).content.decode()
    assert Hold.objects.get().status == "cancelled"


@pytest.mark.parametrize(
    ("days", "said"),
    [(2, "2027년 3월 3일 수요일까지 대출이 정지되었습니다"), (None, "따로 알릴 때까지")],
)
def test_a_suspension_is_told(
    shelf: Shelf, hana: Member, enter: Enter, days: int | None, said: str
) -> None:
    ends = None if days is None else (NOW + timedelta(days=days)).date()
    Suspension.objects.create(
        patron=shelf.patron(hana), begins_on=NOW.date(), ends_on=ends, rule_name="책 2주"
    )
    assert said in page(enter(hana))


def test_due_dates_are_a_calendar_file(
    shelf: Shelf, hana: Member, minjun: Member, enter: Enter
) -> None:
    loan = lending.check_out(item=shelf.item(), patron=shelf.patron(hana), at=NOW)
    lending.check_out(item=shelf.item("토지"), patron=shelf.patron(minjun), at=NOW)
    answer = enter(hana).get("/library/mine.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event["uid"], str(event["summary"]), event.decoded("dtstart"), event["sequence"]) == (
        f"loan-{loan.pk}@localhost",
        "반납: 혼불",
        loan.due_on,
        14,
    )
    lending.renew(loan=loan, at=NOW)
    [event] = Calendar.from_ical(enter(hana).get("/library/mine.ics").content).walk("VEVENT")
    assert (event.decoded("dtstart"), event["sequence"]) == (loan.due_on, 21)


def test_own_books_cost_the_same_for_one_row_and_for_three(
    shelf: Shelf, hana: Member, enter: Enter
) -> None:
    class Growing:
        """Loans and holds."""

        def grow(self, rows: int) -> None:
            while Loan.objects.count() < rows:
                lending.check_out(item=shelf.item(), patron=shelf.patron(hana), at=NOW)
                holding.place(bib=shelf.bib(), patron=shelf.patron(hana), at=NOW)

    one, three = costs(Growing(), enter(hana), MINE)
    assert one == three


def test_a_stranger_is_asked_to_sign_in(client: Client, db: None) -> None:
    for path in (MINE, "/library/mine.ics"):
        assert client.get(path)["Location"] == f"/people/login/?next={path}"
    for path in ("/library/loans/1/renew/", "/library/holds/1/cancel/"):
        assert client.post(path)["Location"] == f"/people/login/?next={path}"
