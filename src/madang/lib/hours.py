"""The hours of a day as people write them: "9:00–12:00, 13:00–18:00"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

Stretch = tuple[int, int]
"""From when until when, in minutes after midnight; the end is at most 1440."""

DAY_MINUTES = 24 * 60
CLOCK = r"(\d{1,2})(?::(\d{2}))?"
STRETCH = re.compile(rf"{CLOCK}\s*[-–—~∼〜]\s*{CLOCK}", re.ASCII)
BETWEEN = re.compile(r"[,;、，\n]+")


class NoHours(ValueError):
    """What is written is no stretch of a day; the argument is the part that was not understood."""


class Overlapping(ValueError):
    """Two stretches of the same day meet; the argument is the later one, as it is shown."""


def parse(text: str) -> list[Stretch]:
    """The stretches that `text` names, in the order of the clock; none where it is blank.

    Minutes may be left out, hyphens and tildes are dashes, 24:00 is the end of the day. Stretches
    that touch stay apart, since times are offered from the beginning of each. Raises `NoHours` or
    `Overlapping`.
    """
    found = sorted(_stretch(part.strip()) for part in BETWEEN.split(text) if part.strip())
    for before, after in pairwise(found):
        if after[0] < before[1]:
            raise Overlapping(show([after]))
    return found


def show(stretches: Iterable[Stretch]) -> str:
    """As `parse` reads it: "09:00–12:00, 13:00–18:00"."""
    return ", ".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in stretches)


def _stretch(part: str) -> Stretch:
    match = STRETCH.fullmatch(part)
    if match is None:
        raise NoHours(part)
    first, minute, last, end = (int(number or 0) for number in match.groups())
    opens, closes = first * 60 + minute, last * 60 + end
    if max(minute, end) > 59 or not opens < closes <= DAY_MINUTES:
        raise NoHours(part)
    return opens, closes


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
