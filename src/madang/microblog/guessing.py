"""The best that somebody can do who wants to know who wrote a post without a name.

Rows in, guesses out; what is right is only known to the simulation (`attacking`).
"""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

RANDOM = secrets.SystemRandom()


@dataclass(frozen=True)
class Trace:
    """What stays of an anonymous post: ranks of its rows, and the moment that is stored.

    `spent`, `post`, `key` and `renewal` are places in the order in which the database keeps the
    rows of the four tables; `nonce` that of the pass's number by its value.
    """

    spent: int
    post: int
    key: int
    renewal: int
    nonce: int
    said_at: datetime


@dataclass(frozen=True)
class Visit:
    """Somebody opened the page for such posts, or said something under the own name."""

    member: int
    at: datetime


Guesser = Callable[[Trace, int, int], int]


def by_rank(name: str) -> Guesser:
    """Whoever asked for passes at the same place of the order as the post's row stands."""
    return lambda trace, posts, members: getattr(trace, name) * members // posts


def in_turn(name: str) -> Guesser:
    """As if members took turns."""
    return lambda trace, posts, members: getattr(trace, name) % members


STORED: dict[str, Guesser] = {
    **{f"{name} by rank": by_rank(name) for name in ("spent", "post", "key", "renewal", "nonce")},
    **{f"{name} in turn": in_turn(name) for name in ("spent", "post", "key", "renewal", "nonce")},
}
"""Every way to put the rows of the anonymous path beside those of who asked for passes."""


def hits(guess: Guesser, traces: Sequence[tuple[Trace, int]], members: int) -> int:
    """How many of the guesses are right; each trace comes with its author."""
    return sum(guess(trace, len(traces), members) == author for trace, author in traces)


def by_visits(
    trace: Trace, visits: Sequence[Visit], *, wait: timedelta, slack: timedelta
) -> int | None:
    """Whoever came most often in the time in which the post must have been sent; None if nobody.

    `visits` are in the order of time. `slack` is how long somebody writes, and the tick.
    """
    begin = trace.said_at - wait - slack
    found = Counter(each.member for each in visits if begin <= each.at <= trace.said_at)
    if not found:
        return None
    most = max(found.values())
    return RANDOM.choice(sorted(member for member, count in found.items() if count == most))


def within_chance(count: int, chance: float, confidence: float) -> tuple[int, int]:
    """The fewest and the most hits of `count` that chance gives with this confidence.

    Of the binomial distribution; outside on either side lies at most half of what is left.
    """
    tail = (1 - confidence) / 2
    below, low, high = 0.0, 0, count
    for hit in range(count + 1):
        share = math.comb(count, hit) * chance**hit * (1 - chance) ** (count - hit)
        if below + share <= tail:
            low = hit + 1
        below += share
        if below >= 1 - tail:
            high = hit
            break
    return low, high
