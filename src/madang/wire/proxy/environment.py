"""The environment that mitmproxy has to itself: its pins conflict with the site's.

Standard library only: `./madang setup --system` makes it before anything else is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[4] / "requirements" / "proxy.txt"
"""With hashes; a clone has it, an installed package does not."""


def is_ready(folder: Path, lock: Path = LOCK) -> bool:
    """Whether it was made to the end, from this lock and for this Python."""
    made = folder / "ready"
    return made.is_file() and made.read_bytes() == _mark(lock)


def make(folder: Path, lock: Path = LOCK) -> bool:
    """Make it from the lock unless it is there; False where that failed.

    Without dependencies beyond the lock: mitmproxy itself asks for a pyperclip that has no wheel.
    """
    if is_ready(folder, lock):
        return True
    shutil.rmtree(folder, ignore_errors=True)
    pip = [str(folder / "bin" / "pip"), "--quiet", "--disable-pip-version-check", "install"]
    hashed = ["--no-deps", "--require-hashes", "--requirement", str(lock)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for command in ([sys.executable, "-m", "venv", str(folder)], [*pip, *hashed]):
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            return False
    (folder / "ready").write_bytes(_mark(lock))
    return True


def _mark(lock: Path) -> bytes:
    return lock.read_bytes() + f"# {sys.implementation.cache_tag}\n".encode()
