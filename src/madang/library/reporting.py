"""What the library lends and what it has: by month, by title, by class, and what nobody asks for.

No report says who read what; the one of overdue copies names their patrons, to whom letters go.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _

from madang.library import opening
from madang.library.models import Bib, Item, Loan

LATE: Final = ((1, 7), (8, 30), (31, 90), (91, None))
"""Days late, from and to, by which overdue copies are counted."""
CLASS = re.compile(r"(?:^|[^0-9.])([0-9])[0-9]{2}(?![0-9])")
"""A class of three digits, wherever it stands in a call number: 813.6, R 813, 원 005."""
KDC: Final = (
    _("General works"),
    _("Philosophy"),
    _("Religion"),
    _("Social sciences"),
    _("Natural sciences"),
    _("Technology"),
    _("Arts"),
    _("Languages"),
    _("Literature"),
    _("History and geography"),
)
"""The ten main classes of the Korean Decimal Classification."""
DDC: Final = (*KDC[:4], KDC[7], KDC[4], KDC[5], KDC[6], *KDC[8:])
"""Those of Dewey's, in their own order."""
SCHEMES: Final = {"kdc": KDC, "ddc": DDC}


@dataclass(frozen=True)
class Month:
    """A month, or what of it lies in the days asked for, and how many loans began in it."""

    first: date
    loans: int


@dataclass(frozen=True)
class Class:
    """A main class by its digit, or what has none, and how many copies and loans it has."""

    digit: str
    copies: int
    loans: int


def months(*, first: date, last: date) -> list[Month]:
    """The loans of each month from `first` to `last`, both included, at the library's clock."""
    zone = ZoneInfo(settings.TIME_ZONE)
    rows = _lent(first, last).annotate(month=TruncMonth("loaned_at", tzinfo=zone))
    counts = dict(rows.values_list("month").annotate(count=Count("pk")).order_by("month"))
    found = {month.date(): count for month, count in counts.items()}
    return [Month(month, found.get(month.replace(day=1), 0)) for month in _months(first, last)]


def most_lent(*, first: date, last: date, most: int) -> list[tuple[Bib, int]]:
    """The titles that were lent most often in those days, and how often; at most `most`."""
    lent = Q(items__loans__in=_lent(first, last))
    rows = Bib.objects.annotate(loans=Count("items__loans", filter=lent)).filter(loans__gt=0)
    return [(bib, bib.loans) for bib in rows.order_by("-loans", "title", "pk")[:most]]


def overdue(*, on: date) -> QuerySet[Loan]:
    """What should be back on that day, the longest overdue first, with copy, title and patron."""
    return Loan.objects.current().filter(due_on__lt=on).order_by("due_on", "pk")


def lateness(*, on: date) -> list[tuple[int, int | None, int]]:
    """From and to how many days late, as in `LATE`, and how many copies."""
    days = [(on - due_on).days for due_on in overdue(on=on).values_list("due_on", flat=True)]
    return [
        (least, most, sum(least <= late and (most is None or late <= most) for late in days))
        for least, most in LATE
    ]


def never_lent() -> QuerySet[Item]:
    """Copies that could be lent and never were, the oldest first, with their titles."""
    lent = Loan.objects.filter(item=OuterRef("pk"))
    rows = Item.objects.filter(~Exists(lent), status=Item.Status.AVAILABLE)
    return rows.select_related("bib", "location").order_by("created_at", "pk")


def classes(*, first: date, last: date) -> list[Class]:
    """How many copies each main class has by their call numbers, and how often they were lent.

    Ten classes in order, then what has none. What is withdrawn does not count.
    """
    copies = Item.objects.exclude(status=Item.Status.WITHDRAWN)
    has, lent = _by_class(copies), _by_class(_lent(first, last), "item__")
    return [Class(digit, has[digit], lent[digit]) for digit in [*"0123456789", ""]]


def class_of(call_number: str) -> str:
    """The digit of the main class, or nothing."""
    found = CLASS.search(call_number)
    return found[1] if found else ""


def _by_class(rows: QuerySet[Item] | QuerySet[Loan], path: str = "") -> Counter[str]:
    counted: Counter[str] = Counter()
    groups = rows.order_by().values_list(f"{path}call_number").annotate(count=Count("pk"))
    for call_number, count in groups:
        counted[class_of(call_number)] += count
    return counted


def _lent(first: date, last: date) -> QuerySet[Loan]:
    """Loans that began in those days, both included."""
    return Loan.objects.filter(
        loaned_at__gte=_midnight(first), loaned_at__lt=_midnight(last + opening.DAY)
    )


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), ZoneInfo(settings.TIME_ZONE))


def _months(first: date, last: date) -> Iterator[date]:
    """The first of them as it is asked for, then the first day of each month."""
    month = first
    while month <= last:
        yield month
        year, number = divmod(month.year * 12 + month.month, 12)
        month = date(year, number + 1, 1)


def called(digit: str, scheme: Iterable[object]) -> str:
    """A class in words: its hundred and its name, or that there is none."""
    names = [str(name) for name in scheme]
    return f"{digit}00 {names[int(digit)]}" if digit else str(_("no class"))
