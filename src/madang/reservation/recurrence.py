"""The days on which something recurs (RFC 5545, 3.3.10), with a bound on the work.

Rules come from files that anybody may write, and one can be written that matches nothing in ten
thousand years. Here every day that is looked at is counted, and nothing is looked at after the end.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS: Final = frozenset(
    {
        "FREQ",
        "UNTIL",
        "COUNT",
        "INTERVAL",
        "WKST",
        "BYDAY",
        "BYMONTH",
        "BYMONTHDAY",
        "BYSETPOS",
    }
)
"""What is understood; hours, minutes and seconds that recur are no appointment of a doctor."""


class BadRule(Exception):
    """The rule cannot be read, or says what is not understood here."""


class TooMuch(Exception):
    """Reading it would take too long."""


class Budget:
    """How many days may still be looked at, over a whole file."""

    def __init__(self, days: int) -> None:
        self.left = days

    def spend(self, days: int) -> None:
        """Count `days`; `TooMuch` when there are no more."""
        self.left -= days
        if self.left < 0:
            raise TooMuch


@dataclass(frozen=True)
class Rule:
    """A recurrence by the day. `days` are weekdays from 0, each with its place or 0 for every."""

    frequency: str
    interval: int
    count: int
    week_start: int
    months: frozenset[int]
    month_days: frozenset[int]
    days: frozenset[tuple[int, int]]
    positions: frozenset[int]


def parse(text: str) -> tuple[Rule, str]:
    """The rule, and what its UNTIL says (empty without one). Raises `BadRule`."""
    parts: dict[str, str] = {}
    for part in text.upper().strip().strip(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals or name not in PARTS or name in parts:
            raise BadRule
        parts[name] = value
    if parts.get("FREQ") not in FREQUENCIES or ("COUNT" in parts and "UNTIL" in parts):
        raise BadRule
    start = parts.get("WKST", "MO")
    if start not in WEEKDAYS:
        raise BadRule
    rule = Rule(
        frequency=parts["FREQ"],
        interval=_number(parts.get("INTERVAL", "1"), 1, 9999),
        count=_number(parts["COUNT"], 1, 99999) if "COUNT" in parts else 0,
        week_start=WEEKDAYS.index(start),
        months=frozenset(_numbers(parts.get("BYMONTH", ""), 1, 12)),
        month_days=frozenset(_numbers(parts.get("BYMONTHDAY", ""), -31, 31)),
        days=frozenset(_weekdays(parts.get("BYDAY", ""))),
        positions=frozenset(_numbers(parts.get("BYSETPOS", ""), -366, 366)),
    )
    has_places = any(place for _day, place in rule.days)
    if has_places and rule.frequency in {"DAILY", "WEEKLY"}:
        raise BadRule
    return rule, parts.get("UNTIL", "")


def _number(text: str, least: int, most: int) -> int:
    plain = text.removeprefix("-").removeprefix("+")
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 6):
        raise BadRule
    number = int(text)
    if not least <= number <= most or number == 0:
        raise BadRule
    return number


def _numbers(text: str, least: int, most: int) -> list[int]:
    return [_number(each, least, most) for each in text.split(",")] if text else []


def _weekdays(text: str) -> Iterator[tuple[int, int]]:
    for each in text.split(",") if text else ():
        if each[-2:] not in WEEKDAYS:
            raise BadRule
        yield WEEKDAYS.index(each[-2:]), _number(each[:-2], -53, 53) if each[:-2] else 0


def occurrences(
    rule: Rule, first: date, until: date, budget: Budget, since: date = date.min
) -> Iterator[date]:
    """The days from `first`, which is always one of them, to before `until`, in their order.

    Those before `since`, the first apart, may be left out.
    """
    if first >= until:
        return
    yield first
    given = 1
    for days in _periods(rule, first, until, since):
        budget.spend(len(days))
        matching = [day for day in days if _matches(rule, first, day)]
        if rule.positions:
            places = enumerate(matching)
            size = len(matching)
            matching = [day for n, day in places if rule.positions & {n + 1, n - size}]
        for day in matching:
            if day <= first:
                continue
            if day >= until or given == rule.count:
                return
            given += 1
            yield day


def _periods(rule: Rule, first: date, until: date, since: date) -> Iterator[list[date]]:
    """The days of each year, month or week that the rule looks at, or the day."""
    start: date | None = _skipped(
        rule,
        {
            "DAILY": first,
            "WEEKLY": first - timedelta(days=(first.weekday() - rule.week_start) % 7),
            "MONTHLY": first.replace(day=1),
            "YEARLY": first.replace(month=1, day=1),
        }[rule.frequency],
        since,
    )
    while start is not None and start < until:
        length, following = _step(rule, start)
        yield [start + timedelta(days=n) for n in range(length)]
        start = following


def _skipped(rule: Rule, start: date, since: date) -> date:
    """Where the last period begins that can be begun with, for nothing before `since` matters."""
    if rule.count or since <= start:
        return start  # whoever counts has to begin at the beginning
    if rule.frequency in {"DAILY", "WEEKLY"}:
        step = rule.interval * (1 if rule.frequency == "DAILY" else 7)
        return start + timedelta(days=(since - start).days // step * step)
    if rule.frequency == "MONTHLY":
        months = (since.year - start.year) * 12 + since.month - start.month
        months = start.month - 1 + months // rule.interval * rule.interval
        return date(start.year + months // 12, months % 12 + 1, 1)
    years = (since.year - start.year) // rule.interval * rule.interval
    return date(start.year + years, 1, 1)


def _step(rule: Rule, start: date) -> tuple[int, date | None]:
    """How many days the period that begins at `start` has, and where the next begins."""
    if rule.frequency in {"DAILY", "WEEKLY"}:
        length = 1 if rule.frequency == "DAILY" else 7
        return length, _later(start, length * rule.interval)
    if rule.frequency == "MONTHLY":
        months = start.month - 1 + rule.interval
        year, month = start.year + months // 12, months % 12 + 1
        length = monthrange(start.year, start.month)[1]
    else:
        year, month = start.year + rule.interval, 1
        length = (date(start.year, 12, 31) - start).days + 1
    return length, date(year, month, 1) if year <= date.max.year else None


def _later(start: date, days: int) -> date | None:
    return start + timedelta(days=days) if days < (date.max - start).days else None


def _matches(rule: Rule, first: date, day: date) -> bool:
    """Whether the rule's parts, and where it has none those of `first`, allow the day."""
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days and not rule.month_days & {day.day, day.day - _length(day) - 1}:
        return False
    if rule.days:
        weekday = day.weekday()
        return any((weekday, place) in rule.days for place in (0, *_places(rule, day)))
    return bool(rule.month_days) or _DEFAULTS[rule.frequency](rule, first, day)


def _yearly(rule: Rule, first: date, day: date) -> bool:
    return day.day == first.day and bool(rule.months or day.month == first.month)


_DEFAULTS: Final[dict[str, Callable[[Rule, date, date], bool]]] = {
    "DAILY": lambda _rule, _first, _day: True,
    "WEEKLY": lambda _rule, first, day: day.weekday() == first.weekday(),
    "MONTHLY": lambda _rule, first, day: day.day == first.day,
    "YEARLY": _yearly,
}


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _places(rule: Rule, day: date) -> tuple[int, int]:
    """The how-manieth such weekday it is, from the front and from the back.

    Of the month; of the year where a yearly rule names no months.
    """
    if rule.frequency == "YEARLY" and not rule.months:
        number, length = day.timetuple().tm_yday, 366 if monthrange(day.year, 2)[1] == 29 else 365
    else:
        number, length = day.day, _length(day)
    return (number - 1) // 7 + 1, -((length - number) // 7 + 1)
