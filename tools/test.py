"""`./madang test`: the whole suite on SQLite, then on PostgreSQL what a second run can tell."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tools.village import ROOT

NOTHING_CHOSEN = 5
PASSES = {"sqlite": [], "postgresql": ["-m", "not once"]}


def run(argv: list[str]) -> int:
    """Run both passes; further arguments go to pytest. The worst exit code of the two."""
    codes = []
    for database, choice in PASSES.items():
        started = time.monotonic()
        environment = {**os.environ, "MADANG_TEST_DATABASE": database}
        parallel = [] if {"-n", "--pdb", "-x"} & set(argv) else ["-n", "2", "--dist", "loadgroup"]
        command = [sys.executable, "-m", "pytest", "-q", *parallel, *choice, *argv]
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        print(f"madang test: {database} took {time.monotonic() - started:.0f} s", flush=True)
        codes.append(0 if code == NOTHING_CHOSEN and argv else code)
    return max(codes)
