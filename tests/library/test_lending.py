"""Lending, returning and renewing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any  # handed on as it came

import pytest

from madang.library import holding, lending, line, rules, standing
from madang.library.models import (
    CirculationRule,
    ClosedDay,
    Hold,
    Item,
    Loan,
    Renewal,
    Suspension,
)
from madang.people.models import Member
from tests.cast import NOW
from tests.shelf import Shelf

DAY = timedelta(days=1)
DUE = date(2027, 3, 15)
"""Fourteen days after NOW."""


def refusal(error: pytest.ExceptionInfo[rules.Refused]) -> tuple[str, str, date | None]:
    assert str(error.value.sentence)
    return error.value.code, error.value.rule, error.value.until


def lend(shelf: Shelf, member: Member, item: Item, at: datetime = NOW) -> Loan:
    return lending.check_out(item=item, patron=shelf.patron(member), at=at)


def test_a_loan_keeps_what_its_rule_said(shelf: Shelf, hana: Member) -> None:
    loan = lend(shelf, hana, shelf.item())
    shelf.rule.name, shelf.rule.loan_days = "책 1주", 7
    shelf.rule.save()
    loan.refresh_from_db()
    assert (loan.rule, loan.rule_name, loan.loan_days, loan.max_renewals, loan.renewal_days) == (
        shelf.rule,
        "책 2주",
        14,
        1,
        7,
    )
    assert (loan.suspension, loan.loaned_at, loan.due_on, loan.unmoved_due_on) == (
        "sum",
        NOW,
        DUE,
        DUE,
    )
    assert loan.returned_at is None


def test_a_due_date_on_a_closed_day_moves_on_and_says_so(shelf: Shelf, hana: Member) -> None:
    ClosedDay.objects.create(on=DUE)
    loan = lend(shelf, hana, shelf.item())
    assert (loan.unmoved_due_on, loan.due_on) == (DUE, DUE + DAY)


def test_a_copy_is_lent_to_one_patron_at_a_time(shelf: Shelf, hana: Member, minjun: Member) -> None:
    item = shelf.item()
    lend(shelf, hana, item)
    for member in (minjun, hana):
        with pytest.raises(lending.AlreadyOnLoan) as error:
            lend(shelf, member, item)
        assert refusal(error) == (
            "already_on_loan",
            "자료 하나는 한 번에 한 사람에게만 빌려드립니다.",
            None,
        )
    assert Loan.objects.count() == 1


def test_the_same_key_is_the_same_loan(shelf: Shelf, hana: Member, minjun: Member) -> None:
    item, patron = shelf.item(), shelf.patron(hana)
    first = lending.check_out(item=item, patron=patron, at=NOW, key="scan-1")
    again = lending.check_out(item=item, patron=patron, at=NOW + DAY, key="scan-1")
    assert (again, again.loaned_at) == (first, NOW)
    with pytest.raises(lending.KeyReused):
        lending.check_out(item=shelf.item("토지"), patron=patron, at=NOW, key="scan-1")
    with pytest.raises(lending.KeyReused):
        lending.check_out(item=item, patron=shelf.patron(minjun), at=NOW, key="scan-1")
    assert Loan.objects.count() == 1


def test_nobody_has_more_than_the_rule_allows(shelf: Shelf, hana: Member) -> None:
    shelf.rule.max_loans = 2
    shelf.rule.save()
    lend(shelf, hana, shelf.item("가"))
    first = lend(shelf, hana, shelf.item("나"))
    third = shelf.item("다")
    with pytest.raises(lending.LimitReached) as error:
        lend(shelf, hana, third)
    assert refusal(error) == ("limit_reached", "책 2주", None)
    assert Loan.objects.count() == 2
    lending.check_in(item=first.item, at=NOW)
    assert lend(shelf, hana, third).pk


def test_the_category_limits_all_rules_together(shelf: Shelf, hana: Member) -> None:
    shelf.category.max_loans = 1
    shelf.category.save()
    lend(shelf, hana, shelf.item("가"))
    second = shelf.item("나")
    CirculationRule.objects.create(name="다른 규정", location=shelf.location)
    with pytest.raises(lending.LimitReached) as error:
        lend(shelf, hana, second)
    assert refusal(error) == ("limit_reached", "어른", None)


def test_an_expired_card_borrows_nothing(shelf: Shelf, hana: Member) -> None:
    patron, item = shelf.patron(hana), shelf.item()
    patron.expires_on = date(2027, 2, 28)
    patron.save()
    with pytest.raises(standing.CardExpired) as error:
        lend(shelf, hana, item)
    assert refusal(error) == (
        "card_expired",
        "회원증은 적힌 날까지 쓸 수 있습니다.",
        date(2027, 2, 28),
    )
    patron.expires_on = date(2027, 3, 1)
    patron.save()
    assert lend(shelf, hana, item).pk


def test_who_has_something_overdue_borrows_nothing(shelf: Shelf, hana: Member) -> None:
    lend(shelf, hana, shelf.item("가"))
    other = shelf.item("나")
    late = NOW + 15 * DAY
    with pytest.raises(standing.HasOverdue) as error:
        lend(shelf, hana, other, at=late)
    assert refusal(error) == ("overdue", "책 2주", None)
    Loan.objects.update(suspension="none")
    assert lend(shelf, hana, other, at=late).pk


def test_a_late_return_suspends_for_as_many_days(shelf: Shelf, hana: Member) -> None:
    item = shelf.item()
    lend(shelf, hana, item)
    back = NOW + 17 * DAY
    returned = lending.check_in(item=item, at=back)
    suspension = Suspension.objects.get()
    assert (returned.days_late, returned.suspension, returned.hold) == (3, suspension, None)
    assert (suspension.begins_on, suspension.ends_on, suspension.rule_name, suspension.loan) == (
        date(2027, 3, 18),
        date(2027, 3, 20),
        "책 2주",
        returned.loan,
    )
    with pytest.raises(standing.Suspended) as error:
        lend(shelf, hana, item, at=back + 2 * DAY)
    assert refusal(error) == ("suspended", "책 2주", date(2027, 3, 20))
    assert lend(shelf, hana, item, at=back + 3 * DAY).pk


@pytest.mark.parametrize(
    ("suspension", "days"),
    [
        ("sum", [(18, 20), (21, 23)]),
        ("longest", [(18, 20), (18, 20)]),
        ("none", []),
    ],
)
def test_several_late_returns_add_up_or_lie_beside_each_other(
    shelf: Shelf, hana: Member, suspension: str, days: list[tuple[int, int]]
) -> None:
    shelf.rule.suspension = suspension
    shelf.rule.save()
    items = [shelf.item("가"), shelf.item("나")]
    for item in items:
        lend(shelf, hana, item)
    for item in items:
        lending.check_in(item=item, at=NOW + 17 * DAY)
    found = Suspension.objects.values_list("begins_on__day", "ends_on__day")
    assert list(found) == days


def test_a_suspension_until_further_notice_ends_when_it_is_lifted(
    shelf: Shelf, hana: Member
) -> None:
    item = shelf.item()
    lend(shelf, hana, item)
    suspension = Suspension.objects.create(
        patron=shelf.patron(hana), begins_on=date(2027, 3, 1), rule_name="분실"
    )
    lending.check_in(item=item, at=NOW + 15 * DAY)
    with pytest.raises(standing.Suspended) as error:
        lend(shelf, hana, item, at=NOW + 30 * DAY)
    assert refusal(error) == ("suspended", "분실", None)
    suspension.lifted_at = NOW + 30 * DAY
    suspension.save()
    assert lend(shelf, hana, item, at=NOW + 30 * DAY).pk


def test_the_same_day_again_is_as_the_rule_says(shelf: Shelf, hana: Member) -> None:
    item = shelf.item()
    lend(shelf, hana, item)
    lending.check_in(item=item, at=NOW)
    shelf.rule.is_same_day_again = False
    shelf.rule.save()
    with pytest.raises(lending.SameDay) as error:
        lend(shelf, hana, item)
    assert refusal(error) == ("same_day", "책 2주", None)
    assert lend(shelf, hana, item, at=NOW + DAY).pk


def test_a_return_frees_the_copy_and_ends_its_search(shelf: Shelf, hana: Member) -> None:
    item = shelf.item()
    lend(shelf, hana, item)
    Item.objects.update(status="claimed")
    returned = lending.check_in(item=item, at=NOW - DAY)  # a clock that is behind
    item.refresh_from_db()
    assert (returned.loan.returned_at, returned.days_late, item.status) == (NOW, 0, "available")
    with pytest.raises(lending.NotOnLoan) as error:
        lending.check_in(item=item, at=NOW)
    assert refusal(error) == ("not_on_loan", "빌려드린 것만 돌려받습니다.", None)


def test_an_older_loan_does_not_end_a_newer_one(shelf: Shelf, hana: Member, minjun: Member) -> None:
    item = shelf.item()
    old = lend(shelf, hana, item)
    lending.check_in(item=item, at=NOW)
    lend(shelf, minjun, item)
    with pytest.raises(lending.NotOnLoan):
        lending.check_in(item=item, at=NOW, loan=old)
    assert Loan.objects.filter(returned_at__isnull=True).count() == 1


def test_a_return_that_somebody_else_takes_meanwhile_is_told(
    shelf: Shelf, hana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = shelf.item()
    lend(shelf, hana, item)
    waited = line.wait

    def wait(**about: Any) -> None:
        waited(**about)
        Loan.objects.update(returned_at=NOW)

    monkeypatch.setattr(line, "wait", wait)
    with pytest.raises(lending.NotOnLoan):
        lending.check_in(item=item, at=NOW)
    assert Suspension.objects.count() == 0


def test_a_renewal_counts_from_the_day_it_is_due(shelf: Shelf, hana: Member) -> None:
    ClosedDay.objects.create(on=date(2027, 3, 22))
    loan = lending.renew(loan=lend(shelf, hana, shelf.item()), at=NOW + DAY)
    loan.refresh_from_db()
    assert (loan.due_on, loan.unmoved_due_on) == (date(2027, 3, 23), date(2027, 3, 22))
    found = Renewal.objects.values_list("number", "renewed_at", "previous_due_on", "due_on")
    assert list(found) == [(1, NOW + DAY, DUE, date(2027, 3, 23))]
    with pytest.raises(lending.RenewalLimit) as error:
        lending.renew(loan=loan, at=NOW)
    assert refusal(error) == ("renewal_limit_reached", "책 2주", None)


def test_what_is_overdue_or_over_is_not_renewed(shelf: Shelf, hana: Member) -> None:
    loan = lend(shelf, hana, shelf.item())
    with pytest.raises(lending.TooLate) as error:
        lending.renew(loan=loan, at=NOW + 15 * DAY)
    assert refusal(error) == ("overdue", "책 2주", None)
    lending.check_in(item=loan.item, at=NOW)
    with pytest.raises(lending.NotOnLoan):
        lending.renew(loan=loan, at=NOW)


def test_a_hold_stops_the_renewal_of_the_copy_that_is_due_first(
    shelf: Shelf, hana: Member, minjun: Member, emma: Member
) -> None:
    first, second = shelf.bib(copies=2).items.order_by("pk")
    one, two = lend(shelf, hana, first), lend(shelf, minjun, second)
    holding.place(bib=first.bib, patron=shelf.patron(emma), at=NOW)
    with pytest.raises(holding.HeldForOther) as error:
        lending.renew(loan=one, at=NOW)
    assert refusal(error)[:2] == ("held_for_other", "기다리는 분이 있습니다.")
    assert lending.renew(loan=two, at=NOW).due_on == DUE + 7 * DAY


def test_a_copy_that_is_kept_goes_to_nobody_else(
    shelf: Shelf, hana: Member, minjun: Member
) -> None:
    item = shelf.item()
    holding.place(bib=item.bib, patron=shelf.patron(hana), at=NOW)
    with pytest.raises(holding.HeldForOther) as error:
        lend(shelf, minjun, item)
    assert refusal(error)[:2] == (
        "held_for_other",
        "먼저 예약하신 순서대로 빌려드립니다.",
    )
    assert Loan.objects.count() == 0
    lend(shelf, hana, item)
    assert [(hold.status, hold.closed_at) for hold in Hold.objects.all()] == [("fulfilled", NOW)]


def test_lending_asks_as_much_of_the_database_however_much_is_lent(
    shelf: Shelf, hana: Member, django_assert_num_queries: Any
) -> None:
    for title in ("가", "나", "다"):
        item, patron = shelf.item(title), shelf.patron(hana)
        with django_assert_num_queries(15):
            lending.check_out(item=item, patron=patron, at=NOW)
