"""The account at the desk, on the patron's own page, and as JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any  # JSON

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from madang.library import lending, losing, owing
from madang.library.models import Charge, Loan, Payment
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.reservation.test_queries import costs
from tests.shelf import Shelf

pytestmark = pytest.mark.usefixtures("now")
API = "/api/v1/library"


def page(shelf: Shelf, member: Member) -> str:
    return f"/library/desk/patrons/{shelf.patron(member).pk}/"


def lend(shelf: Shelf, member: Member, title: str = "혼불") -> Loan:
    at = NOW - timedelta(days=17)
    return lending.check_out(item=shelf.item(title), patron=shelf.patron(member), at=at)


def press(client: Client, path: str, **fields: object) -> list[str]:
    """What is said after a button was pressed."""
    answer = client.post(path, fields, follow=True)
    assert answer.status_code == 200
    return [str(each) for each in get_messages(answer.wsgi_request)]


def test_a_copy_is_lost_charged_paid_and_settled(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter
) -> None:
    loan, desk, account = lend(shelf, hana), enter(sujin), page(shelf, hana)
    missing = f"/library/desk/loans/{loan.pk}/missing/"
    assert press(desk, missing, what="lost", **{"lost-amount": "9000"}) == [
        "‘혼불’ 분실로 적었습니다."
    ]
    assert press(desk, f"{account}pay/", amount="9000", kind="paid") == ["9,000원 받았습니다."]
    assert press(desk, missing, what="settled") == [
        "‘혼불’ 처리를 마쳤습니다. 자료는 분실로 남습니다."
    ]
    assert desk.post(missing, {"what": "settled"}).status_code == 404
    rows = {(row.kind, row.amount) for row in owing.ledger(shelf.patron(hana))}
    assert rows == {("paid", 9000), ("lost", 9000)}
    assert press(desk, "/library/desk/returns/", scan="B1") == ["없던 ‘혼불’ 찾았습니다."]


def test_a_lost_copy_that_comes_back_says_what_was_charged(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter
) -> None:
    shelf.rule.fine_per_day = 100
    shelf.rule.suspension = "none"
    shelf.rule.save()
    losing.lose(loan=lend(shelf, hana), at=NOW, by=sujin, amount=9000)
    assert press(enter(sujin), "/library/desk/returns/", scan="B1") == [
        "‘혼불’ 반납했습니다.",
        "분실로 청구한 돈이 있습니다. 남은 돈은 계정에서 면제할 수 있습니다.",
        "3일 연체: 300원. 규정: 책 2주.",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"what": "claimed"}, "‘혼불’ 서가에서 찾아봐 주세요."),
        ({"what": "settled"}, "혼불: 이 자료는 없어진 것이 아닙니다. (없어진 자료만 처리합니다.)"),
        ({"what": "lost"}, "금액을 적어 주세요. 청구하지 않으면 0입니다."),
        (
            {"what": "lost", "lost-amount": "-1"},
            "금액을 적어 주세요. 청구하지 않으면 0입니다.",
        ),
        ({"what": "burnt"}, "금액을 적어 주세요. 청구하지 않으면 0입니다."),
    ],
)
def test_what_is_pressed_is_answered_with_a_sentence(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter, fields: dict[str, str], said: str
) -> None:
    loan = lend(shelf, hana)
    assert press(enter(sujin), f"/library/desk/loans/{loan.pk}/missing/", **fields) == [said]
    assert not Charge.objects.exists()


def test_money_is_charged_and_let_off(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter
) -> None:
    desk, account = enter(sujin), page(shelf, hana)
    said = press(desk, f"{account}charge/", amount="5000", kind="damaged", note="물에 젖음")
    assert said == ["5,000원 청구했습니다."]
    assert press(desk, f"{account}pay/", amount="2000", kind="waived") == ["2,000원 면제했습니다."]
    text = desk.get(account).content.decode()
    assert "낼 돈이 <b>3,000원</b> 있습니다." in text
    assert "물에 젖음" in text
    row = Charge.objects.get()
    assert (row.kind, row.amount, row.note, row.made_by, row.made_at) == (
        "damaged",
        5000,
        "물에 젖음",
        sujin,
        NOW,
    )
    assert "낼 돈이 3,000원 있습니다." in enter(hana).get("/library/mine/").content.decode()


@pytest.mark.parametrize("amount", ["", "0", "-5", "1.5", "10000000000", "many", "NaN"])
@pytest.mark.parametrize(("verb", "kind"), [("charge", "other"), ("pay", "paid")])
def test_a_bad_amount_is_refused_on_the_page(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter, verb: str, kind: str, amount: str
) -> None:
    owing.charge(patron=shelf.patron(hana), kind=Charge.Kind.OTHER, amount=9, at=NOW, by=None)
    path = f"{page(shelf, hana)}{verb}/"
    answer = enter(sujin).post(path, {"amount": amount, "kind": kind})
    assert answer.status_code == 400
    assert 'class="error"' in answer.content.decode()
    assert (Charge.objects.count(), Payment.objects.count()) == (1, 0)


def test_paying_more_than_is_owed_is_refused_on_the_page(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter
) -> None:
    owing.charge(patron=shelf.patron(hana), kind=Charge.Kind.OTHER, amount=9, at=NOW, by=None)
    answer = enter(sujin).post(f"{page(shelf, hana)}pay/", {"amount": "10", "kind": "paid"})
    assert (answer.status_code, Payment.objects.exists()) == (409, False)
    assert "낼 돈보다 많습니다." in answer.content.decode()


@pytest.mark.parametrize("name", ["", "charge/", "pay/"])
def test_only_librarians_see_accounts(
    shelf: Shelf, hana: Member, client: Client, enter: Enter, name: str
) -> None:
    path = page(shelf, hana) + name
    ask = "post" if name else "get"
    assert getattr(client, ask)(path)["Location"].startswith("/people/login/")
    assert getattr(enter(hana), ask)(path).status_code == 403


def test_only_librarians_write_copies_down_as_missing(
    shelf: Shelf, hana: Member, client: Client, enter: Enter
) -> None:
    path = f"/library/desk/loans/{lend(shelf, hana).pk}/missing/"
    assert client.post(path)["Location"].startswith("/people/login/")
    assert enter(hana).post(path, {"what": "claimed"}).status_code == 403


def test_the_account_costs_the_same_with_one_row_and_with_three(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter
) -> None:
    class Growing:
        def grow(self, rows: int) -> None:
            for number in range(Loan.objects.count(), rows):
                loan = lend(shelf, hana, f"책 {number}")
                losing.lose(loan=loan, at=NOW, by=sujin, amount=1)

    one, three = costs(Growing(), enter(sujin), page(shelf, hana))
    assert (one, three) == (11, 11)


def post(client: Client, path: str, **body: object) -> tuple[int, Any]:
    answer = client.post(API + path, body, content_type="application/json")
    return answer.status_code, answer.json()


def test_money_and_missing_copies_as_json(
    shelf: Shelf, sujin: Member, hana: Member, minjun: Member, enter: Enter, now: datetime
) -> None:
    loan, desk, own = lend(shelf, hana), enter(sujin), enter(hana)
    missing = f"/loans/{loan.pk}/missing"
    lost = {"kind": "lost", "amount": 9000, "note": "", "made_at": "2027-03-01T00:00:00Z"}
    account = {"owed": 9000, "currency": "KRW", "rows": [lost]}
    assert post(desk, missing, what="claimed") == (200, {**account, "owed": 0, "rows": []})
    assert post(desk, missing, what="lost", amount=9000) == (200, account)
    assert own.get(f"{API}/account").json() == account
    assert post(desk, missing, what="lost", amount=1)[1]["code"] == "already_charged"
    too_much = post(desk, "/payments", patron_card="hana", amount=9001)
    assert (too_much[0], too_much[1]["code"]) == (409, "pays_too_much")
    status, paid = post(desk, "/payments", patron_card="hana", amount=4000)
    row = {**lost, "kind": "paid", "amount": -4000}
    assert (status, paid["owed"], paid["currency"]) == (201, 5000, "KRW")
    assert sorted(paid["rows"], key=lambda each: each["amount"]) == [row, lost]
    assert post(desk, missing, what="settled")[0] == 200
    assert post(desk, missing, what="settled")[0] == 404
    assert post(own, "/payments", patron_card="hana", amount=1)[0] == 403
    assert post(own, missing, what="claimed")[0] == 403
    assert enter(minjun).get(f"{API}/account").status_code == 404
