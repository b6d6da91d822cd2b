"""`madang prove library`: races on your own database server, beside races without a guard.

All write into a scratch schema (PostgreSQL) or a scratch file beside the configured one (SQLite),
which is removed afterwards, whatever happens.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
from collections import Counter
from multiprocessing.synchronize import Barrier as BarrierType

from madang import env
from madang.db.scratch import scratch
from madang.lib.terminal import gettext as _
from madang.lib.terminal import gettext_noop

PROCESSES = 8
TITLES = {
    "copy": gettext_noop("one copy, many patrons"),
    "scan": gettext_noop("one scan, sent many times"),
    "limit": gettext_noop("one patron, a limit of one"),
    "queue": gettext_noop("copies come back to a queue"),
}


def run(argv: list[str]) -> int:
    """0 if the promises held in every round and each control broke its own; 1 otherwise."""
    options = _options(argv)
    try:
        url = env.read(os.environ).database_url
    except env.BadEnvironment as error:
        print(f"madang prove: {error}", file=sys.stderr)
        return 2
    sentence = _("{rounds} rounds, {clients} clients each, {server}")
    print(sentence.format(**vars(options), server=url.split(":")[0]), flush=True)
    guarded = _race(url, options.clients, options.rounds, is_guarded=True)
    control = _race(url, options.clients, options.rounds, is_guarded=False)
    for contest, title in TITLES.items():
        _say(_(title), contest, guarded, control, options.rounds)
    held = not any(
        guarded[f"{contest} {bad}"] for contest in TITLES for bad in ("broken", "errors")
    )
    won = guarded["copy won"] == guarded["limit won"] == options.rounds
    lost = all(control[f"{contest} broken"] for contest in TITLES)
    if not (held and won):
        print(_("THE PROMISE WAS BROKEN. Please report this."))
    elif not lost:
        print(_("The control did not lose: it takes more clients or rounds to prove anything."))
    else:
        print(_("The promises held. Without the guard each was broken."))
    return 0 if held and won and lost else 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "madang prove library",
        description=_("A race on your own database server, in a scratch place that is removed."),
    )
    parser.add_argument("--clients", type=int, default=24, help=_("how many act at once"))
    parser.add_argument("--rounds", type=int, default=10, help=_("how often each race is run"))
    options = parser.parse_args(argv)
    if options.clients < 3 or options.rounds < 1:
        parser.error(_("at least 3 clients and 1 round"))
    return options


def _say(
    title: str, contest: str, guarded: Counter[str], control: Counter[str], rounds: int
) -> None:
    sentence = _(
        "{title}: {broken} of {rounds} broken, {won} done, {lost} refused, {errors} errors;"
        " without the guard {control} of {rounds} broken"
    )
    numbers = {name: guarded[f"{contest} {name}"] for name in ("broken", "won", "lost", "errors")}
    text = sentence.format(
        title=title, rounds=rounds, control=control[f"{contest} broken"], **numbers
    )
    print(" ", text)


def _race(url: str, clients: int, rounds: int, *, is_guarded: bool) -> Counter[str]:
    """What the clients were told in all contests, and how many rounds were broken."""
    with scratch(url) as place:
        _run(
            place, "from django.core.management import call_command; call_command('migrate', '-v0')"
        )
        about = f"clients={clients}, rounds={rounds}, is_guarded={is_guarded}"
        _run(place, f"from madang.library import racing; racing.prepare({about})")
        context = multiprocessing.get_context("spawn")
        count = min(PROCESSES, clients)
        gate, told = context.Barrier(clients), context.SimpleQueue()
        racers = [
            context.Process(
                target=_clients,
                args=(place, range(n, clients, count), rounds, is_guarded, gate, told),
            )
            for n in range(count)
        ]
        try:
            for racer in racers:
                racer.start()
            result: Counter[str] = sum((told.get() for _racer in racers), Counter())
        finally:
            for racer in racers:
                if racer.pid is not None:  # an interruption may come while they start
                    racer.kill()
                    racer.join()
        asked = f"import json; from madang.library import racing; broken = racing.broken({clients})"
        found = json.loads(_run(place, f"{asked}\nprint(json.dumps(broken))"))
        result.update({f"{contest} broken": number for contest, number in found.items()})
        return result


def _run(place: str, code: str) -> str:
    """What `code` prints, run in a Django of its own on the scratch database."""
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        env={**os.environ, "MADANG_DATABASE_URL": place},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def _clients(
    place: str,
    numbers: range,
    rounds: int,
    is_guarded: bool,  # noqa: FBT001
    gate: BarrierType,
    told: multiprocessing.SimpleQueue[Counter[str]],
) -> None:
    """One process of clients, each a thread with a connection of its own."""
    os.environ["MADANG_DATABASE_URL"] = place
    import django

    django.setup()
    from concurrent.futures import ThreadPoolExecutor

    from madang.library import racing

    result = Counter({"copy errors": 1})
    try:
        with ThreadPoolExecutor(len(numbers)) as pool:
            futures = [
                pool.submit(racing.client, number, rounds, gate, is_guarded=is_guarded)
                for number in numbers
            ]
            result = sum((future.result() for future in futures), Counter())
    finally:  # who fails is counted, and keeps nobody waiting
        told.put(result)
