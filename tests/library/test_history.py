"""Who read what is forgotten in time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from madang.library import history, holding, lending
from madang.library.models import Hold, Loan, Patron, Suspension
from madang.people import tasks
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.shelf import Shelf

DAY = timedelta(days=1)
MINE, CHOOSE = "/library/mine/", "/library/mine/history/"


def read(shelf: Shelf, member: Member, at: datetime = NOW) -> Loan:
    """A loan that was late, and a hold that was cancelled."""
    patron, item = shelf.patron(member), shelf.item()
    loan = lending.check_out(item=item, patron=patron, at=at - 20 * DAY, key=member.handle)
    lending.check_in(item=item, at=at)
    other = Hold.objects.create(
        bib=shelf.bib(), patron=patron, rule_name="책", pickup_days=3, placed_at=at
    )
    holding.cancel(hold=other, at=at)
    return loan


def test_a_returned_loan_forgets_its_patron(shelf: Shelf, hana: Member) -> None:
    loan = read(shelf, hana)
    history.forget(NOW + 30 * DAY)
    loan.refresh_from_db()
    assert loan.patron == shelf.patron(hana)
    for _ in range(2):
        assert tasks.sweep(at=NOW + 30 * DAY + timedelta(seconds=1)) == []
        unnamed = Loan.objects.filter(patron=None, idempotency_key=None)
        assert list(unnamed) == [loan]
        assert [hold.patron for hold in Hold.objects.all()] == [None]
        [suspension] = Suspension.objects.all()
        assert (suspension.patron, suspension.loan) == (shelf.patron(hana), None)


def test_who_keeps_a_history_is_left_out_and_what_is_out_is_never_forgotten(
    shelf: Shelf, hana: Member, minjun: Member
) -> None:
    history.choose(patron=shelf.patron(hana), is_kept=True)
    kept = read(shelf, hana)
    out = lending.check_out(item=shelf.item("토지"), patron=shelf.patron(minjun), at=NOW)
    history.forget(NOW + 900 * DAY)
    for loan, member in ((kept, hana), (out, minjun)):
        loan.refresh_from_db()
        assert loan.patron == shelf.patron(member)
    history.choose(patron=shelf.patron(hana), is_kept=False)
    history.forget(NOW + 900 * DAY)
    kept.refresh_from_db()
    assert kept.patron is None


@pytest.mark.usefixtures("now")
def test_keeping_a_history_is_the_patrons_own_choice(
    shelf: Shelf, hana: Member, minjun: Member, enter: Enter, client: Client
) -> None:
    patron, browser = shelf.patron(hana), enter(hana)
    read(shelf, hana)
    page = browser.get(MINE).content.decode()
    assert "반납하고 30일이 지나면 누가 빌렸는지 잊습니다." in page
    assert browser.post(CHOOSE, {"keep": "yes"})["Location"] == MINE
    assert Patron.objects.get(pk=patron.pk).is_history_kept
    assert (
        "읽은 기록을 남기고 있습니다. 다른 사람은 볼 수 없습니다."
        in browser.get(MINE).content.decode()
    )
    browser.post(CHOOSE, {"keep": "no"})
    assert not Patron.objects.get(pk=patron.pk).is_history_kept
    assert enter(minjun).post(CHOOSE, {"keep": "yes"}).status_code == 404
    assert client.post(CHOOSE)["Location"] == f"/people/login/?next={CHOOSE}"
