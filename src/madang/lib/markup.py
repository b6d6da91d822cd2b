"""XML written by hand: text that any document may have, and elements of it."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

UNWRITABLE = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may have (XML 1.0, production 2)."""


def clean(text: str) -> str:
    """`text` as the content of an element."""
    return escape(UNWRITABLE.sub("", text))


def element(tag: str, text: str = "", **attributes: str) -> str:
    """An element with text in it; `content` builds those that have elements."""
    return content(tag, clean(text), **attributes)


def content(tag: str, inside: str, **attributes: str) -> str:
    """An element around what is markup already."""
    said = "".join(f" {name}={quoteattr(clean_attribute(v))}" for name, v in attributes.items())
    return f"<{tag}{said}>{inside}</{tag}>" if inside else f"<{tag}{said}/>"


def clean_attribute(text: str) -> str:
    """`text` without what no document may have; `quoteattr` does the rest."""
    return UNWRITABLE.sub("", text)
