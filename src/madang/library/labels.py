"""Labels and cards as PDF: where they stand on the sheet, what is written, and the bars.

Nothing here reads a table. The font is embedded, so that Hangul and Hanja look the same on every
printer; bars are Code 128 (ISO/IEC 15417) or Code 39 (ISO/IEC 16388).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from reportlab.graphics.barcode.code39 import Standard39
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT: Final = "Madang Label"
FILE: Final = Path(__file__).with_name("fonts") / "label.ttf"
SMALLEST: Final = 5.0
"""Points; what does not fit at this size is cut."""
NARROWEST, WIDEST = 0.19 * mm, 0.33 * mm
"""Of a bar: narrower ones are lost by printers at home, wider ones only take room."""
QUIET: Final = 10
"""Blank before and behind the bars, in bars."""
RATIO: Final = 2.5
"""How much wider the wide bars of Code 39 are."""
PLAIN = re.compile(r"[\x20-\x7e]+")
CAPITALS = re.compile(r"[0-9A-Z\-. $/+%]+")


@dataclass(frozen=True)
class Sheet:
    """A sheet of A4 with labels of one size; all lengths in millimetres.

    `across` and `down` are from the beginning of a label to that of the next.
    """

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    across: float
    down: float

    @property
    def places(self) -> int:
        """How many labels are on it."""
        return self.columns * self.rows


@dataclass(frozen=True)
class Label:
    """What is written on a label: large lines, what stands above and below, and a number."""

    lines: tuple[str, ...]
    head: str = ""
    foot: str = ""
    number: str = ""


SHEETS: Final = {
    "65": Sheet(5, 13, 38.1, 21.2, 4.75, 10.7, 40.6, 21.2),
    "24": Sheet(3, 8, 63.5, 33.9, 7.25, 12.9, 66.0, 33.9),
    "21": Sheet(3, 7, 63.5, 38.1, 7.25, 15.1, 66.0, 38.1),
}
"""The usual sheets of self-adhesive labels."""
CARDS: Final = Sheet(2, 5, 85.6, 54.0, 14.4, 13.5, 95.6, 54.0)
"""Cards of the size of ISO/IEC 7810 ID-1, to be cut along hairlines."""


def spines(labels: Iterable[Label], sheet: Sheet, *, skip: int = 0) -> bytes:
    """A PDF of labels for spines: the lines of the call number, one below the other.

    The first `skip` places of the first sheet stay empty, for one that was begun.
    """
    return _document(labels, sheet, skip, _spine)


def barcodes(
    labels: Iterable[Label], sheet: Sheet, *, is_code39: bool = False, skip: int = 0
) -> bytes:
    """A PDF of labels with bars, the number below, and what it belongs to above.

    As `spines`. A number that Code 39 has no signs for gets Code 128; one that neither has, or
    that is too long for the label, is written without bars.
    """

    def draw(pen: Pen, label: Label) -> None:
        _barcode(pen, label, is_code39=is_code39)

    return _document(labels, sheet, skip, draw)


def cards(labels: Iterable[Label], *, is_code39: bool = False, skip: int = 0) -> bytes:
    """A PDF of cards with a name and bars, as `barcodes`."""

    def draw(pen: Pen, label: Label) -> None:
        _card(pen, label, is_code39=is_code39)

    return _document(labels, CARDS, skip, draw)


@dataclass(frozen=True)
class Pen:
    """Draws into one label; lengths in points from its lower left corner."""

    canvas: Canvas
    x: float
    y: float
    width: float
    height: float

    def text(self, text: str, y: float, size: float, *, left: float | None = None) -> None:
        """A line that fits: smaller where it has to be, cut where that is not enough.

        In the middle, or from `left` on.
        """
        room = self.width - 4 * mm if left is None else self.width - left - 3 * mm
        size = max(SMALLEST, min(size, size * room / max(_width(text, size), 1)))
        if _width(text, size) > room:
            while text and _width(text + "…", size) > room:
                text = text[:-1]
            text += "…"
        self.canvas.setFont(FONT, size)
        if left is None:
            self.canvas.drawCentredString(self.x + self.width / 2, self.y + y, text)
        else:
            self.canvas.drawString(self.x + left, self.y + y, text)

    def bars(self, number: str, y: float, height: float, *, is_code39: bool) -> None:
        """The bars of `number` in the middle, as wide as is useful; none where it cannot be."""
        made = _bars(number, self.width - 2 * mm, height, is_code39=is_code39)
        if made is not None:
            made.drawOn(self.canvas, self.x + (self.width - made.width) / 2, self.y + y)


def _document(
    labels: Iterable[Label], sheet: Sheet, skip: int, draw: Callable[[Pen, Label], None]
) -> bytes:
    _register()
    into = BytesIO()
    canvas = Canvas(into, pagesize=A4, invariant=True)
    canvas.setTitle("Madang")
    for place, label in enumerate(labels, start=skip):
        if place > skip and place % sheet.places == 0:
            canvas.showPage()
        row, column = divmod(place % sheet.places, sheet.columns)
        x = (sheet.left + column * sheet.across) * mm
        y = A4[1] - (sheet.top + row * sheet.down + sheet.height) * mm
        draw(Pen(canvas, x, y, sheet.width * mm, sheet.height * mm), label)
    canvas.save()
    return into.getvalue()


def _spine(pen: Pen, label: Label) -> None:
    foot = 3 * mm if label.foot else 0.0
    step = min((pen.height - 4 * mm - foot) / max(len(label.lines), 1), 6 * mm)
    top = foot + (pen.height - foot + step * len(label.lines)) / 2
    for number, line in enumerate(label.lines, start=1):
        pen.text(line, top - step * number + step * 0.25, step * 0.85)
    if label.foot:
        pen.text(label.foot, 1.5 * mm, 6)


def _barcode(pen: Pen, label: Label, *, is_code39: bool) -> None:
    line = pen.height / 6
    pen.text(label.head, pen.height - line, line * 0.6)
    pen.text(" ".join(label.lines), pen.height - 1.8 * line, line * 0.6)
    pen.bars(label.number, 1.35 * line, 2.6 * line, is_code39=is_code39)
    pen.text(label.number, 0.5 * line, line * 0.7)


def _card(pen: Pen, label: Label, *, is_code39: bool) -> None:
    pen.canvas.setLineWidth(0.2)
    pen.canvas.rect(pen.x, pen.y, pen.width, pen.height)
    pen.text(label.head, 44 * mm, 11, left=6 * mm)
    pen.text(" ".join(label.lines), 32 * mm, 18, left=6 * mm)
    pen.text(label.foot, 26 * mm, 9, left=6 * mm)
    pen.bars(label.number, 8.5 * mm, 13 * mm, is_code39=is_code39)
    pen.text(label.number, 4 * mm, 10)


def _bars(
    text: str, width: float, height: float, *, is_code39: bool
) -> Standard39 | Code128 | None:
    """Bars that are at most `width` wide with the blank beside them, or None."""
    if not PLAIN.fullmatch(text):
        return None
    is_code39 = is_code39 and CAPITALS.fullmatch(text) is not None

    def made(bar: float) -> Standard39 | Code128:
        if is_code39:
            options = {"ratio": RATIO, "checksum": 0, "stop": 1, "quiet": 0}
            return Standard39(text, barWidth=bar, barHeight=height, **options)
        return Code128(text, barWidth=bar, barHeight=height, quiet=0)

    count = made(1.0).width + 2 * QUIET
    bar = min(WIDEST, width / count)
    return made(bar) if bar >= NARROWEST else None


def _width(text: str, size: float) -> float:
    return pdfmetrics.stringWidth(text, FONT, size)


@lru_cache(maxsize=1)
def _register() -> None:
    pdfmetrics.registerFont(TTFont(FONT, str(FILE)))
