"""What was lent and what is there, in figures."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from madang.library import lending, reporting
from madang.library.models import Item, Loan
from madang.library.reporting import DDC, KDC, Class, Month
from madang.people.models import Member
from tests.cast import NOW
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2027, 1, 1), date(2027, 3, 31)


def lend(shelf: Shelf, member: Member, item: Item, at: datetime = NOW) -> Loan:
    """Lent and back within the hour."""
    loan = lending.check_out(item=item, patron=shelf.patron(member), at=at)
    lending.check_in(item=item, at=at + timedelta(hours=1))
    return loan


def test_loans_are_counted_by_the_months_of_the_library(shelf: Shelf, hana: Member) -> None:
    item = shelf.item()
    for at in (
        datetime(2026, 12, 31, 14, 0, tzinfo=UTC),  # still the old year in Seoul
        datetime(2026, 12, 31, 15, 0, tzinfo=UTC),  # midnight of the new one
        datetime(2027, 1, 31, 14, 59, tzinfo=UTC),
        datetime(2027, 3, 31, 14, 59, tzinfo=UTC),
        datetime(2027, 3, 31, 15, 0, tzinfo=UTC),  # April
    ):
        lend(shelf, hana, item, at)
    assert reporting.months(first=FIRST, last=LAST) == [
        Month(FIRST, 2),
        Month(date(2027, 2, 1), 0),
        Month(date(2027, 3, 1), 1),
    ]
    parts = reporting.months(first=date(2026, 12, 31), last=date(2027, 1, 15))
    assert parts == [Month(date(2026, 12, 31), 1), Month(FIRST, 1)]


def test_titles_are_ranked_by_their_loans(shelf: Shelf, hana: Member) -> None:
    often, bib = shelf.item("혼불"), shelf.bib("토지", copies=2)
    once, never = shelf.item("객지"), shelf.item("광장")
    for item in (often, often, often, *bib.items.all(), once):
        lend(shelf, hana, item)
    lend(shelf, hana, never, NOW - timedelta(days=90))
    rows = reporting.most_lent(first=FIRST, last=LAST, most=3)
    assert [(bib.title, loans) for bib, loans in rows] == [("혼불", 3), ("토지", 2), ("객지", 1)]
    assert len(reporting.most_lent(first=FIRST, last=LAST, most=1)) == 1


def test_what_is_overdue_is_counted_by_how_long(shelf: Shelf, hana: Member) -> None:
    shelf.rule.suspension = "none"
    shelf.rule.max_loans = 9
    shelf.rule.save()
    loans = [
        lending.check_out(
            item=shelf.item(str(days)),
            patron=shelf.patron(hana),
            at=NOW - timedelta(days=14 + days),
        )
        for days in (0, 1, 7, 8, 30, 31, 91)
    ]
    on = NOW.date()
    assert list(reporting.overdue(on=on)) == list(reversed(loans[1:]))
    assert reporting.lateness(on=on) == [(1, 7, 2), (8, 30, 2), (31, 90, 1), (91, None, 1)]


def test_copies_that_nobody_ever_borrowed_are_listed_the_oldest_first(
    shelf: Shelf, hana: Member
) -> None:
    lent, new, old, lost = (shelf.item(title) for title in ("가", "나", "다", "라"))
    lend(shelf, hana, lent)
    Item.objects.filter(pk=old.pk).update(created_at=NOW - timedelta(days=900))
    Item.objects.filter(pk=lost.pk).update(status=Item.Status.LOST)
    assert list(reporting.never_lent()) == [old, new]


@pytest.mark.parametrize(
    ("call_number", "digit"),
    [
        ("813.6 최34ㅎ", "8"),
        ("R 030.1", "0"),
        ("원005.133 ㄱ12", "0"),
        ("아동 913", "9"),
        ("813", "8"),
        ("2019-1", ""),
        ("최34ㅎ", ""),
        ("12.345", ""),
        ("", ""),
    ],
)
def test_a_call_number_tells_the_class(call_number: str, digit: str) -> None:
    assert reporting.class_of(call_number) == digit


def test_the_collection_is_counted_by_class(shelf: Shelf, hana: Member) -> None:
    for number, call_number in enumerate(("813.6 최34ㅎ", "813.6 최34ㅎ", "R 030", "", "911")):
        item = shelf.item(str(number))
        item.call_number = call_number
        item.status = Item.Status.WITHDRAWN if call_number == "911" else item.status
        item.save()
    for barcode in ("B1", "B2", "B3", "B4"):
        lend(shelf, hana, Item.objects.get(barcode=barcode))
    lend(shelf, hana, Item.objects.get(barcode="B1"), NOW - timedelta(days=100))
    rows = {row.digit: row for row in reporting.classes(first=FIRST, last=LAST)}
    assert list(rows) == [*"0123456789", ""]
    assert [row for row in rows.values() if row.copies or row.loans] == [
        Class("0", 1, 1),
        Class("8", 2, 2),
        Class("", 1, 1),
    ]


def test_a_class_is_called_by_its_scheme() -> None:
    assert [len(scheme) for scheme in reporting.SCHEMES.values()] == [10, 10]
    assert reporting.called("4", KDC) == "400 자연과학"
    assert [reporting.called(digit, DDC) for digit in "4567"] == [
        "400 언어",
        "500 자연과학",
        "600 기술과학",
        "700 예술",
    ]
    assert reporting.called("", KDC) == "분류 없음"
