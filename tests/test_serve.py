"""`madang serve`: it answers, it ends with everything it started, and it says why it cannot."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes import children_of, eventually, marked

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.once


@dataclass
class Site:
    """A site being served, marked by its folder."""

    process: subprocess.Popen[str]
    port: int
    folder: Path

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "LC_ALL": "C.UTF-8",
        "MADANG_DATA": str(tmp_path),
    }


@pytest.fixture
def site(environ: dict[str, str], site_database: str, tmp_path: Path) -> Iterator[Site]:
    environ["MADANG_DATABASE_URL"] = site_database
    port = _free_port()
    process = _serve(environ, "--port", str(port))
    try:
        assert process.stdout is not None
        announced = process.stdout.readline()
        assert announced == f"Madang listens at http://127.0.0.1:{port}/\n"
        yield Site(process, port, tmp_path)
    finally:
        process.kill()
        process.communicate()
        eventually(lambda: marked(str(tmp_path)) == [])


def _serve(environ: dict[str, str], *argv: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "madang", "serve", *argv],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_answers_and_ends_with_everything_it_started(site: Site) -> None:
    assert site.get("/healthz") == (200, b'{"status": "ok"}')
    assert site.get("/readyz") == (200, b'{"status": "ok"}')
    assert site.get("/static/ui/tokens.css")[0] == 200
    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(60) == 0
    assert marked(str(site.folder)) == []


def test_a_web_server_that_dies_is_replaced_on_the_same_port(site: Site) -> None:
    assert site.get("/healthz")[0] == 200
    [web] = [pid for pid in children_of(site.process.pid) if children_of(pid)]
    before = children_of(web)
    os.kill(web, signal.SIGKILL)
    eventually(lambda: len(children_of(site.process.pid)) == 2 and not marked_among(before))
    assert site.get("/healthz") == (200, b'{"status": "ok"}')


def marked_among(pids: list[int]) -> list[int]:
    """Those of `pids` that still run."""
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_a_background_worker_that_dies_is_replaced(site: Site) -> None:
    assert site.get("/healthz")[0] == 200
    before = set(children_of(site.process.pid))
    [worker] = [pid for pid in before if not children_of(pid)]
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: len(set(children_of(site.process.pid)) - before) == 1)
    after = set(children_of(site.process.pid))
    assert (len(after), worker in after) == (2, False)


def test_without_a_key_it_says_which_variable_it_wants(environ: dict[str, str]) -> None:
    del environ["MADANG_SECRET_KEY"]
    process = _serve(environ)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("madang serve: MADANG_SECRET_KEY: it takes a random text")


def test_a_port_that_is_taken_is_named(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = _serve(environ, "--port", str(port))
        out, err = process.communicate(timeout=60)
    said = f"madang serve: 127.0.0.1:{port} is taken, or not an address of this machine.\n"
    assert (process.returncode, out, err) == (1, "", said)


def test_an_address_of_another_machine_is_refused(environ: dict[str, str]) -> None:
    process = _serve(environ, "--host", "192.0.2.1")
    said = "madang serve: 192.0.2.1:8000 is taken, or not an address of this machine.\n"
    assert process.communicate(timeout=60) == ("", said)


@pytest.mark.parametrize(
    ("option", "text", "range_"),
    [
        ("--port", "0", "1 to 65535"),
        ("--port", "65536", "1 to 65535"),
        ("--port", "８０００", "1 to 65535"),
        ("--port", "9" * 5000, "1 to 65535"),
        ("--workers", "none", "1 to 1000"),
        ("--threads", "-1", "1 to 1000"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    environ: dict[str, str], option: str, text: str, range_: str
) -> None:
    process = _serve(environ, f"{option}={text}")
    err = process.communicate(timeout=60)[1]
    said = f"madang serve: error: argument {option}: it takes a number from {range_}"
    assert (process.returncode, err.splitlines()[-1]) == (2, said)
