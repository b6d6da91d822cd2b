"""Open and closed days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from madang.library import opening
from madang.library.models import ClosedDay, ClosedWeekday

MONDAY = date(2027, 3, 1)


@pytest.mark.usefixtures("db")
def test_a_closed_day_moves_to_the_next_open_one() -> None:
    ClosedWeekday.objects.create(weekday=1)
    ClosedDay.objects.create(on=date(2027, 3, 2), name="장서 점검")
    assert opening.open_from(MONDAY) == date(2027, 3, 3)
    assert opening.open_from(date(2027, 3, 3)) == date(2027, 3, 3)


@pytest.mark.usefixtures("db")
def test_open_days_are_counted_from_the_day_after() -> None:
    assert opening.open_after(MONDAY, 3) == date(2027, 3, 4)
    ClosedDay.objects.create(on=date(2027, 3, 3))
    assert opening.open_after(MONDAY, 3) == date(2027, 3, 5)


@pytest.mark.usefixtures("db")
def test_a_special_opening_day_counts_as_open_whatever_its_weekday() -> None:
    ClosedWeekday.objects.create(weekday=1)
    ClosedDay.objects.create(on=date(2027, 3, 2), is_open=True)
    assert opening.open_from(MONDAY) == date(2027, 3, 2)
    ClosedDay.objects.create(on=MONDAY, is_open=True)
    assert opening.open_from(MONDAY) == MONDAY
    assert opening.open_from(date(2027, 3, 8)) == date(2027, 3, 9)
    assert opening.open_after(date(2027, 2, 28), 2) == date(2027, 3, 2)


@pytest.mark.usefixtures("db")
def test_a_library_that_never_opens_moves_nothing() -> None:
    ClosedWeekday.objects.bulk_create(ClosedWeekday(weekday=day) for day in range(1, 8))
    assert opening.open_from(MONDAY) == MONDAY
    assert opening.open_after(MONDAY, 3) == date(2027, 3, 4)


def test_the_day_is_that_of_the_library_not_of_the_reader() -> None:
    late = datetime(2027, 2, 28, 15, 30, tzinfo=UTC)
    with timezone.override("America/New_York"):
        assert opening.today(late) == MONDAY
