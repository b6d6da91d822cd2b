"""`./madang bench NAME`: one script per question, under bench/; each prints ratios."""

from __future__ import annotations

import ast
import subprocess
import sys

from tools.village import ROOT


def run(argv: list[str]) -> int:
    """Run `bench/NAME.py` with the remaining arguments; list the questions without a name."""
    scripts = {path.stem: path for path in sorted((ROOT / "bench").glob("[!_]*.py"))}
    if argv and argv[0] in scripts:
        command = [sys.executable, "-m", f"bench.{argv[0]}", *argv[1:]]
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    for name, path in scripts.items():
        about = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        print(f"  madang bench {name:10} {about.partition(chr(10))[0]}")
    return 0 if not argv else 2
