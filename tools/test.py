"""`./madang test`: the whole suite on SQLite, on PostgreSQL what a second run can tell.

Then the two commands on a bare Debian, where there can be one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from tools.village import ROOT

DATA = Path(os.environ.get("MADANG_DATA") or ROOT / "var").resolve()
NOTHING_CHOSEN = 5
PASSES = {"sqlite": "not bare", "postgresql": "not once", "bare": "bare"}


def run(argv: list[str]) -> int:
    """Run all passes; further arguments go to pytest. The worst exit code of them."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="marked")
    options, others = parser.parse_known_args(argv)
    codes = []
    slowest = ["--durations", "10"] if os.environ.get("CI") else []
    for name, choice in PASSES.items():
        started = time.monotonic()
        marked = ["-m", f"({choice}) and ({options.marked})" if options.marked else choice]
        alone = name == "bare" or {"-n", "--pdb", "-x"} & set(argv)
        parallel = [] if alone else ["-n", "2", "--dist", "loadgroup"]
        parallel += ["-o", f"cache_dir={DATA / 'cache/pytest'}"]
        command = [sys.executable, "-m", "pytest", "-q", *parallel, *slowest, *marked, *others]
        code = subprocess.run(command, cwd=ROOT, env=_environment(name), check=False).returncode
        print(f"madang test: {name} took {time.monotonic() - started:.0f} s", flush=True)
        codes.append(0 if code == NOTHING_CHOSEN and argv else code)
    return max(codes)


def _environment(name: str) -> dict[str, str]:
    """The caller's, with everything that is written under the data folder."""
    scratch = DATA / "tests"
    scratch.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "MADANG_TEST_DATABASE": "postgresql" if name == "postgresql" else "sqlite",
        "PYTEST_DEBUG_TEMPROOT": str(scratch),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(DATA / "cache/hypothesis"),
    }
