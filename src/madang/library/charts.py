"""The library's figures as drawings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from madang.library.reporting import Class, Month, called
from madang.ui.bars import Chart, bars


def months(rows: Sequence[Month]) -> Chart:
    """A bar for each month."""
    most = max((row.loans for row in rows), default=0)
    figures = [(row.loans, str(row.loans), _when(row.first)) for row in rows]
    whole = str(sum(row.loans for row in rows))
    return Chart("months", _("Loans"), whole, _("by month"), *bars(figures, most))


def classes(rows: Sequence[Class], scheme: Sequence[object]) -> list[Chart]:
    """A bar for each class that has copies: how many, and how often they were lent."""
    there = [row for row in rows if row.copies or row.loans]
    found = []
    for kind, name in (("copies", _("Copies")), ("loans", _("Loans"))):
        counts = [int(getattr(row, kind)) for row in there]
        figures = [
            (count, str(count), called(row.digit, scheme))
            for row, count in zip(there, counts, strict=True)
        ]
        made = bars(figures, max(counts, default=0))
        found.append(Chart(kind, name, str(sum(counts)), _("by class"), *made))
    return found


def late(rows: Sequence[tuple[int, int | None, int]]) -> Chart:
    """A bar for each span of days."""
    counts = [count for _least, _most, count in rows]
    figures = [(count, str(count), span(least, most)) for least, most, count in rows]
    made = bars(figures, max(counts))
    return Chart("missed", _("Overdue now"), str(sum(counts)), _("by days late"), *made)


def span(least: int, most: int | None) -> str:
    """8–30, 91–."""
    return f"{least}–{'' if most is None else most}"


def _when(on: date) -> str:
    """2027년 3월, Mar 2027."""
    is_korean = (get_language() or "").startswith("ko")
    return date_format(on, "Y년 n월" if is_korean else "M Y")
