"""Eight writers on one SQLite file: Django's default, IMMEDIATE with WAL, and Madang's queue.

`python -m bench.writers [--processes 8] [--seconds 4] [--rounds 3]`. Each writer reads a row and
writes it back in a transaction, as fast as it can. Printed: the part of writes that failed,
writes a second, and how long a write took (median, 99th percentile, worst), all of all rounds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from multiprocessing.synchronize import Barrier as BarrierType
from pathlib import Path
from typing import Any

WAL = "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL"
CANDIDATES: dict[str, dict[str, Any]] = {
    "Django's default": {"ENGINE": "django.db.backends.sqlite3"},
    "IMMEDIATE + WAL": {
        "ENGINE": "django.db.backends.sqlite3",
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": WAL, "timeout": 20},
    },
    "madang.db": {"ENGINE": "madang.db"},
}


def main() -> None:
    """Run all candidates, round by round, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    results: dict[str, tuple[list[float], int]] = {name: ([], 0) for name in CANDIDATES}
    for _round in range(options.rounds):
        for name, database in CANDIDATES.items():
            took, failed = _race(database, options.processes, options.seconds)
            results[name] = (results[name][0] + took, results[name][1] + failed)
    base = len(results["IMMEDIATE + WAL"][0])
    print(f"{'':18}{'failed':>9}{'writes/s':>10}{'ratio':>7}{'p50':>10}{'p99':>10}{'worst':>10}")
    for name, (took, failed) in results.items():
        centiles = statistics.quantiles(took, n=100)
        rate = len(took) / options.seconds / options.rounds
        print(
            f"{name:18}{failed / (failed + len(took)):9.1%}{rate:10.0f}{len(took) / base:7.2f}"
            f"{statistics.median(took) * 1e3:8.1f}ms{centiles[98] * 1e3:8.1f}ms"
            f"{max(took) * 1e3:8.0f}ms"
        )


def _race(database: dict[str, Any], processes: int, seconds: float) -> tuple[list[float], int]:
    with tempfile.TemporaryDirectory() as folder:
        database = {**database, "NAME": str(Path(folder) / "bench.sqlite3")}
        context = multiprocessing.get_context("spawn")
        gate = context.Barrier(processes)
        with context.Pool(processes, _begin, (database, gate)) as pool:
            done = pool.map(_write, [(n, seconds) for n in range(processes)], chunksize=1)
    return [each for took, _ in done for each in took], sum(failed for _, failed in done)


_gate: BarrierType


def _begin(database: dict[str, Any], gate: BarrierType) -> None:
    global _gate  # noqa: PLW0603 - what a pool's processes share
    _gate = gate
    import django
    from django.conf import settings

    settings.configure(DATABASES={"default": database})
    django.setup()


def _write(work: tuple[int, float]) -> tuple[list[float], int]:
    """Write for some seconds; how long each write took, and how many failed."""
    from django.db import OperationalError, connection, transaction

    number, seconds = work
    if number == 0:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE seat (id integer primary key, taken integer)")
            cursor.execute("INSERT INTO seat VALUES (1, 0)")
    _gate.wait()
    took, failed, end = [], 0, time.monotonic() + seconds
    while (before := time.monotonic()) < end:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT taken FROM seat WHERE id = 1")
                taken = cursor.fetchone()[0]
                cursor.execute("UPDATE seat SET taken = %s WHERE id = 1", [taken + 1])
            took.append(time.monotonic() - before)
        except OperationalError:
            failed += 1
    return took, failed


if __name__ == "__main__":
    main()
