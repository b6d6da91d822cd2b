"""The whole suite measures the verb modules; a part of it does not."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

from tools import test as tool
from tools.village import ROOT

pytestmark = pytest.mark.once

Calls = list[tuple[list[str], dict[str, str]]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Calls:
    """What would be run, in order; the first of them fails with 1."""
    made: Calls = []

    def note(
        command: list[str], *, env: dict[str, str], **options: object
    ) -> subprocess.CompletedProcess[bytes]:
        made.append((command[2:], env))
        return subprocess.CompletedProcess(command, 1 if len(made) == 1 else 0)

    monkeypatch.setattr(subprocess, "run", note)
    monkeypatch.setattr(tool, "COVERAGE", tmp_path / "coverage")
    return made


def names(command: list[str]) -> list[str]:
    """The command without what differs from folder to folder."""
    return [word for word in command if not word.startswith("cache_dir=") and word != "-o"]


def test_the_whole_suite_is_measured(
    calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert tool.run([]) == 1
    spread = ["pytest", "-q", "-n", "2", "--dist", "loadgroup"]
    measured = ["coverage", "run", "-m", *spread]
    assert [names(command) for command, _env in calls] == [
        [*measured, "-m", "not bare"],
        [*measured, "-m", "not once"],
        [*spread, "-m", "bare"],
        ["coverage", "combine", "--quiet"],
        ["coverage", "report"],
    ]
    assert {env["COVERAGE_FILE"] for _command, env in calls} == {str(tmp_path / "coverage/data")}


def test_a_part_is_not(calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert tool.run(["-x", "tests/lib"]) == 1
    part = ["-x", "tests/lib"]
    assert [names(command) for command, _env in calls] == [
        ["pytest", "-q", "--durations", "10", "-m", "not bare", *part],
        ["pytest", "-q", "--durations", "10", "-m", "not once", *part],
        ["pytest", "-q", "--durations", "10", "-m", "bare", *part],
    ]
    assert not (tmp_path / "coverage").exists()


def test_every_module_that_is_to_be_measured_is_there() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["coverage"]
    found = {name: list(ROOT.glob(name.removeprefix("*/"))) for name in settings["run"]["include"]}
    assert [name for name, files in found.items() if not files] == []
    assert (settings["run"]["branch"], settings["report"]["fail_under"]) == (True, 100)
