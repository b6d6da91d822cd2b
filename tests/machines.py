"""Bare Debian machines: a root with what was asked for and nothing else, entered with nspawn.

A root is made once a week by mmdebstrap and kept as an archive in a cache folder; every machine
is a copy of its own that is gone afterwards, with whatever still runs in it. It shares the
host's network. What the caller says to pip and of certificates holds inside as well.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.processes import children_of, eventually

ROOT = Path(__file__).resolve().parents[1]
REACH = ("index-url", "trusted-host", "proxy", "cert", "client-cert", "timeout", "retries")
PASSED_ON = ("PIP_", "UV_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
KEPT_BACK = {"PIP_CACHE_DIR", "UV_CACHE_DIR"}
NSPAWN = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--as-pid2", "--pipe"]


def unable() -> str:
    """Why there can be no bare machine here; nothing if there can."""
    for program in ("mmdebstrap", "systemd-nspawn", "git"):
        if shutil.which(program) is None:
            return f"{program} is missing"
    return "" if os.geteuid() == 0 else "systemd-nspawn needs root"


def tracked() -> list[str]:
    """The names of the files that a fresh clone has."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return listed.stdout.decode().rstrip("\0").split("\0")


class Machine:
    """A Debian in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._running: list[subprocess.Popen[str]] = []

    def start(self, user: str, folder: str, *command: str) -> subprocess.Popen[str]:
        """Start `command` as `user` in `folder` of the machine."""
        inside = [*NSPAWN, "--resolv-conf=copy-host", *_settings(), f"--directory={self.root}"]
        started = subprocess.Popen(
            [*inside, f"--user={user}", f"--chdir={folder}", *command],
            env={**os.environ, "SYSTEMD_NSPAWN_TMPFS_TMP": "0"},  # what is left in /tmp shows
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._running.append(started)
        return started

    def run(self, user: str, folder: str, *command: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of `command`."""
        started = self.start(user, folder, *command)
        out, err = started.communicate()
        told = [line for line in err.splitlines(keepends=True) if NOISE not in line]
        return started.returncode, out, "".join(told)

    def interrupt(self, started: subprocess.Popen[str]) -> int:
        """Press Ctrl-C in the command's terminal; returns its exit code."""
        [first] = children_of(started.pid)
        [payload] = children_of(first)
        os.kill(payload, signal.SIGINT)
        started.communicate()
        return started.returncode

    def clone(self, folder: str, user: str) -> None:
        """Put the tracked files of this clone, as they are now, where `user` owns them."""
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
        )
        for name in listed.stdout.decode().rstrip("\0").split("\0"):
            target = self.root / folder[1:] / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).exists():
                shutil.copy(ROOT / name, target)
        self.run("root", "/", "chown", "--recursive", f"{user}:", folder)

    def files(self, but: str) -> dict[str, tuple[int, int, int]]:
        """Mode, size and time of everything on its disk that is not under `but`."""
        found = {}
        for folder, folders, names in os.walk(self.root):
            inside = folder.removeprefix(str(self.root)) or "/"
            folders[:] = [name for name in folders if f"{inside.rstrip('/')}/{name}" != but]
            for name in [*folders, *names]:
                told = (Path(folder) / name).lstat()
                size, time = (0, 0) if stat.S_ISDIR(told.st_mode) else _size_and_time(told)
                found[f"{inside.rstrip('/')}/{name}"] = (told.st_mode, size, time)
        return found

    def end(self) -> None:
        """Kill what still runs in it: the end of a machine's first process is the end of all."""
        for started in self._running:
            if started.poll() is None:
                for first in children_of(started.pid):
                    with suppress(ProcessLookupError):
                        os.kill(first, signal.SIGKILL)
                started.communicate()


NOISE = "/run/systemd/nspawn/propagate"
"""Of a line that some hosts' nspawn writes at its start; nothing of it comes from the machine."""


@contextmanager
def machine(suite: str, *packages: str) -> Iterator[Machine]:
    """A Debian `suite` with `packages`; its folder and its processes are gone afterwards."""
    kept = archive(suite, packages)
    with tempfile.TemporaryDirectory(prefix="machine-", dir=kept.parent) as folder:
        subprocess.run(["tar", "--extract", f"--file={kept}", f"--directory={folder}"], check=True)
        made = Machine(Path(folder))
        try:
            yield made
        finally:
            made.end()
            eventually(lambda: not _inside(folder))


def archive(suite: str, packages: Sequence[str]) -> Path:
    """The root of this week, made if there is none yet; older ones of its kind are removed."""
    kept = Path(os.environ.get("XDG_CACHE_HOME") or "/var/cache") / "madang" / "bare"
    kept.mkdir(parents=True, exist_ok=True)
    kind = "-".join([suite, *packages])
    made = kept / f"{kind}_{datetime.now(UTC):%G-%V}.tar"
    with (kept / f"{kind}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not made.exists():
            draft = kept / f"{kind}.new.tar"
            include = f"--include={','.join(packages)}"
            command = ["mmdebstrap", "--quiet", "--variant=minbase", include, suite, str(draft)]
            subprocess.run(command, check=True)
            for older in kept.glob(f"{kind}_*.tar"):
                older.unlink()
            draft.rename(made)
    return made


def _settings() -> list[str]:
    """nspawn's options for what the caller says to pip; files that it names are lent as well."""
    told = _configured()
    for name, value in os.environ.items():
        if name.upper().startswith(PASSED_ON) and name not in KEPT_BACK:
            told[name] = value
    options = []
    for name, value in told.items():
        is_lent = value.startswith("/") and ":" not in value and Path(value).exists()
        if is_lent:
            options.append(f"--bind-ro={os.path.realpath(value)}:/host{value}")
        options.append(f"--setenv={name}={'/host' if is_lent else ''}{value}")
    return options


def _configured() -> dict[str, str]:
    """What pip's files say about reaching an index, as its variables."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    said = dict(re.findall(r"^global\.([a-z-]+)='(.*)'$", listed, re.MULTILINE))
    return {f"PIP_{name.upper().replace('-', '_')}": said[name] for name in REACH if name in said}


def _size_and_time(told: os.stat_result) -> tuple[int, int]:
    return told.st_size, told.st_mtime_ns


def _inside(folder: str) -> list[str]:
    """The processes whose root is the machine's folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/root"):
        with suppress(OSError):
            if str(path.readlink()) == folder:
                found.append(path.parent.name)
    return found
