"""`./madang lock`: renew the locks from requirements/*.in, with hashes and no address."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys

from tools.village import ROOT

OPTIONS = ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"]
OPTIONS += ["--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command"]
OPTIONS += ["./madang lock"]
FOLLOWING = ["--constraints", "requirements/dev.txt"]
ALONE = ["--override", "requirements/proxy-overrides.txt"]
LOCKS = {"dev": [], "base": FOLLOWING, "uwsgi": [], "gunicorn": FOLLOWING, "clients": []}
LOCKS |= {"proxy": ALONE}
"""Some follow the first: what a site runs is what was tested."""


def run(argv: list[str]) -> int:
    """Compile the locks with uv: what is new, and with `--upgrade` whatever has a new version."""
    parser = argparse.ArgumentParser("madang lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest of everything")
    upgrade = ["--upgrade"] if parser.parse_args(argv).upgrade else []
    uv = shutil.which("uv")
    if uv is None:
        print("madang lock needs uv", file=sys.stderr)
        return 1
    for name, options in LOCKS.items():
        paths = [f"requirements/{name}.in", "--output-file", f"requirements/{name}.txt"]
        command = [uv, "pip", "compile", *OPTIONS, *upgrade, *options, *paths]
        done = subprocess.run(command, cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0
