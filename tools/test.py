"""`./madang test`: the whole suite on SQLite, then on PostgreSQL what a second run can tell.

The whole suite also measures the verb modules by branches and fails below 100 %; which modules
these are stands in pyproject.toml.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

from tools.village import ROOT

NOTHING_CHOSEN = 5
PASSES = {"sqlite": [], "postgresql": ["-m", "not once"]}
COVERAGE = ROOT / "var" / "coverage"


def run(argv: list[str]) -> int:
    """Run both passes; further arguments go to pytest. The worst exit code of all."""
    is_whole = not argv
    if is_whole:
        shutil.rmtree(COVERAGE, ignore_errors=True)
        COVERAGE.mkdir(parents=True)
    codes = [_pass(database, argv) for database in PASSES]
    if is_whole:
        codes.append(_covered())
    return max(codes)


def _pass(database: str, argv: list[str]) -> int:
    started = time.monotonic()
    environment = {**os.environ, "MADANG_TEST_DATABASE": database}
    environment["COVERAGE_FILE"] = str(COVERAGE / "data")
    measured = [] if argv else ["coverage", "run", "-m"]
    parallel = [] if {"-n", "--pdb", "-x"} & set(argv) else ["-n", "2", "--dist", "loadgroup"]
    command = [sys.executable, "-m", *measured, "pytest", "-q", *parallel, *PASSES[database]]
    code = subprocess.run([*command, *argv], cwd=ROOT, env=environment, check=False).returncode
    print(f"madang test: {database} took {time.monotonic() - started:.0f} s", flush=True)
    return 0 if code == NOTHING_CHOSEN and argv else code


def _covered() -> int:
    """Put the measurements of all processes together and print what was missed."""
    started = time.monotonic()
    environment = {**os.environ, "COVERAGE_FILE": str(COVERAGE / "data")}
    for step in (["combine", "--quiet"], ["report"]):
        command = [sys.executable, "-m", "coverage", *step]
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if code:
            break
    print(f"madang test: coverage took {time.monotonic() - started:.0f} s", flush=True)
    return code
