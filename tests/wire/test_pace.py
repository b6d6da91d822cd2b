"""How a capture went on in time, as tshark counts it, and one stream as a sequence of arrows."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from madang.wire import capture, command, pace
from tests.wire.captures import ACK, SYN, exchange, needs_tshark, pcap, save, tcp

pytestmark = [pytest.mark.once, needs_tshark]

TALK = exchange(
    b"GET /?token=hunter2 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
)
QUIET = [tcp(0, 0, ACK)] * 10


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return str(save(tmp_path, pcap(TALK)))


def test_intervals_are_those_of_tshark(tmp_path: Path) -> None:
    file = save(tmp_path, pcap([*TALK, *QUIET, *TALK]))
    asked = ["tshark", "-n", "-q", "-r", str(file), "-z", "io,stat,0.003"]
    said = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    theirs = re.findall(r"<>\s*(?:[\d.]+|Dur)\s*\|\s*(\d+)\s*\|\s*(\d+)", said)
    ours = pace.intervals(capture.read(file).packets, seconds=0.003)
    assert [(str(one.frames), str(one.bytes)) for one in ours] == theirs
    assert len(theirs) == 7


def test_an_interval_that_carried_nothing_has_no_bar(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = [len(frame) for frame in TALK]
    assert command.run(["stats", file, "--io", "0.003"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["0.000", "3", str(sum(sizes[:3]))],
        ["0.003", "2", str(sum(sizes[3:]))],
    ]
    assert lines[1].endswith("  " + "█" * 40)
    assert command.run(["stats", file, "--io", "0.003", "--filter", "http", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["intervals"] == [
        {"start": 0.0, "frames": 0, "bytes": 0},
        {"start": 0.003, "frames": 2, "bytes": sum(sizes[3:])},
    ]


def test_too_many_intervals_are_refused(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pace, "MOST", 4)
    assert command.run(["stats", file, "--io", "0.001"]) == 1
    said = capsys.readouterr().err
    assert said == "madang wire: that makes too many intervals; take longer ones.\n"


@pytest.mark.parametrize("seconds", ["0", "nan", "x", "-1", "86401", "inf"])
def test_an_interval_is_a_number_of_seconds(
    file: str, seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.run(["stats", file, f"--io={seconds}"])
    assert "a number of seconds from 0.001 to 86400" in capsys.readouterr().err


def test_a_stream_is_drawn_as_arrows_without_secrets(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(["flow", file, "--stream", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [re.sub(r"─+", "─", line.strip()) for line in lines] == [
        "10.0.0.1:40000                                               10.0.0.2:80",
        "0.000000 │─ [SYN] Seq=0 Len=0 ─▶│",
        "0.001000 │◀─ [SYN, ACK] Seq=0 Ack=1 Len=0 ─│",
        "0.002000 │─ [ACK] Seq=1 Ack=1 Len=0 ─▶│",
        "0.003000 │─ HTTP GET /?token=******* HTTP/1.1 ─▶│",
        "0.004000 │◀─ HTTP HTTP/1.1 200 OK ─│",
    ]
    assert len({len(line) for line in lines}) == 1
    assert command.run(["flow", file, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["steps"][1] == {
        "number": 2,
        "at": 0.001,
        "from_first": False,
        "label": "[SYN, ACK] Seq=0 Ack=1 Len=0",
    }
    assert (said["first"], said["second"]) == ("10.0.0.1:40000", "10.0.0.2:80")


def test_a_long_sentence_is_cut_and_a_missing_stream_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = exchange(b"GET /" + b"a" * 300 + b" HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n")
    file = str(save(tmp_path, pcap(frames)))
    assert command.run(["flow", file]) == 0
    assert len({len(line) for line in capsys.readouterr().out.splitlines()}) == 1
    assert command.run(["flow", str(save(tmp_path, pcap([tcp(1, 0, SYN)]))), "--stream", "7"]) == 1
