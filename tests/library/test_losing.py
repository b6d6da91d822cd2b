"""Copies that do not come back, and those that do after all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from madang.library import holding, lending, losing, owing, standing
from madang.library.models import Charge, Item, Loan
from madang.people.models import Member
from tests.cast import NOW
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATE = NOW + 17 * DAY
"""Three days after a loan of NOW was due."""
VERBS: list[Callable[[Loan], object]] = [
    lambda loan: losing.lose(loan=loan, at=LATE, by=None, amount=9000),
    lambda loan: losing.claim(loan=loan, at=LATE),
    lambda loan: losing.settle(loan=loan, at=LATE),
]


@pytest.fixture
def loan(shelf: Shelf, hana: Member) -> Loan:
    shelf.rule.fine_per_day = 100
    shelf.rule.save()
    return lending.check_out(item=shelf.item(), patron=shelf.patron(hana), at=NOW)


def state(loan: Loan) -> tuple[str, bool]:
    """What the copy is, and whether the loan is open."""
    loan.refresh_from_db()
    loan.item.refresh_from_db()
    return loan.item.status, loan.returned_at is None


def test_a_lost_copy_is_charged_once_and_stays_with_its_patron(loan: Loan, sujin: Member) -> None:
    charge = losing.lose(loan=loan, at=LATE, by=sujin, amount=9000)
    assert charge is not None
    assert (charge.kind, charge.amount, charge.loan, charge.made_by) == ("lost", 9000, loan, sujin)
    assert state(loan) == ("lost", True)
    with pytest.raises(owing.AlreadyCharged):
        losing.lose(loan=loan, at=LATE, by=sujin, amount=9000)
    assert losing.lose(loan=loan, at=LATE, by=sujin) is None
    assert Charge.objects.get() == charge


def test_what_is_settled_ends_the_loan_and_nothing_is_late(loan: Loan) -> None:
    with pytest.raises(losing.NotLost):
        losing.settle(loan=loan, at=LATE)
    losing.lose(loan=loan, at=LATE, by=None)
    losing.settle(loan=loan, at=LATE)
    assert state(loan) == ("lost", False)
    assert loan.returned_at == LATE
    assert not loan.patron.charges.exists()  # type: ignore[union-attr]  # it has one


def test_a_copy_said_to_be_returned_keeps_nobody_from_borrowing(shelf: Shelf, loan: Loan) -> None:
    patron = loan.patron
    assert patron is not None
    with pytest.raises(standing.HasOverdue):
        standing.check(patron=patron, on=LATE.date())
    losing.claim(loan=loan, at=LATE)
    losing.claim(loan=loan, at=LATE + DAY)
    standing.check(patron=patron, on=LATE.date())
    assert (*state(loan), loan.claimed_at) == ("claimed", True, LATE)


def test_found_on_the_shelf_it_was_late_until_it_was_said_to_be_returned(loan: Loan) -> None:
    losing.claim(loan=loan, at=LATE)
    returned = lending.check_in(item=loan.item, at=LATE + 30 * DAY)
    assert (returned.days_late, returned.fine and returned.fine.amount) == (3, 300)
    assert state(loan) == ("available", False)


def test_a_missing_copy_that_nobody_has_is_found_and_kept_for_the_next(
    shelf: Shelf, loan: Loan, minjun: Member
) -> None:
    hold = holding.place(bib=loan.item.bib, patron=shelf.patron(minjun), at=LATE)
    losing.lose(loan=loan, at=LATE, by=None)
    with pytest.raises(losing.NotLost):
        losing.find(item=loan.item, at=LATE)
    losing.settle(loan=loan, at=LATE)
    found = losing.find(item=loan.item, at=LATE + DAY)
    assert (found, state(loan)) == (hold, ("available", False))
    with pytest.raises(losing.NotLost):
        losing.find(item=Item.objects.get(), at=LATE)


def test_found_again_it_stands_on_the_shelf_where_nobody_waits(shelf: Shelf) -> None:
    item = shelf.item()
    Item.objects.update(status="missing")
    assert losing.find(item=item, at=NOW) is None
    assert Item.objects.get().status == "available"


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_back_is_not_missing(loan: Loan, verb: Callable[[Loan], object]) -> None:
    lending.check_in(item=loan.item, at=NOW)
    with pytest.raises(lending.NotOnLoan):
        verb(loan)
    assert (state(loan), Charge.objects.exists()) == (("available", False), False)
