"""Closing the library: what was promised for a closed day moves on, and nothing else does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from madang.lib.public_holidays import UnknownCountry
from madang.library import closing, holding, lending, opening
from madang.library.closing import Closed
from madang.library.models import ClosedDay, ClosedWeekday, Hold, Loan
from madang.people import tasks
from madang.people.models import Member
from tests.cast import NOW
from tests.shelf import Shelf

DUE = date(2027, 3, 15)
"""A Monday, fourteen days after NOW."""
pytestmark = pytest.mark.django_db


def lend(shelf: Shelf, member: Member, title: str = "혼불", days_ago: int = 0) -> Loan:
    at = NOW - timedelta(days=days_ago)
    return lending.check_out(item=shelf.item(title), patron=shelf.patron(member), at=at)


def test_what_is_due_on_a_day_that_is_closed_later_moves_to_the_next_open_one(
    shelf: Shelf, hana: Member
) -> None:
    loan, before, after = (
        lend(shelf, hana, title, days) for title, days in (("혼불", 0), ("토지", 1), ("장길산", -1))
    )
    next_day = DUE + timedelta(days=1)
    assert after.due_on == next_day
    closed = closing.close(first_on=DUE, last_on=next_day, name="장서 점검", at=NOW)
    assert closed == Closed(days=2, moved=2)
    rows = {row.pk: (row.unmoved_due_on, row.due_on) for row in Loan.objects.all()}
    wednesday = date(2027, 3, 17)
    assert rows == {
        before.pk: (date(2027, 3, 14), date(2027, 3, 14)),
        loan.pk: (DUE, wednesday),
        after.pk: (next_day, wednesday),
    }
    assert closing.close(first_on=DUE, last_on=DUE, name="again", at=NOW) == Closed(0, 0)
    assert list(ClosedDay.objects.values_list("name", flat=True)) == ["장서 점검"] * 2


def test_what_is_past_or_returned_stays(shelf: Shelf, hana: Member, minjun: Member) -> None:
    late, back = lend(shelf, hana, days_ago=15), lend(shelf, minjun, "토지")
    lending.check_in(item=back.item, at=NOW)
    ClosedDay.objects.create(on=late.due_on)
    assert closing.close(first_on=DUE, last_on=DUE, name="", at=NOW) == Closed(1, 0)
    assert set(Loan.objects.values_list("due_on", flat=True)) == {late.due_on, DUE}


def test_who_may_pick_something_up_keeps_the_open_days(shelf: Shelf, hana: Member) -> None:
    hold = holding.place(bib=shelf.bib(), patron=shelf.patron(hana), at=NOW)
    assert hold.pickup_until == date(2027, 3, 4)
    closed = closing.close(
        first_on=date(2027, 3, 2), last_on=date(2027, 3, 3), name="", at=NOW + timedelta(hours=1)
    )
    assert closed == Closed(days=2, moved=1)
    assert Hold.objects.get().pickup_until == date(2027, 3, 6)
    closing.reopen(day=ClosedDay.objects.get(on=date(2027, 3, 3)))
    assert closing.move_on(NOW) == 0
    assert Hold.objects.get().pickup_until == date(2027, 3, 6)


def test_the_days_of_the_week_are_exactly_those(shelf: Shelf, hana: Member) -> None:
    loan = lend(shelf, hana)
    assert closing.close_weekly(weekdays=[1, 2], at=NOW) == Closed(days=2, moved=1)
    loan.refresh_from_db()
    assert loan.due_on == date(2027, 3, 17)
    assert closing.close_weekly(weekdays=[2, 7], at=NOW) == Closed(days=1, moved=0)
    assert list(ClosedWeekday.objects.values_list("weekday", flat=True)) == [2, 7]


def test_a_library_that_never_opens_moves_nothing(shelf: Shelf, hana: Member) -> None:
    lend(shelf, hana)
    assert closing.close_weekly(weekdays=range(1, 8), at=NOW) == Closed(days=7, moved=0)


def test_the_holidays_of_a_year_are_closed_from_today_on() -> None:
    closed = closing.close_holidays(country="KR", subdivision="", year=2027, at=NOW)
    days = dict(ClosedDay.objects.values_list("on", "name"))
    assert closed == Closed(days=len(days), moved=0)
    assert min(days) == date(2027, 3, 1)
    assert days[date(2027, 9, 15)] == "추석"
    assert date(2027, 2, 7) not in days  # 설날 is past
    assert closing.close_holidays(country="KR", subdivision="", year=2027, at=NOW) == Closed(0, 0)
    closing.close_holidays(country="KR", subdivision="", year=2028, at=NOW)
    lunar = {date(2028, 1, day): name for day, name in ((26, "설날 전날"), (27, "설날"))}
    found = dict(ClosedDay.objects.filter(on__in=lunar).values_list("on", "name"))
    assert found == lunar
    with pytest.raises(UnknownCountry):
        closing.close_holidays(country="XX", subdivision="", year=2027, at=NOW)


def test_a_holiday_that_is_reopened_stays_open_when_holidays_come_again() -> None:
    closed = closing.close_holidays(country="KR", subdivision="", year=2027, at=NOW)
    children = ClosedDay.objects.get(on=date(2027, 5, 5))
    closing.reopen(day=children)
    assert closing.close_holidays(country="KR", subdivision="", year=2027, at=NOW) == Closed(0, 0)
    assert children.on not in opening.closures(children.on)
    assert ClosedDay.objects.filter(is_open=False).count() == closed.days - 1
    assert closing.close(first_on=children.on, last_on=children.on, name="점검", at=NOW).days == 1
    assert ClosedDay.objects.filter(on=children.on).values_list("name", "is_open").get() == (
        "점검",
        False,
    )


def test_a_closed_weekday_is_open_on_one_date_and_then_as_every_week(
    shelf: Shelf, hana: Member
) -> None:
    closing.close_weekly(weekdays=[1], at=NOW - timedelta(days=1))
    tuesday = DUE + timedelta(days=1)
    assert closing.open_up(first_on=DUE, last_on=tuesday, name="독서의 밤", at=NOW) == 1
    assert closing.open_up(first_on=DUE, last_on=DUE, name="독서의 밤", at=NOW) == 0
    loan = lend(shelf, hana)
    assert (loan.unmoved_due_on, loan.due_on) == (DUE, DUE)
    tuesday_row = ClosedDay.objects.get(on=tuesday)
    assert closing.as_usual(day=tuesday_row, at=NOW) == Closed(days=0, moved=0)
    assert closing.as_usual(day=ClosedDay.objects.get(), at=NOW) == Closed(days=1, moved=1)
    assert Loan.objects.get().due_on == tuesday
    assert not ClosedDay.objects.exists()


def test_a_day_that_is_opened_up_was_closed_for_a_holiday() -> None:
    closing.close(first_on=DUE, last_on=DUE, name="장서 점검", at=NOW)
    assert closing.open_up(first_on=DUE, last_on=DUE, name="", at=NOW) == 1
    assert ClosedDay.objects.values_list("on", "name", "is_open").get() == (DUE, "", True)


def test_open_days_count_for_picking_up(shelf: Shelf, hana: Member) -> None:
    closing.close_weekly(weekdays=[2, 3, 4, 5, 6, 7], at=NOW)
    closing.open_up(first_on=date(2027, 3, 3), last_on=date(2027, 3, 4), name="", at=NOW)
    hold = holding.place(bib=shelf.bib(), patron=shelf.patron(hana), at=NOW)
    assert hold.pickup_until == date(2027, 3, 8)


@pytest.mark.parametrize(
    ("first_on", "last_on"),
    [
        (date(2027, 2, 27), date(2027, 2, 28)),
        (date(2027, 3, 5), date(2027, 3, 4)),
        (date(2027, 3, 1), date(2028, 3, 1)),
    ],
)
def test_days_that_make_no_sense_are_refused(first_on: date, last_on: date) -> None:
    with pytest.raises(closing.BadDays):
        closing.close(first_on=first_on, last_on=last_on, name="", at=NOW)
    with pytest.raises(closing.BadDays):
        closing.open_up(first_on=first_on, last_on=last_on, name="", at=NOW)
    assert not ClosedDay.objects.exists()


def test_a_sweep_moves_what_was_lent_at_the_same_moment(shelf: Shelf, hana: Member) -> None:
    loan = lend(shelf, hana)
    ClosedDay.objects.create(on=DUE)
    assert tasks.sweep(at=NOW) == []
    loan.refresh_from_db()
    assert loan.due_on == date(2027, 3, 16)
