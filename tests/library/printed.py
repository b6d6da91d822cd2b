"""What a PDF says: its words as a reader sees them, its bars as a scanner reads them."""

from __future__ import annotations

from dataclasses import dataclass

import pypdfium2
import zxingcpp

DOTS = 4
"""Of a picture, for each point; about 300 an inch, as an office printer has."""


@dataclass(frozen=True)
class Sheet:
    """One page: its lines of text, and its bars with their kind, from the top left on."""

    lines: list[str]
    bars: list[tuple[str, str]]


def read(content: bytes) -> list[Sheet]:
    """The pages of a PDF."""
    document = pypdfium2.PdfDocument(content)
    try:
        return [_page(page) for page in document]
    finally:
        document.close()


def _page(page: pypdfium2.PdfPage) -> Sheet:
    text = page.get_textpage()
    lines = [line.strip() for line in text.get_text_range().splitlines()]
    text.close()
    found = []
    for bars in zxingcpp.read_barcodes(page.render(scale=DOTS).to_pil()):
        corner = bars.position.top_left
        found.append((corner.y // 50, corner.x, bars.text, str(bars.format.name)))
    return Sheet(lines, [(text, kind) for _row, _x, text, kind in sorted(found)])
