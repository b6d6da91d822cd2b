"""The room of "Add a room" is built from the page, in a copy of the site, and its tests pass."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

PAGES = [ROOT / "docs" / "room.md", ROOT / "docs" / "ko" / "room.md"]
BLOCK = re.compile(r"^```(sh|python|html|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"(?:# |<!-- |--- )(\S+)(?: -->)?\n")


def blocks(page: Path) -> list[tuple[str, str]]:
    """Each block: what kind it is, and its text."""
    return BLOCK.findall(page.read_text("utf-8"))


def typed(line: str, copy: Path) -> str:
    """What the command prints there; it has to end well."""
    line = line.replace("./madang test", f"{sys.executable} -m pytest -q -p no:cacheprovider")
    line = line.replace("./madang", f"{sys.executable} -m madang")
    strange = ("PYTEST", "COVERAGE")  # the copy is measured by nobody
    environ = {name: it for name, it in os.environ.items() if not name.startswith(strange)}
    environ |= {"PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}", "MADANG_DEBUG": "yes"}
    environ |= {"MADANG_DATA": str(copy / "var"), "MADANG_TEST_DATABASE": "sqlite"}
    environ["MADANG_DATABASE_URL"] = f"sqlite:///{copy / 'var' / 'site.sqlite3'}"
    done = subprocess.run(
        line, shell=True, cwd=copy, env=environ, capture_output=True, text=True, check=False
    )  # the page's own line
    assert done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout


def changed(text: str, diff: str) -> str:
    """`text` with the lines of `diff`, which have to fit it in one place."""
    lines = diff.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] != "+")
    assert text.count(old) == 1, old
    return text.replace(old, "".join(line[1:] for line in lines if line[0] != "-"))


@pytest.mark.once
def test_both_languages_build_the_same_room() -> None:
    ours, theirs = map(blocks, PAGES)
    assert ours == theirs


@pytest.mark.once
def test_the_room_is_built_from_the_page_and_its_tests_pass(tmp_path: Path) -> None:
    copy = tmp_path / "site"
    for folder in ("src", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    (copy / "var").mkdir()
    said = []
    for kind, text in blocks(PAGES[0]):
        if kind == "sh":
            said += [typed(line, copy) for line in text.splitlines()]
            continue
        name = NAME.match(text)
        assert name is not None
        file, rest = copy / name[1], text[name.end() :]
        file.write_text(changed(file.read_text("utf-8"), rest) if kind == "diff" else rest, "utf-8")
    assert "2 passed" in said[-1]
    assert (copy / "src/madang/garden/migrations/0001_initial.py").is_file()
