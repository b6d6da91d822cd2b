"""Requests through a real nginx and a unix socket are joined, layer by layer, by their number."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from madang.wire import exchanges
from madang.wire.index import Index, Search
from madang.wire.strata import strata
from madang.wire.trail import LEAVE_OUT
from tests.processes import eventually
from tests.wire.captures import needs_tshark
from tests.wire.stand import LIES, Stand, ask, stand

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is missing"),
    needs_tshark,
    pytest.mark.skipif(os.geteuid() != 0, reason="capturing needs root"),
]

PATHS = ["/authors/", "/tags/ahead/", "/page/", "/static/plain.css", "/none/", "/anon/posts/"]
CONNECTIONS, EACH = 10, 50


@pytest.fixture
def found() -> Iterator[Stand]:
    """A folder that the workers of nginx may enter: pytest's own are for one user."""
    with TemporaryDirectory() as name, stand(Path(name)) as made:
        yield made


def index(found: Stand) -> Index:
    return Index(found.traces, re.compile(LEAVE_OUT))


def hundreds(found: Stand) -> dict[str, tuple[str, int]]:
    """Path and status of each request by its number: ten connections with fifty requests each."""

    def connection(first: int) -> list[tuple[str, str, int]]:
        with found.connect() as door:
            asked = [PATHS[(first + number) % len(PATHS)] for number in range(EACH)]
            answers = [ask(door, path) for path in asked]
        return [
            (number, path, status) for path, (status, number) in zip(asked, answers, strict=True)
        ]

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        rows = [row for some in pool.map(connection, range(CONNECTIONS)) for row in some]
    assert len({number for number, _path, _status in rows}) == CONNECTIONS * EACH
    return {number: (path, status) for number, path, status in rows}


def test_five_hundred_mixed_requests_are_joined(found: Stand) -> None:
    file = found.folder / "some.pcapng"
    command = ["dumpcap", "-q", "-i", "lo", "-f", f"tcp port {found.port}", "-w", str(file)]
    recorder = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: file.exists() and file.stat().st_size > 0)
        with found.connect() as door:
            eventually(lambda: ask(door, "/books/") and file.stat().st_size > 2000)
        asked = hundreds(found)
        with found.connect() as door:
            last = ask(door, "/statements/")[1].encode()
        eventually(lambda: last in file.read_bytes())
    finally:
        recorder.terminate()
        recorder.wait()
    made = index(found)
    made.take_in(nginx_log=found.log, at=datetime.now(UTC))
    made.join(exchanges.read(file)[0])
    kept = {one.id: one for one in made.recent(Search(), limit=2000) if one.id in asked}
    expected = {one: said for one, said in asked.items() if "anon" not in said[0]}
    assert {one.id: (one.path, one.status) for one in kept.values()} == expected
    assert [one.id for one in kept.values() if one.packets is None] == []
    for one in kept.values():
        is_static = one.path.startswith("/static/")
        assert (one.django is None) == is_static
        layers = {layer.key: layer for layer in strata(one, str).layers}
        assert layers["application"].protocol == "HTTP/1.1"
        assert layers["django"].is_seen is not is_static
        if not is_static:
            assert layers["hop"].protocol == "unix socket: not captured"
            assert one.loops == (one.path in {"/authors/", "/page/"})
    assert "f" * 32 not in asked
    assert made.get("f" * 32) is None


def test_reading_again_changes_nothing_and_a_rotated_log_is_read_to_its_end(found: Stand) -> None:
    made, now = index(found), datetime.now(UTC)
    with found.connect() as door:
        ask(door, "/books/")
        eventually(lambda: found.log.read_bytes().count(b"\n") == 1)
        assert made.take_in(nginx_log=found.log, at=now) == 2
        assert made.take_in(nginx_log=found.log, at=now) == 0
        ask(door, "/static/plain.css")
        eventually(lambda: found.log.read_bytes().count(b"\n") == 2)
    text = found.log.read_text("utf-8")
    found.log.rename(f"{found.log}.1")
    line = json.loads(text.splitlines()[1]) | {"request": "0" * 32}
    found.log.write_text(json.dumps(line) + "\n", "utf-8")
    assert made.take_in(nginx_log=found.log, at=now) == 2
    assert sorted(one.path for one in made.recent(Search(), limit=9)) == [
        "/books/",
        "/static/plain.css",
        "/static/plain.css",
    ]


def test_an_encrypted_connection_is_joined_by_port_and_time(found: Stand) -> None:
    with found.connect() as door:
        port = door.getsockname()[1]
        _status, number = ask(door, "/books/", LIES)
    eventually(lambda: b"books" in found.log.read_bytes())
    made = index(found)
    made.take_in(nginx_log=found.log, at=datetime.now(UTC))
    one = made.get(number)
    assert one is not None
    ends = (("", "127.0.0.1", port), ("", "127.0.0.1", found.port))
    frame = exchanges.Frame(1, one.at, 60, 0, True, True, False)
    last = exchanges.Frame(2, one.at + one.ms / 1000, 60, 20, False, False, False)
    sealed = exchanges.Exchange("", "", *ends, 64, (frame, last), 2, False)
    assert made.join([sealed]) == 1
    joined = made.get(number)
    assert joined is not None
    application = strata(joined, str).layers[3]
    assert application.about == (
        "encrypted, or the answer was not captured: joined by port and time"
    )
