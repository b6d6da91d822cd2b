"""`./madang check`: everything that can be said of the code without running it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tools import catalogue, requirements, sizes
from tools.village import ROOT

CODE = ["src", "tests", "tools", "bench", "madang"]


def _command(*arguments: str) -> Callable[[], str]:
    def check() -> str:
        environment = {**os.environ, "MADANG_DEBUG": "yes"}
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return "" if done.returncode == 0 else done.stdout + done.stderr

    return check


def _imports() -> str:
    """import-linter has no `python -m`; its function says the same."""
    return _command("tools.imports")()


CHECKS: dict[str, Callable[[], str]] = {
    "types": _command("mypy"),
    "templates": _command("djlint", "src", "--lint", "--quiet"),
    "imports": _imports,
    "format": _command("ruff", "format", "--check", *CODE),
    "code": _command("ruff", "check", *CODE),
    "migrations": _command("django", "makemigrations", "--check", "--dry-run"),
    "translations": catalogue.check,
    "requirements": requirements.check,
    "sizes": sizes.check,
}


def run(argv: list[str]) -> int:
    """Run all checks, two at a time; 1 if one found something."""
    del argv
    failed = False
    with ThreadPoolExecutor(2) as pool:
        for name, (found, seconds) in zip(CHECKS, pool.map(_timed, CHECKS.values()), strict=True):
            print(f"{name:13} {'✗' if found else '✓'} {seconds:5.1f} s", flush=True)
            if found:
                failed = True
                print(found)
    return int(failed)


def _timed(check: Callable[[], str]) -> tuple[str, float]:
    started = time.monotonic()
    return check(), time.monotonic() - started
