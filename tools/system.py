"""`./madang setup --system`: install what some tests need: programs with apt, foreign clients.

Standard library only: it runs before anything else is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from madang.wire.proxy import environment

PROGRAMS = {
    "chromium": ("chromium", "journeys through the pages, and photographs"),
    "curl": ("curl", "a client that speaks HTTP/2 through the proxy"),
    "git": ("git", "the files that a fresh clone has"),
    "fc-list": ("fontconfig", "finding the fonts of the photographs"),
    "msgfmt": ("gettext", "the catalogue of translations"),
    "mmdebstrap": ("mmdebstrap", "a bare Debian, to try the two commands on"),
    "node": ("nodejs", "a client of the passes that others wrote"),
    "npm": ("npm", "installing that client"),
    "nginx": ("nginx", "whether nginx takes the site that is rendered for it"),
    "openssl": ("openssl", "certificates"),
    "pebble": ("pebble", "an authority that gives certificates as Let's Encrypt does"),
    "systemd-analyze": ("systemd", "what systemd says of the units"),
    "tshark": ("tshark", "captures opened and looked into"),
    "systemd-nspawn": ("systemd-container", "running inside the bare Debian"),
}
ROOT = Path(__file__).resolve().parents[1]
CLIENTS = ROOT / "var" / "clients"
"""Foreign programs that tests let read us, in an environment of their own."""
PASSES = ROOT / "var" / "passes"
"""The same, for what npm installs."""
PASSES_LOCK = ROOT / "requirements" / "passes"
FOREIGN = {
    "Sip2": "a self-check machine that borrows and returns over SIP2",
    "mitmproxy": "what carries HTTP for the proxy",
    "privacypass-ts": "a client that asks for passes and spends them",
}
"""What is in environments of its own, and what for."""
ENVIRONMENTS = {
    CLIENTS: ROOT / "requirements" / "clients.txt",
    ROOT / "var" / "proxy" / "engine": environment.LOCK,
}
"""What is made from which lock."""
POSTGRES = "postgresql"
FONT = "fonts-noto-cjk"
VENV = "python3-venv"


def missing() -> list[str]:
    """The packages that are not there yet."""
    packages = [package for name, (package, _why) in PROGRAMS.items() if not shutil.which(name)]
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        packages.append(POSTGRES)
    if not Path("/usr/share/fonts/opentype/noto").is_dir():
        packages.append(FONT)
    if not importlib.util.find_spec("ensurepip"):
        packages.append(VENV)
    return packages


def run(argv: list[str]) -> int:
    """Install what is missing; 1 and the command to run where it cannot."""
    parser = argparse.ArgumentParser("madang setup", description=__doc__)
    parser.add_argument("--system", action="store_true", required=True, help="with apt, as root")
    parser.parse_args(argv)
    packages = missing()
    if packages and (code := _apt(packages)):
        return code
    for folder, lock in ENVIRONMENTS.items():
        if not environment.make(folder, lock):
            print(f"madang setup: {folder} could not be made", file=sys.stderr)
            return 1
    if not _npm(PASSES, PASSES_LOCK):
        print(f"madang setup: {PASSES} could not be made", file=sys.stderr)
        return 1
    told = f"installed {', '.join(packages)}" if packages else "everything is there"
    print(f"madang setup: {told}")
    return 0


def _npm(folder: Path, lock: Path) -> bool:
    """Install what a package-lock.json names, with its hashes, unless it is there; no scripts."""
    ready, mark = folder / "ready", (lock / "package-lock.json").read_bytes()
    if ready.is_file() and ready.read_bytes() == mark:
        return True
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(lock, folder)
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    if subprocess.run(npm, cwd=folder, stdout=subprocess.DEVNULL, check=False).returncode:
        return False
    ready.write_bytes(mark)
    return True


def _apt(packages: list[str]) -> int:
    install = ["apt-get", "install", "-qq", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"Please run: sudo apt-get update && sudo {' '.join(install)}", file=sys.stderr)
        return 1
    if POSTGRES in packages:  # the tests start servers of their own; no cluster is needed
        folder = Path("/etc/postgresql-common/createcluster.d")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "madang.conf").write_text("create_main_cluster = false\n", "utf-8")
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            print(f"madang setup: {' '.join(command)} failed", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
