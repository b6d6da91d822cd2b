"""The measures of a report as drawings: a bar for each week, and what it says."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from madang.reservation.reporting import Report
from madang.ui.bars import Chart, bars


def charts(report: Report) -> list[Chart]:
    """How much was booked, to how much nobody came, how far ahead people book."""
    whole = report.whole
    minutes = _("%(booked)s of %(open)s min") % {
        "booked": whole.booked_minutes,
        "open": whole.open_minutes,
    }
    people = _("%(missed)s of %(due)s") % {"missed": whole.noshows, "due": whole.due}
    longest = max((week.figures.lead or 0 for week in report.weeks), default=0)
    return [
        _chart("used", _("Booked of the open hours"), minutes, report, 100),
        _chart("missed", _("Did not come"), people, report, 100),
        _chart("lead", _("Booked ahead"), _("median before the meeting"), report, longest),
    ]


def _chart(kind: str, name: str, note: str, report: Report, most: float) -> Chart:
    """`most` is what the tallest bar can be."""
    figures = []
    for week in report.weeks:
        value: float | None = getattr(week.figures, kind)
        figures.append((value, _text(value, kind), _when(week.first)))
    whole = _text(getattr(report.whole, kind), kind) or "–"
    return Chart(kind, name, whole, note, *bars(figures, most))


def _text(value: float | None, kind: str) -> str:
    if value is None:
        return ""
    return _("%(days)s days") % {"days": f"{value:g}"} if kind == "lead" else f"{value}%"


def _when(on: date) -> str:
    """3월 1일, 1 Mar."""
    is_korean = (get_language() or "").startswith("ko")
    return date_format(on, "n월 j일" if is_korean else "j M")
