"""Everybody's day: for each doctor who comes, what is free, and what can be overbooked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone

from madang.reservation import slots
from madang.reservation.models import Doctor, GroupSession, Reservation, Service

UNIT: Final = timedelta(minutes=5)
"""What the drawing of a day is measured in."""
SHOWN: Final = ("pending", "booked", "arrived", "checked-in", "fulfilled", "noshow")
"""The statuses of meetings that stand on the board."""


@dataclass
class Cell:
    """A stretch of a doctor's day: meetings and sessions, free times, or neither.

    `free` can be booked; `taken` are times of the grid that somebody else has, or that fall into
    a buffer, and that staff can overbook. `size` is the height in the drawing, in minutes.
    """

    start: datetime
    end: datetime
    meetings: list[Reservation] = field(default_factory=list)
    sessions: list[GroupSession] = field(default_factory=list)
    free: list[slots.Slot] = field(default_factory=list)
    taken: list[slots.Slot] = field(default_factory=list)
    size: int = 0

    @property
    def kind(self) -> str:
        """What it is first of all: `meeting`, `free`, `taken` or `closed`."""
        if self.meetings or self.sessions:
            return "meeting"
        return "free" if self.free else ("taken" if self.taken else "closed")

    @property
    def height(self) -> str:
        """The size as the style sheet's classes say it: h1 m30."""
        hours, minutes = divmod(self.size, 60)
        return " ".join([f"h{hours}"] * bool(hours) + [f"m{minutes}"] * bool(minutes))


@dataclass(frozen=True)
class Column:
    """A doctor and the day, in the order of the clock."""

    doctor: Doctor
    cells: list[Cell]

    @property
    def free(self) -> int:
        """How many stretches have a time to book."""
        return sum(bool(cell.free) for cell in self.cells)

    @property
    def meetings(self) -> int:
        """How many meetings and sessions there are."""
        return sum(len(cell.meetings) + len(cell.sessions) for cell in self.cells)


def board(
    *, doctors: Iterable[Doctor], services: Iterable[Service], on: date, at: datetime
) -> list[Column]:
    """The day `on` of the reader's clock, a column for each of `doctors`; five queries.

    All columns begin at the same full hour and are drawn to the same measure.
    """
    doctors = list(doctors)
    first = timezone.make_aware(datetime.combine(on, time()))
    last = timezone.make_aware(datetime.combine(on + timedelta(days=1), time()))
    meetings = _meetings(doctors, first, last, at)
    sessions = _sessions(doctors, first, last)
    found = slots.slots(
        doctors=doctors,
        services=services,
        first=on - timedelta(days=1),
        until=on + timedelta(days=2),
        at=at,
    )
    grid: dict[int, list[slots.Slot]] = {}
    for slot in found:
        if first <= slot.start < last and slot.start >= at:
            grid.setdefault(slot.doctor_id, []).append(slot)
    cells = {
        doctor.pk: _cells(
            meetings.get(doctor.pk, []), sessions.get(doctor.pk, []), grid.get(doctor.pk, [])
        )
        for doctor in doctors
    }
    begins = _beginning(cells)
    return [Column(doctor, _drawn(cells[doctor.pk], begins)) for doctor in doctors]


def _meetings(
    doctors: list[Doctor], first: datetime, last: datetime, at: datetime
) -> dict[int, list[Reservation]]:
    rows = (
        Reservation.objects.unexpired(at=at)
        .filter(doctor__in=doctors, status__in=SHOWN, session__isnull=True)
        .filter(appointed_time__gte=first, appointed_time__lt=last)
        .with_people()
        .order_by("appointed_time", "id")
    )
    found: dict[int, list[Reservation]] = {}
    for row in rows:
        found.setdefault(row.doctor_id, []).append(row)
    return found


def _sessions(
    doctors: list[Doctor], first: datetime, last: datetime
) -> dict[int, list[GroupSession]]:
    found: dict[int, list[GroupSession]] = {}
    for row in GroupSession.objects.filter(doctor__in=doctors).within(first, last).with_people():
        found.setdefault(row.doctor_id, []).append(row)
    return found


def _cells(
    meetings: list[Reservation], sessions: list[GroupSession], grid: list[slots.Slot]
) -> list[Cell]:
    """Meetings and times, cut where the next begins; a taken time goes to the meeting over it."""
    cells: dict[datetime, Cell] = {}
    for session in sessions:
        cell = cells.setdefault(session.starts_at, Cell(session.starts_at, session.ends_at))
        cell.sessions.append(session)
        cell.end = max(cell.end, session.ends_at)
    for row in meetings:
        cell = cells.setdefault(row.appointed_time, Cell(row.appointed_time, row.ends_at))
        cell.meetings.append(row)
        cell.end = max(cell.end, row.ends_at)
    over = [
        (row.appointed_time, row.ends_at) for row in meetings if row.status in Reservation.OCCUPYING
    ] + [(row.starts_at, row.ends_at) for row in sessions]
    for slot in grid:
        start = slot.start
        if slot.status == "busy":
            starts = [begin for begin, end in over if begin <= start < end]
            start = max(starts, default=start)
        cell = cells.setdefault(start, Cell(start, slot.end))
        (cell.taken if slot.status == "busy" else cell.free).append(slot)
    return [cells[start] for start in sorted(cells)]


def _beginning(cells: Mapping[int, list[Cell]]) -> datetime | None:
    starts = [each[0].start for each in cells.values() if each]
    if not starts:
        return None
    return timezone.localtime(min(starts)).replace(minute=0, second=0, microsecond=0)


def _drawn(cells: list[Cell], begins: datetime | None) -> list[Cell]:
    """With the pauses between as cells of their own, each with its height."""
    found: list[Cell] = []
    if begins is None:
        return found
    drawn, now = 0, begins
    for n, cell in enumerate(cells):
        if n + 1 < len(cells):
            cell.end = min(cell.end, cells[n + 1].start)
        pause = Cell(now, cell.start)
        for each in (pause, cell):
            units = max((each.end - begins) // UNIT - drawn, 0 if each is pause else 1)
            each.size = units * (UNIT // timedelta(minutes=1))
            drawn += units
            if units:
                found.append(each)
        now = cell.end
    return found
