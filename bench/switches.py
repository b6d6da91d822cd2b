"""Releases switched under load beside a plain restart: failed requests, and the worst stall.

`sudo python -m bench.switches [--switches 20] [--on uwsgi|gunicorn]`. On a Debian server that is
really booted, with visitors in a namespace of their own: three who ask for a page that takes two
seconds, again and again, and one who asks for a page of ten rows. Printed for each server and way:
how many were answered, how many were not, and the longest that the quick page took; then both ways
beside each other.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from tests import projects
from tests.booted import Server, server
from tests.load import Asked, Load
from tests.machines import unable

HOST, CLONE, PROJECT = "shop.example.org", "/srv/clone", "/home/shop"
SLOW, REST = "/slow/", "sleep 3"
KINDS = ("uwsgi", "gunicorn")


def main() -> int:
    """Both servers, or the one that `--on` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--switches", type=int, default=20)
    parser.add_argument("--on", choices=KINDS)
    options = parser.parse_args()
    if reason := unable():
        print(reason, file=sys.stderr)
        return 1
    for kind in KINDS if options.on is None else (options.on,):
        with server("bookworm", CLONE) as made:
            _compare(made, kind, options.switches)
    return 0


def _compare(made: Server, kind: str, switches: int) -> None:
    projects.write(made.root / PROJECT[1:])
    what = ["--host", HOST, "--project", PROJECT, "--module", projects.MODULE, "--server", kind]
    names = []
    for _release in range(2):
        made.must(f"{CLONE}/madang", "deploy", *what, folder=CLONE)
        names.append(_current(made))

    def switch(at: int) -> None:
        words = ["rollback", "--name", "shop", "--to", names[at % 2]]
        made.must(f"{CLONE}/madang", "deploy", *words, folder=CLONE)

    def restart(_at: int) -> None:
        made.must("systemctl", "restart", f"shop-web@{_current(made)}")
        made.must("sh", "-c", REST)

    switched = _under_load(made, f"{kind}: {switches} switches", switch, switches)
    restarted = _under_load(made, f"{kind}: {switches} plain restarts", restart, switches)
    print(
        f"{kind}: {switched.badly} failures beside {restarted.badly}; the worst stall of a switch"
        f" is {switched.worst / restarted.worst:.2f} of a restart's",
        flush=True,
    )


def _under_load(made: Server, name: str, step: Callable[[int], None], count: int) -> Asked:
    """How many of all failed, and how late the quick ones were."""
    slow, quick = Load(made, HOST, SLOW, 3), Load(made, HOST, "/", 1)
    for at in range(count):
        step(at)
    slowly, quickly = slow.end(), quick.end()
    print(
        f"{name}: {slowly.well + quickly.well} answered, {slowly.badly + quickly.badly} failed;"
        f" worst {quickly.worst * 1e3:.0f} ms on the quick page",
        flush=True,
    )
    badly = slowly.badly + quickly.badly
    return Asked(slowly.well + quickly.well, badly, quickly.worst)


def _current(made: Server) -> str:
    return made.must("readlink", "/srv/shop/run/current").strip().rpartition("/")[2]


if __name__ == "__main__":
    sys.exit(main())
