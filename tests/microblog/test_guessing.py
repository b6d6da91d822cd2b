"""Guesses of authors are right as often as they should be, and chance is what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import comb

import pytest

from madang.microblog.guessing import STORED, Trace, Visit, by_visits, hits, within_chance

NOON = datetime(2031, 3, 3, 12, tzinfo=UTC)
HOUR, SLACK = timedelta(hours=1), timedelta(minutes=4)


def trace(place: int, said_at: datetime = NOON) -> Trace:
    """One whose rows all stand at the same place."""
    return Trace(place, place, place, place, place, said_at)


@pytest.mark.parametrize("name", ["spent by rank", "post by rank", "nonce by rank"])
def test_rows_in_the_order_of_members_would_give_all_of_them_away(name: str) -> None:
    """What the shuffling is for: three posts each, written member after member."""
    told = [(trace(n), n // 3) for n in range(30)]
    assert hits(STORED[name], told, 10) == 30
    assert hits(STORED["spent in turn"], told, 10) == 4


def test_turns_would_be_noticed_as_well() -> None:
    told = [(trace(n), n % 10) for n in range(30)]
    assert hits(STORED["renewal in turn"], told, 10) == 30


def test_who_came_while_it_must_have_been_sent_is_guessed() -> None:
    early, late = NOON - HOUR - 2 * SLACK, NOON + SLACK
    visits = [Visit(1, early), Visit(2, NOON - HOUR), Visit(3, NOON), Visit(1, late)]
    assert by_visits(trace(0), visits, wait=timedelta(0), slack=SLACK) == 3
    assert by_visits(trace(0), visits, wait=HOUR, slack=SLACK) in {2, 3}
    twice = [Visit(2, NOON - HOUR), *visits[1:]]
    assert by_visits(trace(0), twice, wait=HOUR, slack=SLACK) == 2
    assert by_visits(trace(0), visits[:1], wait=HOUR, slack=SLACK) is None


@pytest.mark.parametrize(("count", "members"), [(1, 2), (20, 4), (150, 12), (360, 30)])
def test_chance_is_the_binomial_distribution(count: int, members: int) -> None:
    """Exactly, by fractions: at most half a per cent lies outside on either side."""
    low, high = within_chance(count, 1 / members, 0.99)
    one = Fraction(1, members)

    def share(first: int, last: int) -> Fraction:
        return sum(
            (comb(count, n) * one**n * (1 - one) ** (count - n) for n in range(first, last + 1)),
            Fraction(),
        )

    half = Fraction(5, 1000)
    assert share(0, low - 1) <= half < share(0, low) or low == 0
    assert share(high + 1, count) <= half < share(high, count)
