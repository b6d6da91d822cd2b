"""A doctor's week as a calendar: columns of days, hours down the side, on the reader's clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from madang.lib import clock
from madang.lib.clock import Span, joined
from madang.people.access import member_of, role_required
from madang.reservation import day, elsewhere, forms, grid
from madang.reservation.models import Doctor, GroupSession, Reservation, ScheduleException

HOUR = 60
USUAL = (9, 18)
"""The hours that are shown where nothing happens earlier or later."""
LANES = 4
"""So many meetings at once stand side by side; more than that lie on one another."""


@dataclass(frozen=True)
class Piece:
    """Something in a column: from which minute of the day to which, and in which lane of how many.

    A meeting, a session, something closed, a time of another calendar, an open stretch, or the
    moment that is now.
    """

    first: int
    last: int
    start: datetime
    end: datetime
    reservation: Reservation | None = None
    exception: ScheduleException | None = None
    session: GroupSession | None = None
    is_elsewhere: bool = False
    lane: int = 0
    lanes: int = 1
    begins: int = 0

    @property
    def place(self) -> str:
        """Where it stands, as a class of the style sheet."""
        hours, minutes = divmod(self.first - self.begins, HOUR)
        return f"h{hours} m{minutes}"

    @property
    def size(self) -> str:
        """How long it is and how wide, as classes of the style sheet."""
        hours, minutes = divmod(self.last - self.first, HOUR)
        return f"h{hours} m{minutes} lane{self.lane} of{self.lanes}"

    @property
    def is_meeting(self) -> bool:
        """Whether the doctor meets somebody then."""
        return self.reservation is not None or self.session is not None

    @property
    def is_short(self) -> bool:
        """Whether there is room for one line only."""
        return self.last - self.first < HOUR // 2


@dataclass
class Column:
    """A day: when the door is open, and what happens."""

    on: date
    is_today: bool
    opened: list[Piece] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    now: Piece | None = None


@dataclass(frozen=True)
class Week:
    """Seven columns, and the hours that are shown: [begins, ends)."""

    columns: list[Column]
    begins: int
    ends: int

    @property
    def hours(self) -> list[tuple[str, time]]:
        """The hours down the side: the class of each, and what the clock shows."""
        return [(f"h{n - self.begins} m0", time(n)) for n in range(self.begins, self.ends)]

    @property
    def size(self) -> str:
        """How tall it is, as a class of the style sheet."""
        return f"h{self.ends - self.begins} m0"


@role_required("doctor")
@require_safe
def page(request: HttpRequest, on: str = "") -> HttpResponse:
    """The week of a day, from Monday to Sunday. For the doctor alone."""
    doctor = Doctor.objects.filter(member=member_of(request)).first()
    if doctor is None:
        raise PermissionDenied
    at = timezone.now()
    today = timezone.localdate(at)
    try:
        wanted = forms.day(on, today)
    except ValidationError as error:
        raise BadRequest("no day") from error
    first = monday(wanted)
    context = {
        "doctor": doctor,
        "here": "week",
        "week": week(doctor=doctor, first=first, at=at),
        "first": first,
        "last": first + timedelta(days=6),
        "before": first - timedelta(days=7),
        "after": first + timedelta(days=7),
        "is_now": first == monday(today),
    }
    return render(request, "reservation/agenda.html", context)


def monday(on: date) -> date:
    """The Monday of its week (ISO 8601)."""
    return on - timedelta(days=on.weekday())


def week(*, doctor: Doctor, first: date, at: datetime) -> Week:
    """The seven days from `first`: meetings, what is closed, and when the door is open.

    Without meetings that were cancelled, and without holds that have run out. Six queries.
    """
    days = [first + timedelta(days=n) for n in range(7)]
    until = first + timedelta(days=7)
    found = grid.hours(doctors=[doctor], services=None, first=first - grid.DAY, until=until)
    spans = joined(
        span
        for each in found
        for span in each.open(first - grid.ZONES_APART, until + grid.ZONES_APART)
    )
    exceptions = {row.pk: row for each in found for row in each.exceptions}
    whole = (_midnight(first), _midnight(until))
    meetings, sessions = day.meetings(doctor, whole, at), day.sessions(doctor, whole)
    taken = elsewhere.within(doctor=doctor, span=whole)
    today = timezone.localdate(at)
    columns = []
    for on in days:
        span = (_midnight(on), _midnight(on + timedelta(days=1)))
        mine = [
            replace(_piece(on, row.appointed_time, row.ends_at), reservation=row)
            for row in meetings
            if span[0] <= row.appointed_time < span[1]
        ]
        mine += [
            replace(_piece(on, row.starts_at, row.ends_at), session=row)
            for row in sessions
            if span[0] <= row.starts_at < span[1]
        ]
        column = Column(on, on == today)
        column.opened = [_piece(on, begin, end) for begin, end in clock.cut(spans, span)]
        closed = day.closed(exceptions.values(), span)
        column.pieces = _pieces(on, closed, clock.cut(taken, span), mine)
        column.now = _piece(on, at, at) if column.is_today else None
        columns.append(column)
    return _shown(columns)


def _pieces(
    on: date, closed: Iterable[day.Line], taken: Iterable[Span], mine: list[Piece]
) -> list[Piece]:
    """What happens on a day; `mine`, meetings and sessions, above the rest."""
    shut = [replace(_piece(on, line.start, line.end), exception=line.exception) for line in closed]
    busy = [replace(_piece(on, begin, end), is_elsewhere=True) for begin, end in taken]
    return sorted(
        [*shut, *busy, *_side_by_side(mine)],
        key=lambda piece: (piece.first, piece.is_meeting),
    )


def _midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))


def _piece(on: date, start: datetime, end: datetime) -> Piece:
    """Where it is on the wall of the day; its length is the real one, cut at midnight."""
    wall = timezone.localtime(start)
    first = wall.hour * HOUR + wall.minute if wall.date() == on else 0
    length = round((end - start).total_seconds() / 60)
    return Piece(first, min(first + length, 24 * HOUR), start, end)


def _side_by_side(pieces: list[Piece]) -> list[Piece]:
    """Each in a lane of its own where they overlap; those that do not have the whole width."""
    found: list[Piece] = []
    cluster: list[Piece] = []
    end = 0
    for piece in sorted(pieces, key=lambda piece: (piece.first, piece.last)):
        if cluster and piece.first >= end:
            found.extend(_spread(cluster))
            cluster = []
        cluster.append(piece)
        end = max(end, piece.last)
    return [*found, *_spread(cluster)]


def _spread(cluster: list[Piece]) -> list[Piece]:
    ends: list[int] = []
    lanes = []
    for piece in cluster:
        lane = next((n for n, end in enumerate(ends) if end <= piece.first), len(ends))
        if lane == len(ends):
            ends.append(0)
        ends[lane] = piece.last
        lanes.append(lane)
    count = min(len(ends), LANES)
    return [
        replace(piece, lane=min(lane, LANES - 1), lanes=count)
        for piece, lane in zip(cluster, lanes, strict=True)
    ]


def _shown(columns: list[Column]) -> Week:
    """Everything within the hours that are worth showing; what is closed is cut to them."""
    seen = [piece for column in columns for piece in column.opened]
    seen += [piece for column in columns for piece in column.pieces if piece.is_meeting]
    begins = min([USUAL[0], *(piece.first // HOUR for piece in seen)])
    ends = max([USUAL[1], *(-(-piece.last // HOUR) for piece in seen)])

    def cut(piece: Piece) -> Piece:
        first = max(piece.first, begins * HOUR)
        return replace(piece, first=first, last=min(piece.last, ends * HOUR), begins=begins * HOUR)

    for column in columns:
        column.opened = [cut(piece) for piece in column.opened]
        pieces = [cut(piece) for piece in column.pieces]
        column.pieces = [piece for piece in pieces if piece.first < piece.last]
        if column.now is not None:
            is_shown = begins * HOUR <= column.now.first < ends * HOUR
            column.now = cut(column.now) if is_shown else None
    return Week(columns, begins, ends)
