"""Free times laid out as people look at them: by the week and by the month, on their own clock."""

from __future__ import annotations

from calendar import Calendar
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from madang.reservation import slots
from madang.reservation.models import Doctor, Reservation, Service

MONDAY_FIRST = Calendar(firstweekday=0)


@dataclass(frozen=True)
class Day:
    """One day and its times on the reader's clock."""

    on: date
    times: list[slots.Slot]
    is_today: bool

    @property
    def free(self) -> list[slots.Slot]:
        """The times that can be booked now."""
        return [slot for slot in self.times if slot.is_free]

    @property
    def shown(self) -> list[slots.Slot]:
        """Free times, and those that others hold; what is past is left out."""
        return [slot for slot in self.times if slot.status != "busy-unavailable"]


@dataclass(frozen=True)
class Cell:
    """A day in a month: how many times are free, and whether it belongs to the month."""

    on: date
    free: int
    is_inside: bool
    is_today: bool


def week(
    *,
    doctors: Iterable[Doctor],
    service: Service,
    first: date,
    at: datetime,
    apart_from: Reservation | None = None,
) -> list[Day]:
    """Seven days from `first`, with every time of the grid."""
    found = _around(doctors, service, first, first + timedelta(days=7), at, apart_from)
    today = timezone.localdate(at)
    days = [first + timedelta(days=n) for n in range(7)]
    return [
        Day(on, [slot for slot in found if timezone.localdate(slot.start) == on], on == today)
        for on in days
    ]


def month(
    *,
    doctors: Iterable[Doctor],
    service: Service,
    first: date,
    at: datetime,
    apart_from: Reservation | None = None,
) -> list[list[Cell]]:
    """The month of `first` in whole weeks, with the number of free times of each day."""
    grid = MONDAY_FIRST.monthdatescalendar(first.year, first.month)
    last = grid[-1][-1] + timedelta(days=1)
    found = _around(doctors, service, grid[0][0], last, at, apart_from)
    free = Counter(timezone.localdate(slot.start) for slot in found if slot.is_free)
    today = timezone.localdate(at)
    return [
        [Cell(on, free[on], on.month == first.month, on == today) for on in row] for row in grid
    ]


def _around(
    doctors: Iterable[Doctor],
    service: Service,
    first: date,
    until: date,
    at: datetime,
    apart_from: Reservation | None,
) -> list[slots.Slot]:
    """With a day more at both ends, since the reader's days are not the schedule's."""
    return slots.slots(
        doctors=doctors,
        services=[service],
        first=first - timedelta(days=1),
        until=until + timedelta(days=1),
        at=at,
        apart_from=apart_from,
    )
