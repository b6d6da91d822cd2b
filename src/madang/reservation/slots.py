"""Free and busy times, computed from hours and reservations whenever somebody asks.

Nothing is stored, so nothing can be stale; a month costs three queries. Decision record 3.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from madang.lib.clock import Span
from madang.reservation.grid import Hours, hours
from madang.reservation.models import Doctor, Reservation, Service

Status = Literal["free", "busy", "busy-unavailable"]
NEAR = (timedelta(days=1), timedelta(days=7), timedelta(days=14))
"""How far around a lost time the nearest free ones are looked for, one after the other."""


@dataclass(frozen=True, order=True)
class Slot:
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
    first = start.astimezone(UTC).date() - timedelta(days=1)
    until = first + timedelta(days=3)
    found = hours(doctors=[doctor], services=[service], first=first, until=until)
    grid = set()
    for each in found:
        day = start.astimezone(ZoneInfo(each.schedule.time_zone)).date()
        for begins, ends in each.times(day, day + timedelta(days=1)):
            if begins == start:
                grid.add((begins, ends, doctor.pk, service.pk))
    return next(iter(_judged(grid, found, first, until, at, apart_from)), None)


class _Rules:
    """What a service says of each of its times, worked out once."""

    def __init__(self, service: Service, at: datetime) -> None:
        self.before = timedelta(minutes=service.buffer_before)
        self.after = timedelta(minutes=service.buffer_after)
        self.earliest = at + timedelta(minutes=service.notice_minutes)
        self.latest = at + timedelta(days=service.horizon_days)


def _judged(
    grid: set[tuple[datetime, datetime, int, int]],
    found: Iterable[Hours],
    first: date,
    until: date,
    at: datetime,
    apart_from: Reservation | None,
) -> list[Slot]:
    """The times of the grid, soonest first, each with what can be done with it."""
    doctors = {doctor_id for _start, _end, doctor_id, _service_id in grid}
    busy = _busy(doctors, first, until, at, apart_from)
    rules = {each.schedule.service_id: _Rules(each.schedule.service, at) for each in found}

    def status(start: datetime, end: datetime, doctor_id: int, service_id: int) -> Status:
        rule = rules[service_id]
        if busy.get(doctor_id, _NOTHING).meets(start - rule.before, end + rule.after):
            return "busy"
        return "free" if rule.earliest <= start <= rule.latest else "busy-unavailable"

    return [
        Slot(start, end, status(start, end, doctor_id, service_id), doctor_id, service_id)
        for start, end, doctor_id, service_id in sorted(grid)
    ]


class _Busy:
    """The times a doctor is taken, apart from one another by the doctor's own constraint."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._ends: list[datetime] | None = None

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether any of them overlaps [start, end)."""
        if self._ends is None:
            self.spans.sort()
            self._ends = [span[1] for span in self.spans]
        index = bisect_left(self._ends, start)
        if index < len(self.spans) and self._ends[index] == start:
            index += 1
        return index < len(self.spans) and self.spans[index][0] < end


_NOTHING = _Busy()


def _busy(
    doctors: set[int], first: date, until: date, at: datetime, apart_from: Reservation | None
) -> dict[int, _Busy]:
    reach = timedelta(days=4)  # zones, and the longest meeting with its buffers
    rows = (
        Reservation.objects.unexpired(at=at)
        .filter(
            doctor__in=doctors,
            status__in=Reservation.OCCUPYING,
            overbook_reason="",
            appointed_time__gt=datetime.combine(first, time(), UTC) - reach,
            appointed_time__lt=datetime.combine(until, time(), UTC) + reach,
        )
        .values_list("doctor_id", "appointed_time", "minutes", "buffer_before", "buffer_after")
    )
    if apart_from is not None:
        rows = rows.exclude(pk=apart_from.pk)
    found: dict[int, _Busy] = {}
    if not doctors:
        return found
    for doctor, start, minutes, before, after in rows.order_by():
        spans = found.setdefault(doctor, _Busy()).spans
        span = (start - timedelta(minutes=before), start + timedelta(minutes=minutes + after))
        spans.append(span)
    return found
