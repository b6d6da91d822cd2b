"""`./madang lock`: renew the locks from requirements/*.in, with hashes and no address."""

import shutil
import subprocess
import sys

from tools.village import ROOT

OPTIONS = ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"]
OPTIONS += ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--upgrade"]


def run(argv: list[str]) -> int:
    """Compile both locks; needs uv."""
    del argv
    uv = shutil.which("uv")
    if uv is None:
        print("madang lock needs uv", file=sys.stderr)
        return 1
    for name in ("base", "dev"):
        source, lock = f"requirements/{name}.in", f"requirements/{name}.txt"
        done = subprocess.run(
            [uv, "pip", "compile", *OPTIONS, source, "-o", lock], cwd=ROOT, check=False
        )
        if done.returncode:
            return done.returncode
    return 0
