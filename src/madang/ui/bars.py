"""Drawings of figures as bars: where each stands in `ui/bars.html`, and what it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

WIDTH: Final = 640
HEIGHT: Final = 240
ABOVE: Final = 40
BELOW: Final = 44
"""The drawing in its own units, as `bars.html` has it, and what is left to words in it."""
NAMED: Final = 5
"""So many bars have room for their words; of more, the first and the last are named."""


@dataclass(frozen=True)
class Bar:
    """One figure: where its bar stands, how tall it is, what stands above and below it."""

    left: int
    middle: int
    top: int
    height: int
    text: str
    when: str

    @property
    def said(self) -> str:
        """What the figure is of, and the figure, in words."""
        measured = self.text or _("nothing to measure")
        return f"{self.when}: {measured}"

    @property
    def over(self) -> int:
        """Where the words above the bar stand."""
        return self.top - 10


@dataclass(frozen=True)
class Chart:
    """One measure: the whole of it in words, and a bar for each part."""

    kind: str
    name: str
    whole: str
    note: str
    bars: list[Bar]
    width: int

    @property
    def named(self) -> list[Bar]:
        """The bars whose words have room: all, or none."""
        return self.bars if len(self.bars) <= NAMED else []


def bars(figures: Iterable[tuple[float | None, str, str]], most: float) -> tuple[list[Bar], int]:
    """A bar for each value, its words and its name, and how wide they are.

    `most` is what the tallest bar can be; None and 0 have none.
    """
    rows = list(figures)
    step = WIDTH // max(len(rows), 1)
    width = max(min(step * 6 // 10, 72), 4)
    room = HEIGHT - ABOVE - BELOW
    made = []
    for number, (value, text, when) in enumerate(rows):
        height = max(round(room * value / most), 2) if value else 0
        middle = step * number + step // 2
        top = ABOVE + room - height
        made.append(Bar(middle - width // 2, middle, top, height, text, when))
    return made, width
