"""The two commands on a Debian that has Python and nothing else.

The whole suite runs once, as an ordinary user of Debian 12: the suite that surrounds this test
runs as root. As root, and on Debian 13, a part runs that depends on who runs it and on which
machine: the launcher, the servers, the village, the private PostgreSQL and its constraints.
"""

from __future__ import annotations

import re
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import pytest

from madang.demo.cast import CAST
from tests.machines import Machine, machine, unable
from tools import system

pytestmark = [
    pytest.mark.once,
    pytest.mark.bare,
    pytest.mark.xdist_group("newcomer"),
    pytest.mark.skipif(bool(unable()), reason=unable() or "it is not"),
]

PART = ["tests/test_launcher.py", "tests/test_serve.py", "tests/demo", "tests/db"]
HOME = "/home/newcomer/madang"
MADE = "madang: making the environment, once: "

Step = Callable[[str], None]


@pytest.fixture
def step(record_property: Callable[[str, object], None]) -> Step:
    """Note how long it took since the step before, for the summary of the run."""
    since = [time.monotonic()]

    def done(what: str) -> None:
        now = time.monotonic()
        record_property("step", f"{what}: {now - since[0]:.1f} s")
        since[0] = now

    return done


def test_root_needs_one_command(step: Step) -> None:
    with machine("bookworm", "python3") as bare:
        bare.clone("/srv/madang", "root")
        step("a bare Debian")
        _look_around(bare, "root", "/srv/madang", step)
        _test(bare, "root", "/srv/madang", *PART)
        step(f"./madang test {' '.join(PART)}")


@pytest.mark.parametrize(("suite", "chosen"), [("bookworm", []), ("trixie", PART)])
def test_a_user_needs_one_command_and_writes_nothing_elsewhere(
    suite: str, chosen: list[str], step: Step
) -> None:
    with machine(suite, "python3", "python3-venv") as bare:
        _newcomer(bare)
        step("a Debian with python3-venv")
        before = bare.files(but=f"{HOME}/var")
        _look_around(bare, "newcomer", HOME, step)
        _test(bare, "newcomer", HOME, *chosen)
        step(f"./madang test {' '.join(chosen)}")
        after = bare.files(but=f"{HOME}/var")
        assert {name for name in before | after if before.get(name) != after.get(name)} == set()


def test_a_user_without_venv_is_told_the_one_command() -> None:
    with machine("bookworm", "python3") as bare:
        _newcomer(bare)
        said = (
            "madang: one package is missing. Install it and start again:\n\n"
            "  sudo apt-get install python3-venv\n\n"
        )
        for command in ("demo", "test"):
            assert bare.run("newcomer", HOME, "./madang", command) == (1, "", said)
        told = bare.run("newcomer", HOME, "./madang", "setup", "--system")
        wanted = [package for package, _why in system.PROGRAMS.values()]
        install = " ".join(["apt-get install -qq --no-install-recommends", *wanted])
        install += f" {system.POSTGRES} {system.FONT} {system.VENV}"
        assert told == (1, "", f"Please run: sudo apt-get update && sudo {install}\n")


def _newcomer(bare: Machine) -> None:
    bare.run("root", "/", "useradd", "--create-home", "newcomer")
    bare.clone(HOME, "newcomer")


def _look_around(bare: Machine, user: str, folder: str, step: Step) -> None:
    """Start the village twice, and book a time in it."""
    with _village(bare, user, folder) as (address, err):
        assert MADE in err
        step("./madang demo")
        visitor = _Visitor(address)
        visitor.sign_in()
        time_taken = visitor.book()
    with _village(bare, user, folder) as (address, err):
        assert MADE not in err
        step("./madang demo again, after signing in and booking")
        visitor = _Visitor(address)
        visitor.sign_in()
        assert time_taken in visitor.get("/reservation/mine/")


@contextmanager
def _village(bare: Machine, user: str, folder: str) -> Iterator[tuple[str, str]]:
    """The address of the village, and what was said before it opened; then Ctrl-C."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = f"{folder}/var/said"
    command = f"mkdir -p var && exec ./madang demo --lang en --port {port} 2> {log}"
    village = bare.start(user, folder, "/bin/sh", "-c", command)
    assert village.stdout is not None
    lines = []
    for line in village.stdout:
        lines.append(line)
        if "Press Ctrl-C" in line:
            break
    said = (bare.root / log[1:]).read_text("utf-8")
    assert any(f"http://localhost:{port}/" in line for line in lines), said
    address = f"http://127.0.0.1:{port}"
    with urllib.request.urlopen(f"{address}/readyz", timeout=60) as answer:
        assert answer.status == 200
    yield address, said
    assert bare.interrupt(village) == 0


class _Visitor:
    """A browser without scripts, in which Hana looks around."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def get(self, path: str) -> str:
        with self.opener.open(self.address + path, timeout=60) as answer:
            return unescape(answer.read().decode())

    def post(self, path: str, page: str, **fields: str) -> str:
        """Send the fields with what is hidden in the page's form; returns where that leads."""
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
        body = urlencode({**dict(hidden), **fields}).encode()
        with self.opener.open(self.address + path, body, timeout=60) as answer:
            assert answer.status == 200
            return str(answer.url)

    def sign_in(self) -> None:
        hana = CAST[0]
        door = "/people/login/"
        self.post(door, self.get(door), login=hana.handle, password=hana.password)

    def book(self) -> str:
        """Book the first free time of any doctor; returns the address of the reservation."""
        doctors = re.findall(r'href="(/reservation/doctors/\d+/)"', self.get("/reservation/"))
        pages = [self.get(path) for path in dict.fromkeys(doctors)]
        path = next(
            found.group(1)
            for page in pages
            if (found := re.search(r'href="(/reservation/book/\?[^"]+)"', page))
        )
        reached = self.post("/reservation/book/", self.get(path))
        assert re.fullmatch(rf"{self.address}/reservation/[0-9a-f-]{{36}}/", reached)
        return reached.removeprefix(self.address)


def _test(bare: Machine, user: str, folder: str, *chosen: str) -> None:
    """`./madang test` passes, and each skip names a program or client that this machine lacks."""
    code, out, err = bare.run(user, folder, "./madang", "test", *chosen)
    assert code == 0, out[-10_000:] + err
    reasons = re.findall(r"^SKIPPED \[\d+\] [^ ]+ (.*)$", out, re.MULTILINE)
    programs = "|".join([*map(re.escape, [*system.PROGRAMS, *system.FOREIGN])])
    assert [reason for reason in reasons if not re.search(programs, reason)] == []
