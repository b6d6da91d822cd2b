"""Clones for the tests of the launcher, with Pythons and installers made for the purpose."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = os.path.realpath(sys.executable)

COMMAND = """
import json, os, sys
def run(argv):
    names = ("MADANG_DATA", "PYTHONPATH", "UV_INDEX_URL", "UV_CACHE_DIR")
    told = {name: os.environ.get(name) for name in names}
    print(json.dumps({"argv": argv, "python": sys.executable, **told}), flush=True)
    if argv == ["wait"]:
        sys.stdin.read()
    return 7
"""

UV = """#!/bin/sh
echo "$*" >> "$TEST_LOG"
case "$1" in
venv) mkdir -p "$5/bin" && ln -s "$4" "$5/bin/python" ;;
pip) [ -n "$TEST_SLOW" ] && exec sleep "$TEST_SLOW"; exit "${TEST_FAILS:-0}" ;;
esac
"""


@dataclass
class Clone:
    """A clone with a small command in it, and a PATH of its own."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def start(self, *argv: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["/bin/sh", str(self.folder / "madang"), *(argv or ["manage"])],
            env={**self.environ, **environ},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            preexec_fn=_hear_interruptions,
        )

    def run(self, *argv: str, **environ: str) -> tuple[int, str, str]:
        started = self.start(*argv, **environ)
        out, err = started.communicate(timeout=120)
        return started.returncode, out, err

    def program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(0o755)

    def borrow(self, *names: str) -> None:
        for name in names:
            (self.folder / "bin" / name).symlink_to(str(shutil.which(name)))

    def log(self) -> list[str]:
        path = Path(self.environ["TEST_LOG"])
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def environments(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("var/env/*-*"))


def make_clone(tmp_path: Path) -> Clone:
    """With a Python and an uv that installs nothing."""
    folder = tmp_path / "clone"
    package = folder / "src" / "madang"
    (package / "lib").mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "requirements").mkdir()
    for name in ("madang", "src/madang/__init__.py", "src/madang/__main__.py"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("cli.py", "lib/__init__.py", "lib/terminal.py"):
        shutil.copy(ROOT / "src" / "madang" / name, package / name)
    shutil.copytree(ROOT / "src/madang/locale", package / "locale")
    (package / "manage.py").write_text(COMMAND, "utf-8")
    (folder / "requirements" / "base.txt").write_text("# nothing\n", "utf-8")
    (folder / "requirements" / "dev.txt").write_text("# nothing either\n", "utf-8")
    made = Clone(folder, {"PATH": str(folder / "bin"), "TEST_LOG": str(tmp_path / "log")})
    made.program("uv", UV)
    made.borrow("mkdir", "ln", "sleep")
    (folder / "bin" / "python3").symlink_to(PYTHON)
    return made


def _hear_interruptions() -> None:
    """Whoever runs the tests in the background has SIGINT ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
