"""Children are started again, told to stop, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import children_of, eventually, marked

pytestmark = pytest.mark.once

BEGINNING = """
import signal, subprocess, sys, time
from pathlib import Path
from madang.lib import supervision
folder = Path(sys.argv[1])
def note(word):
    with (folder / "notes").open("a") as file:
        file.write(word + "\\n")
"""
END = """
sys.exit(supervision.supervise(tasks, announce=lambda: note("announced")))
"""
ROOT = Path(__file__).resolve().parents[2]

Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a supervisor with the tasks that a script defines."""
    started = []

    def _start(script: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", BEGINNING + textwrap.dedent(script) + END, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "TEST_MARK": str(tmp_path)},
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield _start
    for process in started:
        process.kill()
        process.communicate()


def _notes(folder: Path) -> list[str]:
    path = folder / "notes"
    return path.read_text("utf-8").splitlines() if path.exists() else []


SLEEPERS = """
def sleep():
    note("sleeping")
    time.sleep(600)
tasks = {"one": sleep, "two": sleep}
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop_it_stops_its_children(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    process = start(SLEEPERS)
    eventually(lambda: sorted(_notes(tmp_path)) == ["announced", "sleeping", "sleeping"])
    assert len(children_of(process.pid)) == 2
    process.send_signal(number)
    assert process.wait(60) == 0
    assert marked(str(tmp_path)) == []


def test_killed_it_takes_its_children_along(start: Start, tmp_path: Path) -> None:
    process = start(SLEEPERS)
    eventually(lambda: len(_notes(tmp_path)) == 3)
    process.kill()
    process.wait()
    eventually(lambda: marked(str(tmp_path)) == [])


def test_what_a_child_started_does_not_outlive_it(start: Start, tmp_path: Path) -> None:
    process = start(
        """
        def parent():
            subprocess.Popen(["sleep", "600"])
            note("started")
            time.sleep(600)
        tasks = {"parent": parent}
        """
    )
    eventually(lambda: "started" in _notes(tmp_path))
    process.terminate()
    process.wait(60)
    eventually(lambda: marked(str(tmp_path)) == [])


def test_a_child_that_ends_is_started_again_and_the_other_stays(
    start: Start, tmp_path: Path
) -> None:
    process = start(
        """
        def fail():
            note("failing")
            raise ValueError("for a test")
        def sleep():
            note("sleeping")
            time.sleep(600)
        tasks = {"bad": fail, "good": sleep}
        """
    )
    eventually(lambda: _notes(tmp_path).count("failing") == 3)
    process.terminate()
    said = process.communicate(timeout=60)[1]
    assert _notes(tmp_path).count("sleeping") == 1
    assert [line for line in said.splitlines() if line.startswith("madang:")][:2] == [
        "madang: bad ended; again in 0.5 s",
        "madang: bad ended; again in 1.0 s",
    ]
    assert "ValueError: for a test" in said


def test_told_to_stop_while_one_rests_it_stops(start: Start, tmp_path: Path) -> None:
    """Leaving with a code is ending like any other, and a child that rests is not waited for."""
    process = start(
        """
        def rest():
            note("rested")
        tasks = {"one": lambda: sys.exit(3), "two": lambda: sys.exit("a word"), "three": rest}
        """
    )
    assert process.stderr is not None
    rested = set[str]()
    while rested != {"one", "two", "three"}:
        line = process.stderr.readline()
        if line.endswith("again in 2.0 s\n"):
            rested.add(line.split()[1])
    process.terminate()
    assert process.wait(60) == 0
    assert set(_notes(tmp_path)) == {"announced", "rested"}


def test_a_child_without_its_parent_does_nothing(start: Start, tmp_path: Path) -> None:
    """The parent died between the fork and the promise to die with it (prctl(2))."""
    process = start(
        """
        supervision._become_child(1, lambda: note("worked"))
        tasks = {}
        """
    )
    assert process.wait(60) == 1
    assert _notes(tmp_path) == []


def test_a_second_signal_does_not_wait_for_the_unwilling(start: Start, tmp_path: Path) -> None:
    process = start(
        """
        def stay():
            signal.signal(signal.SIGTERM, lambda number, frame: note("asked"))
            note("staying")
            while True:
                time.sleep(600)
        tasks = {"unwilling": stay}
        """
    )
    eventually(lambda: "staying" in _notes(tmp_path))
    process.terminate()
    eventually(lambda: "asked" in _notes(tmp_path))
    assert process.poll() is None
    process.terminate()
    assert process.wait(20) == 0
    assert marked(str(tmp_path)) == []
