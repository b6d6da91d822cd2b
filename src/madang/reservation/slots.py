"""Free and busy times, computed from hours and reservations whenever somebody asks.

Nothing is stored, so nothing can be stale; a month costs three queries. Decision record 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from madang.reservation.busy import Busy, busy
from madang.reservation.grid import Hours, hours
from madang.reservation.models import Doctor, Reservation, Service

Status = Literal["free", "busy", "busy-unavailable"]
NEAR = (timedelta(days=1), timedelta(days=7), timedelta(days=14))
"""How far around a lost time the nearest free ones are looked for, one after the other."""


class Slot(NamedTuple):
    """A time on a schedule's grid (FHIR R4 Slot).

    `busy-unavailable` is a time that nobody holds and nobody can book: past, too soon, too far.
    """

    start: datetime
    end: datetime
    status: Status
    doctor_id: int
    service_id: int

    @property
    def is_free(self) -> bool:
        """Whether it can be booked now."""
        return self.status == "free"


def slots(
    *,
    doctors: Iterable[Doctor],
    services: Iterable[Service],
    first: date,
    until: date,
    at: datetime,
    apart_from: Reservation | None = None,
) -> list[Slot]:
    """The times of `services` with `doctors` on the days from `first` to before `until`.

    Days are those of each schedule's own zone. Soonest first; three queries whatever the length.
    What is closed, or a public holiday, is not among them; extra hours are.
    What `apart_from` takes up counts as free, for it is to be moved.
    """
    found = hours(doctors=doctors, services=services, first=first, until=until)
    grid = {
        (start, end, each.schedule.doctor_id, each.schedule.service_id)
        for each in found
        for start, end in each.times(first, until)
    }
    return _judged(grid, found, first, until, at, apart_from)


def nearest(
    *, doctors: Iterable[Doctor], service: Service, wanted: datetime, at: datetime, count: int = 3
) -> list[Slot]:
    """The `count` free times nearest to `wanted`, in the order of the clock.

    Looked for within a day of it, then a week, then two; fewer where there are not so many.
    """
    free: list[Slot] = []
    for reach in NEAR:
        first = max(wanted - reach, at - timedelta(days=1)).date()
        until = (wanted + reach).date() + timedelta(days=1)
        found = slots(doctors=doctors, services=[service], first=first, until=until, at=at)
        free = [slot for slot in found if slot.is_free and slot.start != wanted]
        if len([slot for slot in free if abs(slot.start - wanted) <= reach]) >= count:
            break
    return sorted(sorted(free, key=lambda slot: (abs(slot.start - wanted), slot))[:count])


def find(
    *,
    doctor: Doctor,
    service: Service,
    start: datetime,
    at: datetime,
    apart_from: Reservation | None = None,
) -> Slot | None:
    """The time of the grid that begins at `start`, or None where there is none."""
    first, until = _around(start)
    found = hours(doctors=[doctor], services=[service], first=first, until=until)
    return next(iter(_judged(_beginning(found, start), found, first, until, at, apart_from)), None)


def is_bookable(*, doctor: Doctor, service: Service, start: datetime, at: datetime) -> bool | None:
    """Whether the time that begins at `start` can be booked at `at`, whoever may hold it.

    None where the grid has no such time. For verbs: who holds it, the constraint knows better.
    """
    first, until = _around(start)
    found = hours(doctors=[doctor], services=[service], first=first, until=until)
    if not _beginning(found, start):
        return None
    rule = _Rules(service, at)
    return rule.earliest <= start <= rule.latest


def _around(start: datetime) -> tuple[date, date]:
    """The days on which a schedule of any zone can offer the moment."""
    first = start.astimezone(UTC).date() - timedelta(days=1)
    return first, first + timedelta(days=3)


def _beginning(found: Iterable[Hours], start: datetime) -> set[tuple[datetime, datetime, int, int]]:
    """The times of the grid that begin at `start`."""
    grid = set()
    for each in found:
        day = start.astimezone(ZoneInfo(each.schedule.time_zone)).date()
        for begins, ends in each.times(day, day + timedelta(days=1)):
            if begins == start:
                grid.add((begins, ends, each.schedule.doctor_id, each.schedule.service_id))
    return grid


class _Rules:
    """What a service says of each of its times, worked out once."""

    def __init__(self, service: Service, at: datetime) -> None:
        self.before = timedelta(minutes=service.buffer_before)
        self.after = timedelta(minutes=service.buffer_after)
        self.earliest = at + timedelta(minutes=service.notice_minutes)
        self.latest = at + timedelta(days=service.horizon_days)

    def status(self, start: datetime, end: datetime, taken: Busy) -> Status:
        """What a time of the service is, where the doctor is `taken` so."""
        if taken.meets(start - self.before, end + self.after):
            return "busy"
        return "free" if self.earliest <= start <= self.latest else "busy-unavailable"


def _judged(
    grid: set[tuple[datetime, datetime, int, int]],
    hours_found: Iterable[Hours],
    first: date,
    until: date,
    at: datetime,
    apart_from: Reservation | None,
) -> list[Slot]:
    """The times of the grid, soonest first, each with what can be done with it."""
    doctors = {doctor_id for _start, _end, doctor_id, _service_id in grid}
    if not doctors:
        return []
    taken = busy(doctors=doctors, first=first, until=until, at=at, apart_from=apart_from)
    rules = {each.schedule.service_id: _Rules(each.schedule.service, at) for each in hours_found}
    return [
        Slot(
            start,
            end,
            rules[service_id].status(start, end, taken.get(doctor_id, _NOTHING)),
            doctor_id,
            service_id,
        )
        for start, end, doctor_id, service_id in sorted(grid)
    ]


_NOTHING = Busy()
