"""The server as it is: commands, files and links. Nothing here decides what should be."""

from __future__ import annotations

import fcntl
import grp
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from madang.deploy.plan import File

LOCK = Path("/run/lock/madang-deploy")
LEAST = 2 * 1024 * 1024
"""Bytes that must be free where a site writes."""
MODULES = Path("/etc/nginx/modules-enabled")


class Failed(Exception):
    """A step could not be done; the message says which command, and how its output ended."""


class Busy(Exception):
    """Somebody else is deploying."""


@contextmanager
def alone() -> Iterator[None]:
    """While nobody else deploys on this server; `Busy` where somebody does."""
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield


def run(
    *command: str | Path,
    user: str = "",
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """What `command` prints. As `user`, it has nothing of root's environment but `environ`.

    Raises `Failed` with the end of its output where it does not end with 0.
    """
    inherited = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    passed_on = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_CERT_"))}
    before = ["runuser", "--user", user, "--"] if user else []
    done = subprocess.run(
        [*before, *map(str, command)],
        env={**inherited, **({} if user else passed_on), **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=cwd,
        check=False,
    )
    if done.returncode:
        end = "\n".join(done.stdout.strip().splitlines()[-12:])
        raise Failed(f"{' '.join(map(str, command))}: {done.returncode}\n{end}")
    return done.stdout


def works(*command: str | Path) -> bool:
    """Whether `command` ends with 0."""
    try:
        run(*command)
    except (Failed, FileNotFoundError):
        return False
    return True


def read(path: Path) -> str | None:
    """The text of a file; None where there is none."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None


def variables(path: Path) -> dict[str, str]:
    """What an environment file says; none where there is no file."""
    pairs = (line.partition("=") for line in (read(path) or "").splitlines())
    return {name: value for name, _equals, value in pairs if re.fullmatch(r"[A-Z_]+", name)}


def write(file: File, *, group: str = "root") -> bool:
    """Have `file` as it is wanted, whole or as before; whether that changed anything."""
    path = Path(file.path)
    is_there = read(path) == file.text and (path.stat().st_mode & 0o777) == file.mode
    if is_there:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(file.text, "utf-8")
    os.chown(draft, 0, grp.getgrnam(group).gr_gid)
    draft.chmod(file.mode)
    draft.replace(path)
    return True


def link(path: Path, target: Path) -> None:
    """Have `path` lead to `target`, from one moment to the next."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(path)


def install(packages: Sequence[str]) -> None:
    """Debian's packages, by apt. Raises `Failed`."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq", environ=quiet)
    run("apt-get", "install", "-qq", "--no-install-recommends", *packages, environ=quiet)


def has_brotli() -> bool:
    """Whether nginx has its module for files packed by brotli, and they can be packed here."""
    return any(MODULES.glob("*brotli-static*")) and shutil.which("brotli") is not None


def settle(user: str, home: Path) -> None:
    """Have a system user without a shell, and a home that nginx's group may enter."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        run(
            "useradd", "--system", "--home-dir", home, "--shell", "/usr/sbin/nologin",
            "--gid", "www-data", user,
        )  # fmt: skip
    home.mkdir(parents=True, exist_ok=True)
    shutil.chown(home, user, "www-data")
    home.chmod(0o750)


def full(*folders: Path) -> Path | None:
    """The first of them on whose disk nothing more can be written; None where there is room."""
    for folder in filter(Path.is_dir, folders):
        found = os.statvfs(folder)
        if found.f_bavail * found.f_frsize < LEAST or (found.f_files and not found.f_favail):
            return folder
    return None


def unit(verb: str, *names: str) -> None:
    """`systemctl VERB`. Raises `Failed`."""
    run("systemctl", "--quiet", verb, *names)


def systemd() -> int:
    """The number of its version."""
    found = re.match(r"systemd (\d+)", run("systemctl", "--version"))
    return int(found[1]) if found else 0


def is_running(name: str) -> bool:
    """Whether systemd says that the unit is up."""
    return works("systemctl", "--quiet", "is-active", name)


def journal(name: str, lines: int = 12) -> str:
    """The last that a unit said."""
    return run("journalctl", "--no-pager", "--output=cat", f"--lines={lines}", f"--unit={name}")
