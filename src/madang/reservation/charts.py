"""The measures of a report as drawings: where the bars of the weeks stand, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from madang.reservation.reporting import Report

WIDTH: Final = 640
HEIGHT: Final = 240
ABOVE: Final = 40
BELOW: Final = 44
"""The drawing in its own units, as `chart.html` has it, and what is left to words in it."""
NAMED: Final = 5
"""So many weeks have room for their words; of more, the first and the last days are named."""


@dataclass(frozen=True)
class Bar:
    """A week: where its bar stands, how tall it is, what stands above and below it."""

    left: int
    middle: int
    top: int
    height: int
    text: str
    when: str

    @property
    def said(self) -> str:
        """The week and its measure in words."""
        measured = self.text or _("nothing to measure")
        return f"{self.when}: {measured}"

    @property
    def over(self) -> int:
        """Where the words above the bar stand."""
        return self.top - 10


@dataclass(frozen=True)
class Chart:
    """One measure of a doctor: of all days in words, and a bar for each week."""

    kind: str
    name: str
    whole: str
    note: str
    bars: list[Bar]
    width: int

    @property
    def named(self) -> list[Bar]:
        """The weeks whose words have room: all, or none."""
        return self.bars if len(self.bars) <= NAMED else []


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
    step = WIDTH // len(report.weeks)
    width = max(min(step * 6 // 10, 72), 4)
    room = HEIGHT - ABOVE - BELOW
    bars = []
    for number, week in enumerate(report.weeks):
        value: float | None = getattr(week.figures, kind)
        height = max(round(room * value / most), 2) if value else 0
        middle = step * number + step // 2
        text, when = _text(value, kind), _when(week.first)
        top = ABOVE + room - height
        bars.append(Bar(middle - width // 2, middle, top, height, text, when))
    return Chart(kind, name, _text(getattr(report.whole, kind), kind) or "–", note, bars, width)


def _text(value: float | None, kind: str) -> str:
    if value is None:
        return ""
    return _("%(days)s days") % {"days": f"{value:g}"} if kind == "lead" else f"{value}%"


def _when(on: date) -> str:
    """3월 1일, 1 Mar."""
    is_korean = (get_language() or "").startswith("ko")
    return date_format(on, "n월 j일" if is_korean else "j M")
