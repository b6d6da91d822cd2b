"""`madang prove reservation`: a race on your own database server, beside a race without a guard.

Both races write into a scratch schema (PostgreSQL) or a scratch file beside the configured one
(SQLite), which is removed afterwards, whatever happens.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier as BarrierType

from madang import env
from madang.db.scratch import scratch
from madang.lib.supervision import end_with
from madang.lib.terminal import gettext as _

FIRST = datetime(2031, 3, 3, tzinfo=UTC)
"""A Monday; each round races for one hour of its own."""
PROCESSES = 8
COUNTED = ("broken", "won", "lost", "errors", "milliseconds")


class RacerLost(Exception):
    """A process of clients ended before it told what happened."""


def run(argv: list[str]) -> int:
    """0 if the promise held in every round and the control broke it; 1 otherwise."""
    options = _options(argv)
    try:
        url = env.read(os.environ).database_url
    except env.BadEnvironment as error:
        print(f"madang prove: {error}", file=sys.stderr)
        return 2
    sentence = _("{rounds} rounds, {clients} clients each, {server}")
    print(sentence.format(**vars(options), server=url.split(":")[0]), flush=True)
    try:
        guarded = _race(url, options.clients, options.rounds, is_guarded=True)
        control = _race(url, options.clients, options.rounds, is_guarded=False)
    except RacerLost:
        print(_("The race could not be run to its end (see above)."), file=sys.stderr)
        return 1
    _say(_("with the constraint"), guarded, options.rounds)
    _say(_("without it"), control, options.rounds)
    held = guarded["broken"] == 0 and guarded["errors"] == 0 and guarded["won"] == options.rounds
    if not held:
        print(_("THE PROMISE WAS BROKEN. Please report this."))
    elif not control["broken"]:
        print(_("The control did not lose: it takes more clients or rounds to prove anything."))
    else:
        print(_("The promise held. Without the guard it was broken."))
    return 0 if held and control["broken"] else 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "madang prove reservation",
        description=_("A race on your own database server, in a scratch place that is removed."),
    )
    parser.add_argument("--clients", type=int, default=50, help=_("how many ask for one time"))
    parser.add_argument("--rounds", type=int, default=20, help=_("how many times are raced for"))
    options = parser.parse_args(argv)
    if options.clients < 2 or options.rounds < 1:
        parser.error(_("at least 2 clients and 1 round"))
    return options


def _say(title: str, result: Counter[str], rounds: int) -> None:
    sentence = _(
        "{title}: {broken} of {rounds} times booked twice, {won} bookings, {lost} refused,"
        " {errors} errors, {milliseconds} ms"
    )
    numbers = {name: result[name] for name in COUNTED}
    print(" ", sentence.format(title=title, rounds=rounds, **numbers))


def _race(url: str, clients: int, rounds: int, *, is_guarded: bool) -> Counter[str]:
    """Count rounds with more than one booking, and what the clients were told."""
    with scratch(url) as place:
        environment = {**os.environ, "MADANG_DATABASE_URL": place}
        command = [sys.executable, "-m", "madang", "manage", "migrate", "--verbosity", "0"]
        subprocess.run(command, env=environment, check=True)
        context = multiprocessing.get_context("spawn")
        count = min(PROCESSES, clients)
        shares = [clients // count + (n < clients % count) for n in range(count)]
        gate, told = context.Barrier(clients), context.SimpleQueue()
        starts = [(FIRST + timedelta(hours=n)).isoformat() for n in range(rounds)]
        before = time.monotonic()
        racers = [
            context.Process(
                target=_clients,
                args=(place, n, share, starts, is_guarded, gate, told),
                daemon=True,
            )
            for n, share in enumerate(shares)
        ]
        with _running(racers):
            result: Counter[str] = sum((_answer(told, racers) for _racer in racers), Counter())
        result["milliseconds"] = round((time.monotonic() - before) * 1000)
        result["broken"] = _broken(place)
        return result


@contextmanager
def _running(racers: Sequence[BaseProcess]) -> Iterator[None]:
    """Start them; none is left when this ends, wherever an interruption comes."""
    try:
        for racer in racers:
            racer.start()
        yield
        for racer in racers:
            racer.join()
    finally:
        for racer in racers:
            if racer.pid is not None:
                racer.kill()
                racer.join()


def _answer(
    told: multiprocessing.SimpleQueue[Counter[str]], racers: Sequence[BaseProcess]
) -> Counter[str]:
    """What the next of them tells; `RacerLost` if one has ended without telling."""
    while told.empty():
        if any(racer.exitcode for racer in racers):
            raise RacerLost
        time.sleep(0.01)
    return told.get()


def _broken(place: str) -> int:
    """How many times of the scratch database have more than one booking."""
    code = (
        "import django; django.setup()\n"
        "from django.db.models import Count\n"
        "from madang.reservation.models import Reservation\n"
        "times = Reservation.objects.values('appointed_time').annotate(n=Count('pk'))\n"
        "print(times.filter(n__gt=1).order_by().count())"
    )
    environment = {**os.environ, "MADANG_DATABASE_URL": place}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    return int(done.stdout)


def _clients(
    place: str,
    number: int,
    share: int,
    starts: list[str],
    is_guarded: bool,  # noqa: FBT001
    gate: BarrierType,
    told: multiprocessing.SimpleQueue[Counter[str]],
) -> None:
    """One process of clients, each a thread with a connection of its own."""
    parent = multiprocessing.parent_process()
    if parent is None or not end_with(parent.pid or 0):
        return
    os.environ["MADANG_DATABASE_URL"] = place
    import django

    django.setup()
    from concurrent.futures import ThreadPoolExecutor

    from madang.reservation import racing

    racing.prepare(is_guarded=is_guarded)
    with ThreadPoolExecutor(share) as pool:
        futures = [
            pool.submit(racing.client, f"{number}-{n}", starts, gate, is_guarded=is_guarded)
            for n in range(share)
        ]
        told.put(sum((future.result() for future in futures), Counter()))
