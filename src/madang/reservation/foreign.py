"""When somebody is busy, as the file of another calendar says (RFC 5545); pure, and bounded.

Only times come out of it: no title, no place, no guest. A UID, which may hold an address, comes
out as a digest. Zones are looked up by name; what a VTIMEZONE says is not followed, for it could
make the reader count to the end of the world.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from icalendar.parser import Contentline, Contentlines, Parameters
from icalendar.prop import vDuration
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from madang.lib.clock import Span
from madang.reservation.recurrence import BadRule, Budget, TooMuch, occurrences, parse

BYTES: Final = 1024 * 1024
MOST: Final = 5000
"""So many entries and so many busy times are read of one file."""
DAYS: Final = 250_000
"""So many days are looked at for all that recurs in one file."""
BEHIND: Final = timedelta(days=1)
AHEAD: Final = timedelta(days=400)
"""Around the moment of reading; what lies outside is left out."""
DAY: Final = "%Y%m%d"
MOMENT: Final = "%Y%m%dT%H%M%S"
YEARS: Final = range(1970, 2200)
KEPT: Final = frozenset(
    {
        "UID",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "STATUS",
        "TRANSP",
        "X-MICROSOFT-CDO-BUSYSTATUS",
    }
)


class NoCalendar(Exception):
    """The file is no calendar."""


class TooLarge(Exception):
    """The file has too many entries or busy times, or reading it would take too long."""


class _Unread(Exception):
    """The entry cannot be read."""


@dataclass
class Reading:
    """Busy times by the digest of their UID; how many entries could not be read, and of which."""

    spans: dict[str, list[Span]] = field(default_factory=dict)
    unread: int = 0
    unread_digests: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Moment:
    """A time on a wall in a zone, or a whole day."""

    day: date
    clock: time
    zone: ZoneInfo
    is_day: bool

    def on(self, day: date) -> datetime:
        """The moment at which the same wall shows the same time on `day`."""
        return datetime.combine(day, self.clock, self.zone).astimezone(UTC)

    @property
    def at(self) -> datetime:
        """The moment itself."""
        return self.on(self.day)


Lines = dict[str, list[tuple[Parameters, str]]]


def read(content: bytes, *, zone: ZoneInfo, host: str, at: datetime) -> Reading:
    """What the file says from a day before `at` to 400 days after it.

    Times without a zone, and whole days, are those of `zone`. What this site (`host`) wrote itself
    is left out. Raises `NoCalendar` or `TooLarge`.
    """
    if len(content) > BYTES:
        raise TooLarge
    entries = _entries(content)
    reader = _Reader(zone, (at - BEHIND, at + AHEAD))
    reading, series = Reading(), dict[str, list[Lines]]()
    for entry in entries:
        uid = entry.get("UID", [(Parameters(), "")])[0][1].strip()
        if not uid:
            reading.unread += 1
        elif not uid.endswith(f"@{host}"):
            series.setdefault(hashlib.sha256(uid.encode()).hexdigest(), []).append(entry)
    try:
        for digest, rows in series.items():
            try:
                reading.spans[digest] = sorted(set(reader.spans(rows)))
            except (_Unread, BadRule):
                reading.unread += len(rows)
                reading.unread_digests.add(digest)
    except TooMuch:
        raise TooLarge from None
    if sum(map(len, reading.spans.values())) > MOST:
        raise TooLarge
    return reading


def _entries(content: bytes) -> list[Lines]:
    """The lines that matter of each VEVENT, parts inside it left out."""
    try:
        text = content.decode("utf-8-sig")
        lines = Contentlines.from_ical(text)  # type: ignore[no-untyped-call] # the library's
    except ValueError:
        raise NoCalendar from None
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        raise NoCalendar
    found: list[Lines] = []
    path: list[str] = []
    for line in lines:
        name = line.partition(":")[0].partition(";")[0].upper()
        if name == "BEGIN":
            path.append(line.partition(":")[2].strip().upper())
            if path[1:] == ["VEVENT"]:
                found.append({})
        elif name == "END":
            path = path[:-1]
        elif path[1:] == ["VEVENT"] and name in KEPT:
            found[-1].setdefault(name, []).append(_parts(line))
        if len(found) > MOST or len(path) > 9:
            raise TooLarge
    return found


def _parts(line: Contentline) -> tuple[Parameters, str]:
    try:
        _name, parameters, value = line.raw_parts()
    except ValueError:
        return Parameters(), ""
    return parameters, value


class _Reader:
    """Reads the entries of one UID after the other, on one budget."""

    def __init__(self, zone: ZoneInfo, window: Span) -> None:
        self.zone = zone
        self.window = window
        self.budget = Budget(DAYS)

    def spans(self, rows: list[Lines]) -> Iterator[Span]:
        """When the series is busy within the window: its rule, and what differs from it."""
        others = [row for row in rows if "RECURRENCE-ID" in row]
        replaced = {moment.at for row in others for moment in self._moments(row, "RECURRENCE-ID")}
        for row in rows:
            if not _is_busy(row):
                continue
            starts = self._moments(row, "DTSTART")
            if len(starts) != 1:
                raise _Unread
            start = starts[0]
            length = self._length(row, start)
            if not timedelta() <= length <= AHEAD * 9:
                raise _Unread
            is_single = "RECURRENCE-ID" in row
            for moment in [start.at] if is_single else self._starts(row, start, length):
                if is_single or moment not in replaced:
                    yield from self._clipped(moment, self._end(start, moment, length))

    def _starts(self, row: Lines, start: _Moment, length: timedelta) -> Iterator[datetime]:
        """The beginnings that rule and dates give, without those taken out.

        None that matters is left out: what ends before the window may be.
        """
        gone = {moment.at for moment in self._moments(row, "EXDATE")}
        found = {start.at, *(moment.at for moment in self._moments(row, "RDATE"))}
        since = (self.window[0] - length).date() - timedelta(days=2)
        last = self.window[1].date() + timedelta(days=2)
        for _parameters, text in row.get("RRULE", []):
            rule, until = parse(text)
            limit = self._moment(Parameters(), until) if until else None
            for day in occurrences(rule, start.day, last, self.budget, since):
                if limit is not None and _is_after(limit, start, day):
                    break
                found.add(start.on(day))
        yield from sorted(found - gone)

    def _length(self, row: Lines, start: _Moment) -> timedelta:
        """How long it takes by the clock on the wall; a whole day where nothing is said of one."""
        ends = self._moments(row, "DTEND")
        if ends:
            end = ends[0]
            if start.is_day or end.is_day:
                return end.day - start.day
            return end.at - start.at
        for _parameters, text in row.get("DURATION", []):
            try:
                length = vDuration.from_ical(text)  # type: ignore[no-untyped-call] # the library's
            except (ValueError, OverflowError):
                raise _Unread from None
            assert isinstance(length, timedelta)
            return length
        return timedelta(days=1 if start.is_day else 0)

    @staticmethod
    def _end(start: _Moment, moment: datetime, length: timedelta) -> datetime:
        if start.is_day:
            return start.on(moment.astimezone(start.zone).date() + length)
        return moment + length

    def _clipped(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Within the window, in whole minutes, none too short."""
        low, high = max(start, self.window[0]), min(end, self.window[1])
        if low < high:
            last = high.replace(second=0, microsecond=0)
            yield (
                low.replace(second=0, microsecond=0),
                last if last == high else last + timedelta(minutes=1),
            )

    def _moments(self, row: Lines, name: str) -> list[_Moment]:
        return [
            self._moment(parameters, text)
            for parameters, value in row.get(name, [])
            for text in value.split(",")
        ]

    def _moment(self, parameters: Parameters, text: str) -> _Moment:
        text = text.strip().upper()
        zone = self._zone(str(parameters.get("TZID", "")))
        if text.endswith("Z"):
            text, zone = text[:-1], ZoneInfo("UTC")
        is_day = len(text) == 8
        try:
            found = datetime.strptime(text, DAY if is_day else MOMENT).replace(tzinfo=zone)
        except ValueError:
            raise _Unread from None
        if found.year not in YEARS:
            raise _Unread
        return _Moment(found.date(), found.time(), self.zone if is_day else zone, is_day)

    def _zone(self, name: str) -> ZoneInfo:
        """By the names that IANA, Windows and Mozilla use; an unknown one is not guessed."""
        if not name:
            return self.zone
        short = "/".join(name.split("/")[-2:])
        for known in (name, short, WINDOWS_TO_OLSON.get(name, "")):
            if known in _ZONES:
                return ZoneInfo(known)
        raise _Unread


_ZONES: Final = frozenset(available_timezones())


def _is_busy(row: Lines) -> bool:
    """Not called off, and not marked as free."""

    def said(name: str) -> str:
        return row.get(name, [(Parameters(), "")])[-1][1].strip().upper()

    return (
        said("STATUS") != "CANCELLED"
        and said("TRANSP") != "TRANSPARENT"
        and said("X-MICROSOFT-CDO-BUSYSTATUS") != "FREE"
    )


def _is_after(limit: _Moment, start: _Moment, day: date) -> bool:
    """Whether the occurrence on `day` lies after the UNTIL of its rule."""
    return day > limit.day if limit.is_day or start.is_day else start.on(day) > limit.at
