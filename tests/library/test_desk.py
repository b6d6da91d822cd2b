"""The desk: card, then books, whatever becomes of each scan."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from madang.library import holding, lending
from madang.library.models import ClosedDay, Loan
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.reservation.test_queries import costs
from tests.shelf import Shelf

pytestmark = pytest.mark.usefixtures("now")

DESK, RETURNS = "/library/desk/", "/library/desk/returns/"
KEY = "0123456789abcdef" * 2


def scan(client: Client, text: str, path: str = DESK, **about: object) -> tuple[str, list[str]]:
    """Where the browser goes after a scan, and what is said there."""
    answer = client.post(path, {"scan": text, **about})
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert 'name="scan" maxlength="50" required autofocus' in page.content.decode()
    return answer["Location"], [str(each) for each in get_messages(page.wsgi_request)]


def test_a_card_then_a_book_is_a_loan(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter
) -> None:
    patron, desk = shelf.patron(hana), enter(sujin)
    ClosedDay.objects.create(on=(NOW + timedelta(days=14)).date())
    shelf.item()
    turn = f"{DESK}?patron={patron.pk}"
    lent = "‘혼불’ 2027년 3월 16일 화요일까지 빌려드렸습니다. 규정: 책 2주."
    assert scan(desk, "hana") == (turn, [])
    assert scan(desk, "B1", patron=patron.pk, key=KEY) == (
        turn,
        [f"{lent} 2027년 3월 15일 월요일은 휴관입니다."],
    )
    assert Loan.objects.get().patron == patron
    assert "혼불" in desk.get(turn).content.decode()


def test_the_same_form_sent_twice_is_one_loan(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter
) -> None:
    patron, desk = shelf.patron(hana), enter(sujin)
    shelf.item()
    first = scan(desk, "B1", patron=patron.pk, key=KEY)
    assert scan(desk, "B1", patron=patron.pk, key=KEY) == first
    assert Loan.objects.count() == 1


def test_a_failed_scan_never_breaks_the_next(
    shelf: Shelf, sujin: Member, hana: Member, minjun: Member, enter: Enter
) -> None:
    patron, desk = shelf.patron(hana), enter(sujin)
    item = shelf.item()
    turn = f"{DESK}?patron={patron.pk}"
    assert scan(desk, "B1") == (DESK, ["‘혼불’은(는) 책입니다. 회원증을 먼저 찍어 주세요."])
    unknown = "번호가 ‘?’인 것이 없습니다. 다시 찍어 주세요."
    assert scan(desk, "?", patron=patron.pk) == (turn, [unknown])
    assert scan(desk, "x" * 51, patron=patron.pk)[0] == turn
    assert scan(desk, "", patron=patron.pk)[0] == turn
    assert scan(desk, "?", patron="nobody") == (DESK, [unknown])
    lending.check_out(item=item, patron=shelf.patron(minjun), at=NOW)
    assert scan(desk, "B1", patron=patron.pk, key=KEY) == (
        turn,
        ["혼불: 이 자료는 이미 대출 중입니다. (자료 하나는 한 번에 한 사람에게만 빌려드립니다.)"],
    )
    assert scan(desk, "minjun", patron=patron.pk)[0] == f"{DESK}?patron={shelf.patron(minjun).pk}"


def test_what_comes_back_says_whom_it_is_for_and_how_late_it_was(
    shelf: Shelf, sujin: Member, hana: Member, minjun: Member, enter: Enter
) -> None:
    item, desk = shelf.item(), enter(sujin)
    lending.check_out(item=item, patron=shelf.patron(hana), at=NOW - timedelta(days=17))
    holding.place(bib=item.bib, patron=shelf.patron(minjun), at=NOW - timedelta(days=1))
    assert scan(desk, "B1", RETURNS) == (
        RETURNS,
        [
            "‘혼불’ 반납했습니다.",
            "3일 연체했습니다. 2027년 3월 3일 수요일까지 대출이 정지됩니다. 규정: 책 2주.",
            "기다리는 분이 있습니다. 2027년 3월 4일 목요일까지 예약 서가에 두세요.",
        ],
    )
    assert scan(desk, "B1", RETURNS)[1] == [
        "혼불: 대출 중인 자료가 아닙니다. (빌려드린 것만 돌려받습니다.)"
    ]
    assert scan(desk, "?", RETURNS)[1] == ["번호가 ‘?’인 것이 없습니다. 다시 찍어 주세요."]
    suspended = scan(desk, "hana")[0]
    assert "2027년 3월 3일 수요일까지 대출이 정지되었습니다" in desk.get(suspended).content.decode()
    shelf.item("토지")
    refused = scan(desk, "B2", patron=shelf.patron(hana).pk)[1]
    assert refused == ["토지: 대출이 정지된 이용자입니다. (책 2주) 기한: 2027년 3월 3일 수요일."]
    assert "예약 서가에 있음" in desk.get(scan(desk, "minjun")[0]).content.decode()


def test_lists_of_the_desk_cost_the_same_for_one_row_and_for_three(
    shelf: Shelf, sujin: Member, hana: Member, minjun: Member, enter: Enter
) -> None:
    desk, patron = enter(sujin), shelf.patron(hana)
    shelf.rule.suspension, shelf.rule.max_holds = "none", 9
    shelf.rule.save()

    class Growing:
        """Overdue loans of one patron, and holds that are ready."""

        def grow(self, rows: int) -> None:
            while Loan.objects.count() < rows:
                item = shelf.item()
                lending.check_out(item=item, patron=patron, at=NOW - timedelta(days=20))
                holding.place(bib=shelf.bib(), patron=shelf.patron(minjun), at=NOW)

    for path in (f"{DESK}?patron={patron.pk}", "/library/desk/shelf/", "/library/desk/overdue/"):
        one, three = costs(Growing(), desk, path)
        assert one == three
        assert "혼불" in desk.get(path).content.decode()
        Loan.objects.all().delete()


@pytest.mark.parametrize("path", [DESK, RETURNS, "/library/desk/shelf/", "/library/desk/overdue/"])
def test_the_desk_is_for_librarians(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter, client: Client, path: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/people/login/?next={path}")
    assert enter(hana).get(path).status_code == 403
    assert enter(sujin).get(path).status_code == 200
