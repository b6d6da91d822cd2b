"""What a search asks for (FHIR R4, 3.1.1): names, values, prefixes, pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from madang.reservation.fhir import answers
from madang.reservation.fhir.answers import Problem

PAGE: Final = 50
MOST: Final = 100
"""So many matches on a page without `_count`, and at most."""
YEARS: Final = range(1900, 9001)
AFTER: Final = "_after"
"""Where the next page goes on; clients take it from the link and need not know it."""
PAGING: Final = ("_count", AFTER)

Range = tuple[datetime | None, datetime | None]
"""From and until, the end not included; None is open."""

DATE: Final = re.compile(
    r"(?P<prefix>eq|ne|gt|lt|ge|le|sa|eb)?"
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


COMMA: Final = re.compile(r"(?<!\\),")
"""Between choices; a comma that is part of a value has a backslash before it."""


@dataclass(frozen=True)
class Query:
    """What was asked of one kind of resource: for each name the values, each a list of choices."""

    kind: str
    values: Mapping[str, list[list[str]]]
    count: int
    after: str

    def choices(self, name: str) -> list[list[str]]:
        """All of these lists must match, each by one of its values."""
        return self.values.get(name, [])

    def link(self, after: str = "") -> str:
        """The address of this search as it was understood, or of the page after `after`."""
        pairs = [
            (name, ",".join(choices)) for name, lists in self.values.items() for choices in lists
        ]
        pairs.append(("_count", str(self.count)))
        where = after or self.after
        if where:
            pairs.append((AFTER, where))
        return f"{answers.base()}/{self.kind}?{urlencode(pairs)}"


def query(
    kind: str, known: Iterable[str], asked: Iterable[tuple[str, str]], *, is_strict: bool
) -> Query:
    """What is asked, by `known` names. Others are left out, or refused where `is_strict`.

    A modifier (`name:exact`) is always refused: leaving it out would find something else.
    """
    names, values, paging = set(known), dict[str, list[list[str]]](), dict[str, str]()
    for name, value in asked:
        plain = name.partition(":")[0]
        if plain in PAGING and plain == name:
            paging[name] = value
        elif name in names:
            values.setdefault(name, []).append(COMMA.split(value))
        elif plain in names or (is_strict and plain not in {"_format", "_pretty"}):
            raise Problem(400, "not-supported", _("The search asks for what is not known."), name)
    return Query(kind, values, _count(paging.get("_count", str(PAGE))), paging.get(AFTER, ""))


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise bad("_count")
    return min(int(text), MOST)


def bad(name: str) -> Problem:
    """400: a value that cannot be read."""
    return Problem(400, "value", _("A value of the search cannot be read."), name)


def unescaped(value: str) -> str:
    """A text without the backslashes before signs that mean something in a search."""
    return re.sub(r"\\([,|$\\])", r"\1", value)


def code(value: str, system: str) -> str:
    """The code of a token `code`, `system|code` or `|code`; empty where it is another system's."""
    before, bar, after = value.rpartition("|")
    return after if not bar or before in {"", system} else ""


def reference(value: str, kind: str) -> str:
    """The id in `Kind/id`, in the same behind this server's address, or alone; else empty."""
    text = value.removeprefix(answers.base() + "/")
    before, slash, after = text.rpartition("/")
    return after if not slash or before == kind else ""


def number(text: str) -> int:
    """The key that an id says; 0, which nothing has, where it says none."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if is_number else 0


def ranges(value: str, zone: ZoneInfo, name: str) -> list[Range]:
    """Where a moment may lie to match a date with its prefix (FHIR R4, 3.1.1.4.6).

    A date without an offset is one of `zone`'s. Raises 400 where it is no date.
    """
    found = DATE.fullmatch(value)
    if found is None or int(found["year"]) not in YEARS:
        raise bad(name)
    try:
        low, high = _span(found, zone)
    except ValueError:
        raise bad(name) from None
    matching: dict[str, list[Range]] = {
        "eq": [(low, high)],
        "ne": [(None, low), (high, None)],
        "gt": [(high, None)],
        "sa": [(high, None)],
        "ge": [(low, None)],
        "lt": [(None, low)],
        "eb": [(None, low)],
        "le": [(None, high)],
    }
    return matching[found["prefix"] or "eq"]


def _span(found: re.Match[str], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first moment that the text can mean to after the last."""
    year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
    first = date(year, month, day)
    if found["time"]:
        offset = (found["zone"] or "").replace("Z", "+00:00")
        low = datetime.fromisoformat(f"{first}T{found['time']}{offset}")
        if low.tzinfo is None:
            low = low.replace(tzinfo=zone)
        length = timedelta(minutes=1)
        if found["time"].count(":") == 2:
            is_whole = "." not in found["time"]
            length = timedelta(seconds=1) if is_whole else timedelta(microseconds=1)
        return low.astimezone(UTC), low.astimezone(UTC) + length
    if found["day"]:
        last = first + timedelta(days=1)
    elif found["month"]:
        last = date(year + month // 12, month % 12 + 1, 1)
    else:
        last = date(year + 1, 1, 1)
    return _midnight(first, zone), _midnight(last, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def keys(query: Query, name: str, read: Callable[[str], str]) -> list[set[int]]:
    """The keys that each list of choices allows."""
    return [{number(read(value)) for value in choices} for choices in query.choices(name)]
