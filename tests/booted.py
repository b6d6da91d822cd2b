"""A Debian server that is really booted, with systemd as its first process, and an outsider.

Both live in namespaces of their own, joined by one cable; the addresses are those kept for
documentation (RFC 5737). The server reaches no network: what pip needs is lent to it as a folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # what a process or a request may be told

from tests.machines import ROOT, archive, tracked
from tests.processes import children_of, eventually

PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "python3", "python3-venv", "nginx", "iproute2", "nftables",
)  # fmt: skip
NSPAWN = ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit"]
DOWNLOAD = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
DOWNLOAD += ["--no-deps", "--require-hashes", "--only-binary=:all:"]
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
"""Whose wheels a Debian needs."""
SERVER, CLIENT, BITS = "198.51.100.1", "198.51.100.2", 30
ASK = """
import http.client, json, socket, ssl, sys
told = json.loads(sys.argv[1])
context = ssl.create_default_context(cafile=told["cafile"]) if told["cafile"] else None
found = []
for _ in range(told["count"]):
    kind = http.client.HTTPSConnection if context else http.client.HTTPConnection
    connection = kind(told["host"], timeout=30, **({"context": context} if context else {}))
    address = (told["server"], told["port"])
    connection._create_connection = lambda _name, *more: socket.create_connection(address, *more)
    try:
        connection.request(told["method"], told["path"], told["body"], told["headers"])
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        found.append([answer.status, dict(answer.getheaders()), text])
    except (OSError, http.client.HTTPException) as error:
        found.append([0, {}, repr(error)])
    connection.close()
print(json.dumps(found))
"""
Answer = tuple[int, dict[str, str], str]


class Server:
    """A booted server in the folder `root`; `leader` is its first process, seen from here."""

    leader: int
    _machine: subprocess.Popen[bytes]

    def __init__(self, root: Path, namespace: str) -> None:
        self.root, self.namespace = root, namespace

    def run(self, *command: str, folder: str = "/") -> tuple[int, str]:
        """Exit code and all output of `command`, as root in `folder` of the server."""
        done = subprocess.run(
            ["nsenter", f"--target={self.leader}", "--all", f"--wdns={folder}", *command],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        return done.returncode, done.stdout

    def must(self, *command: str, folder: str = "/") -> str:
        """The output of `command`, which ends with 0."""
        code, said = self.run(*command, folder=folder)
        assert code == 0, said
        return said

    def ask(self, host: str, path: str, count: int = 1, **more: Any) -> list[Answer]:
        """What the outsider is answered: status (0 for none), headers and text, `count` times.

        With `cafile` over TLS, trusting the authorities in that file alone; `port`, `method`,
        `body` and `headers` are what they are in HTTP.
        """
        told, _nothing = self.crowd(host, path, count, **more).communicate()
        return answers(told)

    def crowd(self, host: str, path: str, count: int, **more: Any) -> subprocess.Popen[str]:
        """The outsider asks one after the other, in the background; `answers` reads it."""
        usual = {"server": SERVER, "host": host, "path": path, "count": count, "method": "GET"}
        usual |= {"port": 443 if more.get("cafile") else 80, "body": None, "headers": {}}
        told = json.dumps({**usual, "cafile": "", **more})
        return self.outside(sys.executable, "-c", ASK, told)

    def outside(self, *command: str, **more: Any) -> subprocess.Popen[str]:
        """Start `command` where the outsider is."""
        there = ["ip", "netns", "exec", self.namespace, *command]
        more = {"stdout": subprocess.PIPE, "text": True, **more}
        started: subprocess.Popen[str] = subprocess.Popen(there, **more)
        return started

    def boot(self) -> None:
        """Start it, as after its power was cut and came back, and put the cable in."""
        command = [*NSPAWN, "--private-network", f"--directory={self.root}"]
        self._machine = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        eventually(self._is_up)
        _join(self)

    def _is_up(self) -> bool:
        """Whether it has booted; nspawn's first child is another for a moment."""
        children = children_of(self._machine.pid)
        if not children:
            return False
        self.leader = children[0]
        return self.run("systemctl", "is-system-running")[1].strip() == "running"

    def halt(self) -> None:
        """Power off, and take the cable out."""
        subprocess.run(["ip", "netns", "delete", self.namespace], check=False, capture_output=True)
        if self._machine.poll() is None:
            self.run("systemctl", "poweroff")
        self._machine.wait(90)


def answers(told: str) -> list[Answer]:
    """What the outsider was answered."""
    return [(status, headers, text) for status, headers, text in json.loads(told)]


@contextmanager
def server(suite: str, clone: str, *packages: str) -> Iterator[Server]:
    """A server whose folder `clone` has the tracked files of this clone, running."""
    kept = archive(suite, (*PACKAGES, *packages))
    with tempfile.TemporaryDirectory(prefix="server-", dir=kept.parent) as folder:
        root = Path(folder)
        subprocess.run(["tar", "--extract", f"--file={kept}", f"--directory={root}"], check=True)
        _fill(root, clone, PYTHONS[suite])
        made = Server(root, f"madang{os.getpid()}")
        try:
            made.boot()
            yield made
        finally:
            made.halt()


def _fill(root: Path, clone: str, python: str) -> None:
    """The clone, the wheels of its locks for that Python, and where pip finds them."""
    for name in tracked():
        target = root / clone[1:] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, target)
    wheels = root / "srv" / "wheels"
    wheels.mkdir(parents=True)
    for lock in ("base", "uwsgi", "gunicorn"):
        wanted = f"--requirement={ROOT / 'requirements' / lock}.txt"
        command = [*DOWNLOAD, f"--python-version={python}", f"--dest={wheels}", wanted]
        subprocess.run(command, check=True)
    (root / "etc" / "pip.conf").write_text("[global]\nno-index = true\nfind-links = /srv/wheels\n")


def _join(made: Server) -> None:
    """A cable between the server and the outsider."""
    inside, outside = f"s{os.getpid()}", f"c{os.getpid()}"
    ip = ["ip"]
    within = [*ip, "-n", made.namespace]
    for command in (
        [*ip, "netns", "add", made.namespace],
        [*ip, "link", "add", outside, "type", "veth", "peer", "name", inside],
        [*ip, "link", "set", outside, "netns", made.namespace],
        [*ip, "link", "set", inside, "netns", str(made.leader)],
        [*within, "address", "add", f"{CLIENT}/{BITS}", "dev", outside],
        [*within, "link", "set", outside, "up"],
        [*within, "link", "set", "lo", "up"],
    ):
        subprocess.run(command, check=True)
    for words in (
        f"address add {SERVER}/{BITS} dev {inside}",
        f"link set {inside} up",
        "link set lo up",
    ):
        subprocess.run(
            ["nsenter", f"--target={made.leader}", "--net", "ip", *words.split()], check=True
        )
