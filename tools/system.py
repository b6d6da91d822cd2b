"""`./madang setup --system`: install the system programs that some tests need, with apt.

Standard library only: it runs before anything else is installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = {
    "chromium": ("chromium", "journeys through the pages, and photographs"),
    "git": ("git", "the files that a fresh clone has"),
    "fc-list": ("fontconfig", "finding the fonts of the photographs"),
    "msgfmt": ("gettext", "the catalogue of translations"),
    "mmdebstrap": ("mmdebstrap", "a bare Debian, to try the two commands on"),
    "nginx": ("nginx", "whether nginx takes the site that is rendered for it"),
    "systemd-analyze": ("systemd", "what systemd says of the units"),
    "tshark": ("tshark", "captures opened and looked into"),
    "systemd-nspawn": ("systemd-container", "running inside the bare Debian"),
}
POSTGRES = "postgresql"
FONT = "fonts-noto-cjk"


def missing() -> list[str]:
    """The packages that are not there yet."""
    packages = [package for name, (package, _why) in PROGRAMS.items() if not shutil.which(name)]
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        packages.append(POSTGRES)
    if not Path("/usr/share/fonts/opentype/noto").is_dir():
        packages.append(FONT)
    return packages


def run(argv: list[str]) -> int:
    """Install what is missing; 1 and the command to run where it cannot."""
    parser = argparse.ArgumentParser("madang setup", description=__doc__)
    parser.add_argument("--system", action="store_true", required=True, help="with apt, as root")
    parser.parse_args(argv)
    packages = missing()
    if not packages:
        print("madang setup: everything is there")
        return 0
    install = ["apt-get", "install", "-qq", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"Please run: sudo apt-get update && sudo {' '.join(install)}", file=sys.stderr)
        return 1
    if POSTGRES in packages:  # the tests start servers of their own; no cluster is needed
        folder = Path("/etc/postgresql-common/createcluster.d")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "madang.conf").write_text("create_main_cluster = false\n", "utf-8")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            print(f"madang setup: {' '.join(command)} failed", file=sys.stderr)
            return 1
    print(f"madang setup: installed {', '.join(packages)}")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
