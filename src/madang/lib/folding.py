"""Text as it is looked for: without spaces, punctuation, case, accents, and Hanja as Hangul.

Each sign is folded by itself, so that a part of a text is folded to a part of its key.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import chain
from operator import add
from pathlib import Path

DROPPED = frozenset("CPZ")
"""Unicode's general categories: controls, punctuation, separators. `C#` keeps its sign."""


def fold(text: str) -> str:
    """The key of `text`; empty where it has no sign that could be looked for."""
    if text.isascii():
        return text.lower().translate(_KEPT)
    if PLAIN.fullmatch(text):  # nothing to take apart or to put together
        return DROPPED_ASCII.sub("", text.lower())
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", apart.translate(_KEPT)).translate(_readings())


PLAIN = re.compile("[\\x00-\\x7f가-힣]*")
"""ASCII and the syllables of Hangul."""


class _Kept(dict[int, int | None]):
    """What becomes of each sign: itself, or nothing. Filled as signs are met."""

    def __missing__(self, point: int) -> int | None:
        sign = chr(point)
        category = unicodedata.category(sign)
        is_kept = sign == "#" or (category[0] not in DROPPED and category != "Mn")
        self[point] = point if is_kept else None
        return self[point]


_KEPT = _Kept()
DROPPED_ASCII = re.compile(
    "[" + "".join(re.escape(chr(point)) for point in range(128) if _KEPT[point] is None) + "]+"
)


def grams(*keys: str) -> list[str]:
    """Every sign of `keys` and every two that follow each other, once, in their order."""
    parts = (part for key in keys for part in (key, map(add, key, key[1:])))
    return list(dict.fromkeys(chain.from_iterable(parts)))


@cache
def _readings() -> dict[int, str]:
    """Hanja to syllable, from the table beside this module."""
    text = Path(__file__).with_name("readings.txt").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    return {ord(sign): row[0] for row in rows for sign in row[1:]}
