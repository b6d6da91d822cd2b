"""`./madang fmt`: format the code."""

import subprocess
import sys

from tools.village import ROOT

CODE = ["src", "tests", "tools", "bench", "madang"]


def run(argv: list[str]) -> int:
    """Sort imports, mend what can be mended, format."""
    del argv
    for command in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *CODE], cwd=ROOT, check=False)
    return 0
