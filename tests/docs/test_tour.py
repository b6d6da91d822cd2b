"""The tour: each command is run, and each line of the generated files is explained."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.commands import blocks, commands, finished, started
from tests.processes import eventually, marked
from tests.servers import ROOT
from tests.wire.captures import needs_tshark
from tests.wire.proxied import ENGINE, free_port

PAGES = [ROOT / "docs" / "tour.md", ROOT / "docs" / "ko" / "tour.md"]
PLAN = ["deploy", "plan", "--host", "village.example"]
EXPLAINED = ["/etc/nginx/sites-available/madang", "/etc/madang/uwsgi.ini"]


def environment(data: Path) -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if name[:7] != "MADANG_"}
    return environ | {
        "MADANG_DATA": str(data),
        "MADANG_DEBUG": "yes",
        "PYTHONPATH": str(ROOT / "src"),
        "LC_ALL": "C.UTF-8",
    }


@pytest.mark.once
def test_both_languages_type_the_same_and_see_the_same() -> None:
    ours, theirs = map(blocks, PAGES)
    assert ours == theirs
    assert len(ours) > 10


@pytest.mark.django_db
def test_every_line_in_the_shell_runs() -> None:
    text = "".join(text + "\n" for kind, text in blocks(PAGES[0]) if kind == "python")
    lesson = doctest.DocTestParser().get_doctest(text, {}, "tour", "tour.md", 0)
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(lesson)
    assert (result.failed, result.attempted) == (0, len(lesson.examples))
    assert len(lesson.examples) > 10


@pytest.mark.once
@needs_tshark
@pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing")
@pytest.mark.skipif(not (ENGINE / "ready").is_file(), reason="mitmproxy: ./madang setup --system")
def test_every_command_does_what_is_shown(tmp_path: Path) -> None:
    (tmp_path / "proxy").mkdir()
    (tmp_path / "proxy" / "engine").symlink_to(ENGINE)
    places = {"8000": str(free_port()), "8081": str(free_port())}
    places["var/proxy"] = str(tmp_path / "proxy")
    environ = environment(tmp_path)
    running: list[subprocess.Popen[str]] = []
    try:
        for command in commands(PAGES[0]):
            placed = command.placed(places)
            if command.stays:
                running.append(started(placed, environ))
            else:
                finished(placed, environ)
    finally:
        for process in reversed(running):
            process.terminate()
            process.communicate()
    assert len(running) == 2
    eventually(lambda: marked(str(tmp_path)) == [])


@pytest.mark.once
@pytest.mark.parametrize("page", PAGES, ids=["en", "ko"])
def test_each_line_of_the_generated_files_is_explained(page: Path, tmp_path: Path) -> None:
    plan = subprocess.run(
        [sys.executable, "-m", "madang", *PLAN],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    text = page.read_text("utf-8")
    first_cells = re.findall(r"^\| `(.*?)` \|", text, re.MULTILINE)
    explained = {cell.split()[0] for cell in first_cells}
    used: set[str] = set()
    for file in plan.split("--- /dev/null\n+++ ")[1:]:
        name, *lines = file.splitlines()
        if name in EXPLAINED:
            used |= {found[1] for line in lines if (found := re.match(r"\+ *([a-z][\w-]*)", line))}
    assert len(used) > 30
    assert used - explained == set()
