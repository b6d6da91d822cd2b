"""Closing the library for a day, and what was promised for that day moves on; opening it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from madang.lib import public_holidays
from madang.library import opening
from madang.library.models import ClosedDay, ClosedWeekday, Hold, Loan
from madang.people.tasks import on_sweep

LONGEST = timedelta(days=366)
"""No days are closed at once that span more."""
NAME = 80
"""Longer names of holidays are cut."""


class BadDays(Exception):
    """The last day is before the first, is past, or more than `LONGEST` after it."""


@dataclass(frozen=True)
class Closed:
    """What closing brought: how many days are closed that were not, and how many dates moved."""

    days: int
    moved: int


def close(*, first_on: date, last_on: date, name: str, at: datetime) -> Closed:
    """Close the days from `first_on` to `last_on`, both included; what is closed stays so.

    Each day once by the constraint `library_closed_day_once`, those too that were opened before.
    Whatever was due on them is due on the next open day, in the same transaction. Raises
    `BadDays`, with nothing written.
    """
    days = _days(first_on, last_on, at)
    with transaction.atomic():
        opened = ClosedDay.objects.filter(on__in=days, is_open=True)
        again = opened.update(is_open=False, name=name)
        closed = _write(dict.fromkeys(days, name), at)
        return Closed(closed.days + again, closed.moved)


def open_up(*, first_on: date, last_on: date, name: str, at: datetime) -> int:
    """Be open from `first_on` to `last_on`, both included, whatever day of the week they are.

    How many of the days were closed. They stay open when public holidays are closed again. What
    was moved to a later day stays there. Raises `BadDays`, with nothing written.
    """
    days = _days(first_on, last_on, at)
    with transaction.atomic():
        closures = opening.closures(first_on, last_on)
        ClosedDay.objects.bulk_create(
            [ClosedDay(on=day, name=name, is_open=True) for day in days],
            update_conflicts=True,
            unique_fields=["on"],
            update_fields=["name", "is_open"],
        )
    return sum(day in closures for day in days)


def _days(first_on: date, last_on: date, at: datetime) -> list[date]:
    if not opening.today(at) <= last_on or not timedelta(0) <= last_on - first_on < LONGEST:
        raise BadDays
    return [first_on + opening.DAY * number for number in range((last_on - first_on).days + 1)]


def close_holidays(*, country: str, subdivision: str, year: int, at: datetime) -> Closed:
    """Close the public holidays of `year` from today on, by their names in the site's language.

    As `close`, but what somebody opened stays open. Raises `public_holidays.UnknownCountry`.
    """
    language, on = settings.LANGUAGE_CODE, opening.today(at)
    days = public_holidays.on(country, subdivision, year, year, language=language)
    return _write({day: name[:NAME] for day, name in days.items() if day >= on}, at)


def close_weekly(*, weekdays: Collection[int], at: datetime) -> Closed:
    """Be closed on these days of every week (ISO 8601) and on no others."""
    with transaction.atomic():
        there = set(ClosedWeekday.objects.values_list("weekday", flat=True))
        ClosedWeekday.objects.exclude(weekday__in=weekdays).delete()
        ClosedWeekday.objects.bulk_create(
            [ClosedWeekday(weekday=day) for day in sorted(weekdays)], ignore_conflicts=True
        )
        return Closed(len(set(weekdays) - there), move_on(at))


def reopen(*, day: ClosedDay) -> None:
    """Be open on `day` after all, as `open_up`: no import of holidays closes it again."""
    ClosedDay.objects.filter(pk=day.pk).update(is_open=True)


def as_usual(*, day: ClosedDay, at: datetime) -> Closed:
    """What holds for the day of the week holds on `day` again; how many dates that moved."""
    with transaction.atomic():
        ClosedDay.objects.filter(pk=day.pk).delete()
        closures = opening.closures(day.on, day.on)
        return Closed(int(day.on in closures), move_on(at))


def _write(days: dict[date, str], at: datetime) -> Closed:
    with transaction.atomic():
        closed = ClosedDay.objects.filter(is_open=False)
        before = closed.count()
        ClosedDay.objects.bulk_create(
            [ClosedDay(on=day, name=name) for day, name in sorted(days.items())],
            ignore_conflicts=True,
        )
        return Closed(closed.count() - before, move_on(at))


@on_sweep
def sweep(at: datetime) -> None:
    """Move on what was lent or kept while somebody closed the day it is due."""
    move_on(at)


def move_on(at: datetime) -> int:
    """Move what is due on a closed day to the next open one, and leave every hold its open days.

    How many dates moved. What is past stays; nothing becomes earlier. Twice changes nothing.
    """
    on = opening.today(at)
    return _move_loans(on) + _move_holds(on)


def _move_loans(on: date) -> int:
    current = Loan.objects.filter(returned_at__isnull=True, due_on__gte=on)
    due = sorted(set(current.order_by().values_list("due_on", flat=True).distinct()))
    closures, moved = opening.closures(on), 0
    for day in reversed(due):  # what moves is not met again
        later = closures.open_day(day, 1)
        if later != day:
            moved += current.filter(due_on=day).update(due_on=later)
    return moved


def _move_holds(on: date) -> int:
    ready = Hold.objects.filter(status=Hold.Status.READY, pickup_until__gte=on)
    fields = ("pickup_days", "pickup_until", "ready_at")
    rows = [(_ready_on(hold), hold) for hold in ready.order_by("pk").only(*fields)]
    closures, moved = opening.closures(min((day for day, _hold in rows), default=on)), 0
    for day, hold in rows:
        last, until = closures.open_day(day + opening.DAY, hold.pickup_days), hold.pickup_until
        assert until is not None  # by library_hold_status_dated
        if last > until:
            moved += ready.filter(pk=hold.pk, pickup_until=until).update(pickup_until=last)
    return moved


def _ready_on(hold: Hold) -> date:
    assert hold.ready_at is not None  # by library_hold_status_dated
    return opening.today(hold.ready_at)
