"""The commands of a page, and what it shows for them.

In a block ```` ```console ```` each line that begins with `$ ` is a command; the lines under it are
what it prints. `…` stands for any text in a line, and a line of `…` alone for any lines. Blank
space counts as one. A block ```` ```console stays ```` holds one command that goes on running; it
is ready when it has printed the last line shown.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import ROOT

BLOCK = re.compile(r"^```(console|console stays|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Command:
    """One line to type, and the lines shown under it."""

    line: str
    shown: list[str] = field(default_factory=list)
    stays: bool = False

    def placed(self, places: Mapping[str, str]) -> Command:
        """The same with each of `places` put where the page has its own."""

        def put(text: str) -> str:
            for old, new in places.items():
                text = text.replace(old, new)
            return text

        line = put(self.line.replace("./madang ", f"{sys.executable} -m madang "))
        return Command(line, [put(text) for text in self.shown], self.stays)

    def is_shown(self, printed: str) -> bool:
        """Whether `printed` is what the page shows."""
        pattern = "".join(_pattern(line) for line in self.shown)
        lines = [" ".join(line.split()) + "\n" for line in printed.splitlines()]
        return re.fullmatch(pattern, "".join(lines)) is not None


def _pattern(shown: str) -> str:
    words = " ".join(shown.split())
    if words == "…":
        return r"(?:.*\n)*?"
    return r".*?".join(map(re.escape, words.split("…"))) + r"\n"


def blocks(page: Path) -> list[tuple[str, str]]:
    """Each block that is run: what kind it is, and its text."""
    return BLOCK.findall(page.read_text("utf-8"))


def commands(page: Path) -> Iterator[Command]:
    """In the order of the page."""
    for kind, text in blocks(page):
        if kind == "python":
            continue
        found: list[Command] = []
        for line in text.splitlines():
            if line.startswith("$ "):
                found.append(Command(line[2:], stays=kind.endswith("stays")))
            else:
                found[-1].shown.append(line)
        yield from found


def finished(command: Command, environ: Mapping[str, str]) -> str:
    """What it prints; it has to end well, and to print what is shown, if anything is."""
    done = subprocess.run(
        ["bash", "-c", command.line],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (command.line, done.stdout, done.stderr)
    assert not command.shown or command.is_shown(done.stdout), (command, done.stdout)
    return done.stdout


def started(command: Command, environ: Mapping[str, str]) -> subprocess.Popen[str]:
    """It runs, and has printed the last line shown."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command.line}"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if re.fullmatch(_pattern(command.shown[-1]), " ".join(line.split()) + "\n"):
            break
    assert command.is_shown(printed), (command, printed)
    return process
