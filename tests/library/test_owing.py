"""What patrons owe, and what they pay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madang.library import holding, lending, owing, rules, standing
from madang.library.models import Charge, Item, Payment
from madang.people.models import Member
from tests.cast import NOW
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATE = NOW + timedelta(days=17)
"""Three days after a loan of NOW was due."""


def charge(shelf: Shelf, member: Member, amount: int = 5000) -> Charge:
    return owing.charge(
        patron=shelf.patron(member), kind=Charge.Kind.OTHER, amount=amount, at=NOW, by=None
    )


def test_what_is_owed_is_what_was_charged_less_what_was_paid(
    shelf: Shelf, hana: Member, minjun: Member, sujin: Member
) -> None:
    patron = shelf.patron(hana)
    assert (owing.owed(patron), owing.ledger(patron)) == (0, [])
    first = charge(shelf, hana)
    charge(shelf, minjun, 7)
    paid = owing.pay(patron=patron, amount=3000, at=NOW + DAY, by=sujin, note="현금")
    waived = owing.pay(patron=patron, amount=500, at=NOW + DAY, by=sujin, kind=Payment.Kind.WAIVED)
    assert owing.owed(patron) == 1500
    assert owing.ledger(patron) == [waived, paid, first]
    assert (paid.kind, paid.made_by, paid.note, waived.kind) == ("paid", sujin, "현금", "waived")


def test_nobody_pays_more_than_is_owed(shelf: Shelf, hana: Member) -> None:
    charge(shelf, hana)
    with pytest.raises(owing.PaysTooMuch) as refusal:
        owing.pay(patron=shelf.patron(hana), amount=5001, at=NOW, by=None)
    assert refusal.value.rule == "낼 돈보다 많이 내지 않습니다."
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("per_day", "most", "amount"), [(100, None, 300), (100, 250, 250), (0, None, 0), (0, 9, 0)]
)
def test_a_late_return_costs_what_the_rule_said_when_it_was_lent(
    shelf: Shelf, hana: Member, per_day: int, most: int | None, amount: int
) -> None:
    shelf.rule.fine_per_day, shelf.rule.fine_most = per_day, most
    shelf.rule.save()
    item, patron = shelf.item(), shelf.patron(hana)
    loan = lending.check_out(item=item, patron=patron, at=NOW)
    shelf.rule.fine_per_day = 999
    shelf.rule.save()
    returned = lending.check_in(item=item, at=LATE)
    row = Charge.objects.first()
    assert (returned.days_late, returned.fine, owing.owed(patron)) == (3, row, amount)
    if row is not None:
        assert (row.kind, row.amount, row.loan, row.note, row.made_at) == (
            "overdue",
            amount,
            loan,
            "책 2주",
            LATE,
        )


def test_a_return_in_time_costs_nothing(shelf: Shelf, hana: Member) -> None:
    shelf.rule.fine_per_day = 100
    shelf.rule.save()
    item = shelf.item()
    lending.check_out(item=item, patron=shelf.patron(hana), at=NOW)
    assert lending.check_in(item=item, at=NOW + 14 * DAY).fine is None


def test_a_loan_is_charged_once_for_each_thing(shelf: Shelf, hana: Member) -> None:
    patron = shelf.patron(hana)
    loan = lending.check_out(item=shelf.item(), patron=patron, at=NOW)

    def once(kind: Charge.Kind) -> None:
        owing.charge(patron=patron, kind=kind, amount=1, at=NOW, by=None, loan=loan)

    for kind in (Charge.Kind.LOST, Charge.Kind.OVERDUE):
        once(kind)
        with pytest.raises(owing.AlreadyCharged) as refusal:
            once(kind)
        assert refusal.value.rule == "대출 하나에는 같은 까닭으로 한 번만 청구합니다."
    once(Charge.Kind.DAMAGED)
    once(Charge.Kind.DAMAGED)
    assert owing.owed(patron) == 4


def test_who_owes_more_than_the_category_allows_borrows_and_waits_for_nothing(
    shelf: Shelf, hana: Member
) -> None:
    patron, item = shelf.patron(hana), shelf.item()
    charge(shelf, hana, 5001)
    standing.check(patron=patron, on=NOW.date())
    shelf.category.max_owed = 5000
    shelf.category.save()
    for ask in (
        lambda: lending.check_out(item=item, patron=shelf.patron(hana), at=NOW),
        lambda: holding.place(bib=item.bib, patron=shelf.patron(hana), at=NOW),
    ):
        with pytest.raises(rules.Refused) as refusal:
            ask()
        assert (refusal.value.code, refusal.value.rule) == ("owes_too_much", "어른")
    owing.pay(patron=patron, amount=1, at=NOW, by=None)
    lending.check_out(item=Item.objects.get(), patron=shelf.patron(hana), at=NOW)


def test_a_key_stands_for_one_payment(shelf: Shelf, hana: Member, minjun: Member) -> None:
    patron, other = shelf.patron(hana), shelf.patron(minjun)
    for each in (patron, other):
        owing.charge(patron=each, kind=Charge.Kind.OTHER, amount=1000, at=NOW, by=None)
    first = owing.pay(patron=patron, amount=1000, at=NOW, by=None, key="k")
    assert owing.pay(patron=patron, amount=1000, at=NOW, by=None, key="k") == first
    for who, amount in ((patron, 999), (other, 1000)):
        with pytest.raises(owing.KeyReused):
            owing.pay(patron=who, amount=amount, at=NOW, by=None, key="k")
    assert (owing.owed(patron), owing.owed(other)) == (0, 1000)
