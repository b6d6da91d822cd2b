"""A month of one doctor's free times among 73,000 reservations, against asking slot by slot.

`python -m bench.slots [--rounds 5] [--on sqlite|postgresql]`. Printed for each database: how many
queries a month takes, and how much less CPU than the naive way, which loops over the days and asks
for each time whether it is free. Both must find the same times.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bench._room import FIRST, KINDS, NOW, on_each, room

MONTH = (date(2031, 5, 1), date(2031, 6, 1))


def main() -> int:
    """Both databases, or the one that `--on` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--on", choices=KINDS)
    options = parser.parse_args()
    if options.on is None:
        return on_each("bench.slots", ["--rounds", str(options.rounds)])
    with room(options.on, is_full=True):
        _compare(options.on, options.rounds)
    return 0


def _compare(kind: str, rounds: int) -> None:
    from madang.reservation.models import Reservation

    ours, our_queries, found = _cost(_computed, rounds)
    naive, naive_queries, expected = _cost(_one_by_one, rounds)
    assert found == expected
    print(
        f"{kind}: {Reservation.objects.count()} reservations, {len(found)} free times;"
        f" {our_queries} queries, {ours * 1e3:.1f} ms CPU; naive {naive_queries} queries,"
        f" {naive * 1e3:.1f} ms CPU; ratio {naive / ours:.0f}"
    )


def _cost(ask: Callable[[], list[datetime]], rounds: int) -> tuple[float, int, list[datetime]]:
    """Median CPU seconds of one month, its queries, and the free times."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        found = ask()
    took = []
    for _round in range(rounds):
        before = time.process_time()
        ask()
        took.append(time.process_time() - before)
    return statistics.median(took), len(queries), found


def _computed() -> list[datetime]:
    from madang.reservation import slots
    from madang.reservation.models import Doctor, Service

    doctor, service = Doctor(pk=1), Service(pk=1)
    first, until = MONTH
    found = slots.slots(doctors=[doctor], services=[service], first=first, until=until, at=NOW)
    return [slot.start for slot in found if slot.is_free]


def _one_by_one() -> list[datetime]:
    """For each day its rules, for each time of a rule whether somebody is there."""
    from madang.reservation.models import OpeningRule, Reservation, Schedule

    schedule = Schedule.objects.get(doctor=1, service=1)
    zone, step = ZoneInfo(schedule.time_zone), timedelta(minutes=30)
    found, day = [], MONTH[0]
    while day < MONTH[1]:
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        for rule in OpeningRule.objects.filter(schedule=schedule, weekday=day.isoweekday()):
            start = midnight + timedelta(minutes=rule.opens_minute)
            while start + step <= midnight + timedelta(minutes=rule.closes_minute):
                there = Reservation.objects.filter(
                    doctor=1,
                    status__in=Reservation.OCCUPYING,
                    appointed_time__gt=start - step,
                    appointed_time__lt=start + step,
                )
                if not there.exists():
                    found.append(start.astimezone(UTC))
                start += step
        day += timedelta(days=1)
    return found


if __name__ == "__main__":
    assert FIRST.date() < MONTH[0]
    sys.exit(main())
