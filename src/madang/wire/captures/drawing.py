"""What is drawn of a capture: bars of what each interval carried, a stream as arrows."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from madang.wire.pace import Interval, Sequence

WIDE, HIGH = 1000, 200
"""The box of the bars."""
LINES = (104, 752)
"""Where the two sides of a stream stand."""
ROW, HEAD = 34, 28
LETTERS = 84
"""What fits between both sides."""


@dataclass(frozen=True)
class Bar:
    """What an interval carried; `end` in seconds, the rest in units of the box."""

    interval: Interval
    end: float
    left: float
    width: float
    top: float
    height: float

    @property
    def query(self) -> str:
        """What the list of packets is asked for those of this interval."""
        since, until = f"{self.interval.start:.9f}", f"{self.end:.9f}"
        wanted = f"frame.time_relative >= {since} and frame.time_relative < {until}"
        return urlencode({"filter": wanted})


@dataclass(frozen=True)
class Arrow:
    """A segment at height `y`, from one side to the other, its head there; `sign` a whole path."""

    number: int
    at: float
    from_first: bool
    label: str
    said: str
    row_y: int
    text_y: int
    y: int
    sign: str
    is_broken: bool


@dataclass(frozen=True)
class Drawing:
    """Arrows one under the other, in a box `height` high."""

    arrows: list[Arrow]
    height: int


def step(seconds: float, *, count: int) -> float:
    """The shortest of 1, 2, 5, 10, … µs of which at most `count` are needed for `seconds`."""
    exact, unit = seconds / count * 1_000_000, 1
    while True:
        for times in (1, 2, 5):
            if unit * times >= exact:
                return unit * times / 1_000_000
        unit *= 10


def bars(found: list[Interval], *, seconds: float) -> list[Bar]:
    """A bar for each interval, as high as its bytes, one unit at least where it has a packet."""
    most = max((one.bytes for one in found), default=0) or 1
    width = WIDE / max(len(found), 1)
    drawn = []
    for at, one in enumerate(found):
        height = max(1.0, one.bytes * HIGH / most) if one.frames else 0.0
        left = round(at * width, 2)
        size = (round(width * 0.85, 2), round(HIGH - height, 2), round(height, 2))
        drawn.append(Bar(one, one.start + seconds, left, *size))
    return drawn


def arrows(found: Sequence) -> Drawing:
    """Each step as an arrow between the two sides."""
    drawn = []
    for at, one in enumerate(found.steps):
        y = HEAD + (at + 1) * ROW - 8
        tail, head = LINES if one.from_first else LINES[::-1]
        back = -8 if one.from_first else 8
        sign = f"M{tail} {y}H{head}M{head + back} {y - 4}L{head} {y}L{head + back} {y + 4}"
        said = one.label if len(one.label) <= LETTERS else one.label[: LETTERS - 1] + "…"
        broken = "RST" in one.label
        drawn.append(
            Arrow(
                one.number, one.at, one.from_first, one.label, said, y - 24, y - 7, y, sign, broken
            )
        )
    return Drawing(drawn, HEAD + len(drawn) * ROW + 8)
