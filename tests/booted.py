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

from tests.machines import ROOT, archive, tracked
from tests.processes import children_of, eventually

PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "python3", "python3-venv", "nginx", "iproute2", "nftables",
)  # fmt: skip
NSPAWN = ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit"]
DOWNLOAD = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
DOWNLOAD += ["--no-deps", "--require-hashes", "--only-binary=:all:"]
SERVER, CLIENT, BITS = "198.51.100.1", "198.51.100.2", 30
ASK = """
import http.client, json, sys
server, host, path, count = *sys.argv[1:4], int(sys.argv[4])
told = []
for _ in range(count):
    connection = http.client.HTTPConnection(server, timeout=20)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        told.append([answer.status, dict(answer.getheaders()), text])
    except (OSError, http.client.HTTPException) as error:
        told.append([0, {}, repr(error)])
    connection.close()
print(json.dumps(told))
"""


class Server:
    """A booted server in the folder `root`; `leader` is its first process, seen from here."""

    def __init__(self, root: Path, leader: int, namespace: str) -> None:
        self.root, self.leader, self.namespace = root, leader, namespace

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

    def ask(self, host: str, path: str, count: int = 1) -> list[tuple[int, dict[str, str], str]]:
        """What the outsider is answered: status (0 for none), headers and text, `count` times."""
        command = [sys.executable, "-c", ASK, SERVER, host, path, str(count)]
        done = subprocess.run(
            ["ip", "netns", "exec", self.namespace, *command],
            capture_output=True,
            text=True,
            check=True,
        )
        return [(status, headers, text) for status, headers, text in json.loads(done.stdout)]

    def crowd(self, host: str, path: str, count: int) -> subprocess.Popen[str]:
        """The outsider asks one after the other, in the background."""
        command = [sys.executable, "-c", ASK, SERVER, host, path, str(count)]
        return subprocess.Popen(
            ["ip", "netns", "exec", self.namespace, *command], stdout=subprocess.PIPE, text=True
        )


@contextmanager
def server(suite: str, clone: str) -> Iterator[Server]:
    """A server whose folder `clone` has the tracked files of this clone, running."""
    kept = archive(suite, PACKAGES)
    with tempfile.TemporaryDirectory(prefix="server-", dir=kept.parent) as folder:
        root = Path(folder)
        subprocess.run(["tar", "--extract", f"--file={kept}", f"--directory={root}"], check=True)
        _fill(root, clone)
        with _booted(root) as made:
            yield made


def _fill(root: Path, clone: str) -> None:
    """The clone, the wheels of its locks, and where pip finds them."""
    for name in tracked():
        target = root / clone[1:] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, target)
    wheels = root / "srv" / "wheels"
    wheels.mkdir(parents=True)
    for lock in ("base", "uwsgi"):
        wanted = f"--requirement={ROOT / 'requirements' / lock}.txt"
        subprocess.run([*DOWNLOAD, f"--dest={wheels}", wanted], check=True)
    (root / "etc" / "pip.conf").write_text("[global]\nno-index = true\nfind-links = /srv/wheels\n")


@contextmanager
def _booted(root: Path) -> Iterator[Server]:
    namespace = f"madang{os.getpid()}"
    command = [*NSPAWN, "--private-network", f"--directory={root}"]
    with tempfile.TemporaryFile() as console:
        machine = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=console, stderr=console
        )
        try:
            eventually(lambda: children_of(machine.pid))
            made = Server(root, children_of(machine.pid)[0], namespace)
            eventually(lambda: made.run("systemctl", "is-system-running")[1].strip() == "running")
            _join(made)
            yield made
        finally:
            subprocess.run(["ip", "netns", "delete", namespace], check=False, capture_output=True)
            if machine.poll() is None:
                made.run("systemctl", "poweroff")
            machine.wait(60)


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
