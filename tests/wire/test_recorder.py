"""The recorder captures the site's own ports, for whoever may ask, and leaves nothing."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from madang.wire import capture, command, recorder, taping
from tests.processes import children_of, eventually, name_of
from tests.wire.captures import needs_tshark
from tests.wire.recorders import listens
from tests.wire.recorders import recorder as started
from tests.wire.test_live import dumpcap, knock, listening, needs_rights

pytestmark = [pytest.mark.once, needs_tshark]

LO = ("--interface", "lo")


@contextmanager
def asking(path: Path, told: object) -> Iterator[socket.socket]:
    """A client that has asked."""
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(60)
        door.connect(str(path))
        door.sendall(json.dumps(told).encode() + b"\n")
        yield door


def whole(door: socket.socket) -> tuple[dict[str, object], bytes]:
    with door.makefile("rb") as stream:
        return json.loads(stream.readline()), stream.read()


def at_work(pid: int) -> list[int]:
    """The processes of dumpcap that capture for the recorder `pid`."""
    return [found for child in children_of(pid) for found in dumpcap(child)]


@needs_rights
def test_the_own_ports_are_captured_and_nothing_is_left(tmp_path: Path) -> None:
    with listening() as ours, listening() as theirs, listening() as other:
        origin = f"http://anon.localhost:{theirs}"
        with started(f"{ours},{theirs}", *LO, MADANG_ANON_ORIGIN=origin) as (process, path):
            assert path.stat().st_mode & 0o777 == 0o660
            with asking(path, {"seconds": 60, "packets": 6, "by": "gwanu"}) as door:
                eventually(lambda: at_work(process.pid))
                now = taping.state(path)
                assert now is not None
                assert now.by == "gwanu"
                knock(theirs, other, ours, ours, ours)
                said, data = whole(door)
            assert said == {"packets": 6, "size": len(data)}
            eventually(lambda: taping.state(path) is None)
            assert [one.name for one in path.parent.iterdir()] == ["recorder"]
            eventually(lambda: not children_of(process.pid))
    file = tmp_path / "some.pcap"
    file.write_bytes(data)
    ports = {
        int(port)
        for packet in capture.read(file).packets
        if packet.transport
        for port in (packet.transport.source, packet.transport.target)
    }
    assert ours in ports
    assert not ports & {theirs, other}


@needs_rights
def test_one_captures_at_a_time() -> None:
    with started("80", *LO) as (process, path), asking(path, {"seconds": 60, "packets": 1}):
        eventually(lambda: at_work(process.pid))
        with pytest.raises(taping.Refused, match="^busy$"):
            taping.capture(path, seconds=1, by="sujin")
        assert len(at_work(process.pid)) == 1


@needs_rights
def test_a_capture_ends_with_its_client() -> None:
    with started("80", *LO) as (process, path):
        with asking(path, {"seconds": 60, "packets": 1}):
            eventually(lambda: at_work(process.pid))
            (child,) = at_work(process.pid)
        eventually(lambda: name_of(child) != "dumpcap")
        eventually(lambda: not children_of(process.pid))
        assert taping.state(path) is None


@needs_rights
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_capture_ends_with_the_recorder(number: signal.Signals) -> None:
    with started("80", *LO) as (process, path), asking(path, {"seconds": 60, "packets": 1}):
        eventually(lambda: at_work(process.pid))
        (child,) = at_work(process.pid)
        process.send_signal(number)
        eventually(lambda: name_of(child) != "dumpcap")
        process.wait()
        assert path.is_socket() is (number == signal.SIGKILL)


@needs_rights
def test_a_capture_without_a_packet_is_empty() -> None:
    with listening() as port, started(str(port), *LO) as (_process, path):
        assert taping.capture(path, seconds=1, by="") == b""


def test_the_ports_of_the_anonymous_origin_are_never_captured() -> None:
    origin = {"MADANG_ANON_ORIGIN": "https://anon.example.org"}
    with started("443,8001", *LO, **origin) as (_process, path):
        with pytest.raises(taping.Refused, match="^anonymous$"):
            taping.capture(path, seconds=1, by="")
        assert taping.state(path) is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"\xff\n",
        b"[]\n",
        b"7\n",
        b"[" * 900 + b"\n",
        b'{"seconds": 1}\n',
        b'{"seconds": 0, "packets": 1}\n',
        b'{"seconds": 61, "packets": 1}\n',
        b'{"seconds": true, "packets": 1}\n',
        b'{"seconds": 1, "packets": 100001}\n',
        b'{"seconds": 1, "packets": 1, "by": 7}\n',
        b'{"seconds": 1, "packets": 1, "ports": [22]}\n',
        b"x" * 5000,
    ],
)
def test_a_bad_question_is_refused(line: bytes) -> None:
    with pytest.raises(recorder.Refused, match="^bad$"):
        recorder._read(line[: taping.LINE])


def test_a_refusal_is_told_and_the_next_client_is_served() -> None:
    with started("80", *LO) as (_process, path):
        with asking(path, {"seconds": "1; id"}) as door:
            assert whole(door) == ({"refused": "bad"}, b"")
        assert taping.state(path) is None


def test_a_socket_that_was_left_behind_is_taken_over_and_a_used_one_is_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with started("80", *LO) as (_process, path):
        words = ["recorder", "--socket", str(path), "--ports", "80"]
        assert command.run(words) == 1
        assert "the recorder cannot listen there: Address already in use" in capsys.readouterr().err
        assert taping.state(path) is None
        left = path.with_name("left")
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(left))
        with recorder._listening(_options(left)) as server:
            assert server.ports == {80}
        assert not left.exists()


UNLUCKY = """
import os, signal, sys
from madang.wire import command
os.register_at_fork(after_in_parent=lambda: signal.raise_signal(signal.SIGTERM))
sys.exit(command.run(["recorder", "--socket", sys.argv[1], "--ports", "80"]))
"""
"""The signal comes where Python throws away what a handler raises."""


def test_a_signal_in_the_middle_of_a_fork_ends_it_too(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with subprocess.Popen([sys.executable, "-c", UNLUCKY, str(path)]) as process:
        eventually(lambda: listens(path))
        assert process.wait() == 0
    assert not path.exists()


def _options(path: Path) -> argparse.Namespace:
    return command._parser().parse_args(["recorder", "--socket", str(path), "--ports", "80"])


@pytest.mark.parametrize("ports", ["", "0", "80,", "65536", "http", "８０", "-1"])
def test_only_ports_are_ports(ports: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.run(["recorder", "--socket", "/nowhere", f"--ports={ports}"])
    assert "65535" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more", [["--group", "no-such-group"], ["--socket", f"/nowhere/{os.getpid()}"]]
)
def test_what_cannot_be_is_said(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["recorder", "--socket", "/nowhere/socket", "--ports", "80", *more]
    if "--group" in more:
        with pytest.raises(SystemExit):
            command.run(words)
    else:
        assert command.run(words) == 1
    assert capsys.readouterr().err
