"""Loans and holds as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any  # JSON

import pytest
from django.test import Client

from madang.library.models import Hold, Loan
from madang.people.models import Member
from tests.cast import Enter
from tests.shelf import Shelf

LOANS, HOLDS = "/api/v1/library/loans", "/api/v1/library/holds"


def post(client: Client, path: str, **body: object) -> tuple[int, Any]:
    answer = client.post(path, body, content_type="application/json")
    return answer.status_code, answer.json()


def problem(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["code"]


def test_a_librarian_lends_renews_and_takes_back(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter, now: datetime
) -> None:
    item, desk = shelf.item(), enter(sujin)
    shelf.patron(hana)
    status, lent = post(desk, LOANS, item_barcode="B1", patron_card="hana")
    loan = {
        "id": Loan.objects.get().pk,
        "item_barcode": "B1",
        "bib": item.bib_id,
        "title": "혼불",
        "loaned_at": "2027-03-01T00:00:00Z",
        "due_on": "2027-03-15",
        "unmoved_due_on": "2027-03-15",
        "rule": "책 2주",
        "returned_at": None,
    }
    assert (status, lent) == (201, loan)
    renewed = {**loan, "due_on": "2027-03-22", "unmoved_due_on": "2027-03-22"}
    assert post(desk, f"{LOANS}/{loan['id']}/renew") == (200, renewed)
    assert post(desk, f"{LOANS}/{loan['id']}/renew") == (
        409,
        {
            "code": "renewal_limit_reached",
            "message": "더는 연장할 수 없습니다.",
            "rule": "책 2주",
            "until": None,
        },
    )
    assert post(desk, f"{LOANS}/{loan['id']}/return") == (
        200,
        {
            "loan": {**renewed, "returned_at": "2027-03-01T00:00:00Z"},
            "days_late": 0,
            "suspended_until": None,
            "fine": 0,
            "kept_for_hold": None,
        },
    )
    assert problem(post(desk, f"{LOANS}/{loan['id']}/return")) == (409, "not_on_loan")


def test_the_same_key_is_one_loan(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter, now: datetime
) -> None:
    shelf.item()
    shelf.patron(hana)
    desk = enter(sujin)
    wanted = {"item_barcode": "B1", "patron_card": "hana"}
    first = post(desk, LOANS, **wanted, idempotency_key="scan")
    assert first[0] == 201
    assert post(desk, LOANS, **wanted, idempotency_key="scan") == first
    assert problem(post(desk, LOANS, **wanted)) == (409, "already_on_loan")
    assert Loan.objects.count() == 1


def test_a_member_sees_and_renews_their_own(
    shelf: Shelf, sujin: Member, hana: Member, minjun: Member, enter: Enter, now: datetime
) -> None:
    shelf.item()
    shelf.patron(hana)
    _, loan = post(enter(sujin), LOANS, item_barcode="B1", patron_card="hana")
    assert enter(hana).get(LOANS).json() == [loan]
    assert enter(minjun).get(LOANS).json() == []
    assert problem(post(enter(minjun), f"{LOANS}/{loan['id']}/renew")) == (404, "not_found")
    assert post(enter(hana), f"{LOANS}/{loan['id']}/renew")[0] == 200
    assert problem(post(enter(hana), f"{LOANS}/{loan['id']}/return")) == (403, "forbidden")
    assert problem(post(enter(hana), LOANS, item_barcode="B1", patron_card="hana")) == (
        403,
        "forbidden",
    )


def test_a_member_waits_and_waits_no_longer(
    shelf: Shelf, hana: Member, minjun: Member, enter: Enter, now: datetime
) -> None:
    bib = shelf.bib()
    shelf.patron(hana)
    status, placed = post(enter(hana), HOLDS, bib=bib.pk)
    hold = {
        "id": Hold.objects.get().pk,
        "bib": bib.pk,
        "title": "혼불",
        "status": "ready",
        "placed_at": "2027-03-01T00:00:00Z",
        "suspended_until": None,
        "pickup_until": "2027-03-04",
        "rule": "책 2주",
    }
    assert (status, placed) == (201, hold)
    assert enter(hana).get(HOLDS).json() == [hold]
    assert problem(post(enter(hana), HOLDS, bib=bib.pk)) == (409, "already_held")
    assert problem(post(enter(minjun), HOLDS, bib=bib.pk)) == (404, "not_found")
    assert enter(minjun).delete(f"{HOLDS}/{hold['id']}").status_code == 404
    answer = enter(hana).delete(f"{HOLDS}/{hold['id']}")
    assert (answer.status_code, answer.json()) == (200, {**hold, "status": "cancelled"})
    again = enter(hana).delete(f"{HOLDS}/{hold['id']}")
    assert (again.status_code, again.json()["code"]) == (409, "not_waiting")


def test_a_librarian_places_and_cancels_for_a_patron(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter, now: datetime
) -> None:
    bib = shelf.bib()
    shelf.patron(hana)
    assert problem(post(enter(hana), HOLDS, bib=bib.pk, patron_card="hana")) == (403, "forbidden")
    status, hold = post(enter(sujin), HOLDS, bib=bib.pk, patron_card="hana")
    assert status == 201
    assert enter(sujin).delete(f"{HOLDS}/{hold['id']}").status_code == 200


@pytest.mark.parametrize("code", ["", "x" * 51, "a\x00b", "a\nb", "\ud800"])
def test_what_no_scanner_reads_is_refused(
    shelf: Shelf, sujin: Member, enter: Enter, code: str
) -> None:
    answer = post(enter(sujin), LOANS, item_barcode=code, patron_card="hana")
    assert problem(answer) == (422, "invalid")


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("path", [LOANS, HOLDS])
def test_a_stranger_is_asked_to_sign_in(client: Client, path: str) -> None:
    assert client.get(path).status_code == 401
    assert problem(post(client, path)) == (401, "signed_out")
    assert client.delete(f"{HOLDS}/1").status_code == 401


def test_lists_cost_the_same_for_one_row_and_for_three(
    shelf: Shelf, hana: Member, enter: Enter, django_assert_num_queries: Any, now: datetime
) -> None:
    client = enter(hana)
    shelf.patron(hana)
    for title in ("가", "나", "다"):
        post(client, HOLDS, bib=shelf.bib(title).pk)
        with django_assert_num_queries(3):
            client.get(HOLDS)
