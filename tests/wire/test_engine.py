"""Bad captures are answered with what is wrong with them, and leave no process behind."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from madang.wire import capture, engine
from madang.wire.engine import Ending, NotACapture, Refused
from tests.wire.captures import arp, exchange, needs_tshark, pcap, save

pytestmark = [pytest.mark.once, needs_tshark]

FRAMES = exchange(b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 204 No\r\n\r\n")


def test_a_gzip_reads_like_what_is_in_it(tmp_path: Path) -> None:
    plain = capture.read(save(tmp_path, pcap(FRAMES)))
    packed = capture.read(save(tmp_path, gzip.compress(pcap(FRAMES)), "..odd name.gz"))
    assert packed == plain
    assert (len(plain.packets), plain.ending) == (5, Ending.WHOLE)


def test_a_capture_that_was_cut_gives_what_came_before(tmp_path: Path) -> None:
    found = capture.read(save(tmp_path, pcap(FRAMES)[:-3]))
    assert (len(found.packets), found.ending) == (4, Ending.CUT)


def test_a_capture_without_packets_is_whole(tmp_path: Path) -> None:
    assert capture.read(save(tmp_path, pcap([]))) == capture.Capture([], Ending.WHOLE)


@pytest.mark.parametrize(
    "data", [b"", b"hello\n", gzip.compress(b"hello", mtime=0), b"\x1f\x8bnot gzip"]
)
def test_another_file_is_no_capture(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(NotACapture):
        capture.read(save(tmp_path, data))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotACapture):
        capture.read(tmp_path / "pipe")


def test_a_filter_that_is_none_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Unexpected end of filter expression"):
        capture.read(save(tmp_path, pcap(FRAMES)), display_filter="ip.addr ==")


def test_too_much_output_is_cut_after_a_whole_line(tmp_path: Path) -> None:
    answer = engine.ask(save(tmp_path, pcap([arp()] * 2000)), [], limit=1000)
    assert answer.ending is Ending.LARGE
    assert answer.output.endswith(b"\n")


def test_time_that_is_up_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids: list[int] = []
    end = engine._end

    def noting(process: subprocess.Popen[bytes]) -> None:
        pids.append(process.pid)
        end(process)

    monkeypatch.setattr(engine, "_end", noting)
    answer = engine.ask(save(tmp_path, pcap(FRAMES)), [], seconds=0)
    assert answer.ending is Ending.SLOW
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the user `nobody` may read; pytest keeps its own to whoever runs it."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_the_engine_has_no_privileges_and_no_network(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = place / "tshark"
    spy.write_text(
        "#!/bin/sh\ncat /proc/self/status /proc/self/limits\nip=/proc/self/ns/net\n"
        "readlink $ip\nprintenv HOME\n"
    )
    spy.chmod(0o755)
    monkeypatch.setattr(os, "defpath", f"{place}:{os.defpath}")
    said = engine.ask(save(place, pcap([])), []).output.decode().splitlines()
    status = dict(line.split(":\t", 1) for line in said if ":\t" in line)
    assert (status["NoNewPrivs"], status["CapEff"]) == ("1", "0" * 16)
    limits = {line[:26].strip(): line[26:].split()[1] for line in said if line.startswith("Max ")}
    assert (limits["Max file size"], limits["Max open files"]) == ("0", "64")
    assert said[-1] == "/nonexistent"
    if os.geteuid() == 0:
        assert said[-2] != Path("/proc/self/ns/net").readlink().name
        assert status["Uid"].split() == ["65534"] * 4
