"""Real server processes on a database of their own, for races over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # JSON

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60
OPTIONS = ["madang.wsgi", "--worker-class", "gthread", "--threads", "16", "--no-control-socket"]


def environment(url: str, data: Path) -> dict[str, str]:
    """What a server of the tests is told."""
    return {
        **os.environ,
        "MADANG_DATABASE_URL": url,
        "MADANG_DATA": str(data),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "DJANGO_SETTINGS_MODULE": "madang.settings",
    }


def run(url: str, data: Path, code: str, environ: Mapping[str, str] | None = None) -> str:
    """What `code` prints, run in a Django of its own on the database at `url`.

    `environ` says more than `environment`.
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import django; django.setup()\n{code}"],
        env={**environment(url, data), **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def migrate(url: str, data: Path) -> None:
    """An empty database becomes a site's."""
    run(
        url, data, "from django.core.management import call_command as c; c('migrate', verbosity=0)"
    )


@dataclass
class Server:
    """One gunicorn with one worker process of several threads."""

    url: str
    data: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start and wait until it is ready."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (self.data / "static").mkdir(exist_ok=True, parents=True)
        self.log = (self.data / f"log-{self.port}").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *OPTIONS, "--bind", f"127.0.0.1:{self.port}"],
            env={**environment(self.url, self.data), **self.environ},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz"):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise AssertionError((self.data / f"log-{self.port}").read_text("utf-8"))

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End the server and its worker at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        self.process.wait()
        self.log.close()


@contextmanager
def servers(
    url: str, data: Path, count: int, environ: Mapping[str, str] | None = None
) -> Iterator[Sequence[Server]]:
    """`count` ready servers on one database; `environ` says more than `environment`."""
    started: list[Server] = []
    try:
        for _ in range(count):
            server = Server(url, data, environ or {})
            started.append(server)
            server.start()
        yield started
    finally:
        for server in started:
            if hasattr(server, "process"):
                server.kill()


def send(
    port: int, path: str, token: str, body: object = None, method: str = ""
) -> tuple[int, Any, float]:
    """Status, JSON and seconds of a request with a personal token."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method=method or ("GET" if body is None else "POST"),
    )
    before = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, text = error.code, error.read()
    return status, json.loads(text), time.monotonic() - before
