"""From hours on the wall to moments in time, through every change of clocks.

A wall clock can skip times (spring), show times twice (autumn), and a zone can skip a whole day.
Here a moment is open when the wall clock shows an open hour at it, nothing more and nothing less.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import TypeVar
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
"""A stretch of time in UTC, the end not included."""
Moment = TypeVar("Moment", datetime, int)
"""A moment as such, or as a whole number that grows with time."""
Stretch = tuple[datetime, datetime, timedelta]
"""A span in which clocks are the same way from UTC."""

DAYS_KNOWN = 4096
"""How many days' changes of clocks are remembered; a day of a zone never changes."""
GRIDS_KNOWN = 1024
"""How many days' times are remembered, of about a hundred bytes each time."""
PROBE = timedelta(hours=1)
"""No zone has changed its clocks twice within so short a time."""


def moments(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """The moments (UTC) at which a clock in `zone` shows the naive `wall`: none, one or two."""
    found = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(
        moment for moment in found if moment.astimezone(zone).replace(tzinfo=None) == wall
    )


@lru_cache(maxsize=GRIDS_KNOWN)
def offered(
    day: date, *, opens: int, closes: int, step: int, length: int, zone: ZoneInfo
) -> tuple[Span, ...]:
    """The times of `length` minutes that fit into the hours of `day`, soonest first.

    `opens` and `closes` are minutes after midnight on the wall of `zone`; starts lie on the grid
    `opens + n * step` of the wall clock. A skipped time is not offered, both passes of a repeated
    one are, and none reaches into a closed hour.
    """
    midnight = datetime.combine(day, time())
    lasting = timedelta(minutes=length)
    walls = [midnight + timedelta(minutes=at) for at in range(opens, closes, step)]
    segments = _segments(midnight, zone)
    if len(segments) == 1:
        offset = segments[0][2]
        ends = midnight + timedelta(minutes=closes)
        return tuple(
            ((wall - offset).replace(tzinfo=UTC), (wall - offset + lasting).replace(tzinfo=UTC))
            for wall in walls
            if wall + lasting <= ends
        )
    spans = _open_spans(midnight, opens, closes, segments)
    starts = sorted(moment for wall in walls for moment in moments(wall, zone))
    return tuple(
        (start, start + lasting)
        for start in starts
        if any(begin <= start and start + lasting <= end for begin, end in spans)
    )


def open_spans(day: date, *, opens: int, closes: int, zone: ZoneInfo) -> list[Span]:
    """The stretches of `day` at which a clock on the wall of `zone` shows `opens` to `closes`.

    Minutes after midnight. Soonest first: one on most days, none where clocks skip the hours, two
    or more where they show them again.
    """
    midnight = datetime.combine(day, time())
    return _open_spans(midnight, opens, closes, _segments(midnight, zone))


def joined(spans: Iterable[tuple[Moment, Moment]]) -> list[tuple[Moment, Moment]]:
    """The same time in as few spans as possible, soonest first."""
    found: list[tuple[Moment, Moment]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def meets(spans: Sequence[Span], start: datetime, end: datetime) -> bool:
    """Whether any of `spans`, joined and in order, overlaps [start, end)."""
    index = bisect_right(spans, start, key=itemgetter(1))
    return index < len(spans) and spans[index][0] < end


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What is left of `spans` when the time of `holes` is taken out; joined, soonest first."""
    found: list[Span] = []
    out = joined(holes)
    for start, end in joined(spans):
        begin = start
        for hole_start, hole_end in out:
            if hole_end <= begin or end <= hole_start:
                continue
            if begin < hole_start:
                found.append((begin, hole_start))
            begin = hole_end
        if begin < end:
            found.append((begin, end))
    return found


def cut(spans: Iterable[Span], whole: Span) -> list[Span]:
    """What of `spans` lies in `whole`, in their order."""
    found = [(max(start, whole[0]), min(end, whole[1])) for start, end in spans]
    return [(start, end) for start, end in found if start < end]


def shared(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """The time that is in `spans` and in `others`; joined, soonest first."""
    mine = joined(spans)
    return without(mine, without(mine, others))


@lru_cache(maxsize=DAYS_KNOWN)
def _segments(midnight: datetime, zone: ZoneInfo) -> tuple[Stretch, ...]:
    """The stretches of constant offset around the day that begins at the naive `midnight`."""
    start = (midnight - timedelta(hours=27)).replace(tzinfo=UTC)
    end = (midnight + timedelta(hours=51)).replace(tzinfo=UTC)
    found = []
    begin, offset = start, _offset(start, zone)
    moment = start
    while moment < end:
        later = moment + PROBE
        new = _offset(later, zone)
        if new != offset:
            change = _change(moment, later, zone)
            found.append((begin, change, offset))
            begin, offset = change, new
        moment = later
    return (*found, (begin, end, offset))


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which clocks changed between the two moments."""
    old = _offset(before, zone)
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _open_spans(
    midnight: datetime,
    opens: int,
    closes: int,
    segments: tuple[Stretch, ...],
) -> list[Span]:
    """The stretches during which the wall clock shows an open hour, joined where they meet."""
    spans: list[Span] = []
    for begin, end, offset in segments:
        first = (midnight + timedelta(minutes=opens) - offset).replace(tzinfo=UTC)
        last = (midnight + timedelta(minutes=closes) - offset).replace(tzinfo=UTC)
        first, last = max(begin, first), min(end, last)
        if first >= last:
            continue
        if spans and spans[-1][1] == first:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans
