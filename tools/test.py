"""`./madang test`: the whole suite on SQLite, on PostgreSQL what a second run can tell.

Then the two commands on a bare Debian, where there can be one. The whole suite also measures the
verb modules by branches and fails below 100 %; which modules these are stands in pyproject.toml.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools.village import ROOT

DATA = Path(os.environ.get("MADANG_DATA") or ROOT / "var").resolve()
COVERAGE = DATA / "coverage"
NOTHING_CHOSEN = 5
PASSES = {"sqlite": "not bare", "postgresql": "not once", "bare": "bare"}


def run(argv: list[str]) -> int:
    """Run all passes; further arguments go to pytest. The worst exit code of all."""
    is_whole = not argv
    if is_whole:
        shutil.rmtree(COVERAGE, ignore_errors=True)
        COVERAGE.mkdir(parents=True)
    codes = [_pass(name, argv) for name in PASSES]
    if is_whole:
        codes.append(_covered())
    return max(codes)


def _pass(name: str, argv: list[str]) -> int:
    started = time.monotonic()
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="marked")
    wanted, others = parser.parse_known_args(argv)
    choice = f"({PASSES[name]}) and ({wanted.marked})" if wanted.marked else PASSES[name]
    measured = [] if argv or name == "bare" else ["coverage", "run", "-m"]
    alone = {"-n", "--pdb", "-x"} & set(argv)
    options = ["-q", "-o", f"cache_dir={DATA / 'cache/pytest'}"]
    options += [] if alone else ["-n", "2", "--dist", "loadgroup"]
    options += ["--durations", "10"] if os.environ.get("CI") else []
    command = [sys.executable, "-m", *measured, "pytest", *options, "-m", choice, *others]
    code = subprocess.run(command, cwd=ROOT, env=_environment(name), check=False).returncode
    print(f"madang test: {name} took {time.monotonic() - started:.0f} s", flush=True)
    return 0 if code == NOTHING_CHOSEN and argv else code


def _environment(name: str) -> dict[str, str]:
    """The caller's, with everything that is written under the data folder."""
    scratch = DATA / "tests"
    scratch.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "COVERAGE_FILE": str(COVERAGE / "data"),
        "MADANG_TEST_DATABASE": "postgresql" if name == "postgresql" else "sqlite",
        "PYTEST_DEBUG_TEMPROOT": str(scratch),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(DATA / "cache/hypothesis"),
    }


def _covered() -> int:
    """Put the measurements of all processes together and print what was missed."""
    started = time.monotonic()
    code = 0
    for step in (["combine", "--quiet"], ["report"]):
        command = [sys.executable, "-m", "coverage", *step]
        code = (
            code
            or subprocess.run(command, cwd=ROOT, env=_environment("sqlite"), check=False).returncode
        )
    print(f"madang test: coverage took {time.monotonic() - started:.0f} s", flush=True)
    return code
