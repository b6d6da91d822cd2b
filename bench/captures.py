"""Opening and listing 100,000 packets, beside tshark printing the same columns.

`python -m bench.captures [--packets 100000] [--rounds 3] [--pages 50]`. Each round, turn by turn:
tshark alone writes the columns to a pipe that nobody reads, then the capture is indexed and its
first page read. Then later pages, everywhere in the capture. Printed: medians, the ratio of the
first page to tshark, and how long later pages take.
"""

from __future__ import annotations

import argparse
import statistics
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from madang.wire.captures import indexing
from madang.wire.engine import Ending
from madang.wire.layers import FIELDS
from tests.wire.captures import ACK, PUSH, arp, exchange, pcap, tcp

PAGE = 100


def main() -> None:
    """Write the capture, read it in both ways, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=50)
    options = parser.parse_args()
    indexing.SECONDS = 600.0  # a busy machine is no reason to stop in the middle
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "some.capture"
        file.write_bytes(pcap(_frames(options.packets)))
        alone, opened = [], []
        for _round in range(options.rounds):
            alone.append(_seconds(lambda: _tshark(file)))
            indexing.place(file).unlink(missing_ok=True)
            opened.append(_seconds(lambda: _first(file)))
        step = max(options.packets // options.pages, 1)
        later = [_seconds(partial(_page, file, at)) for at in range(1, options.packets, step)]
    base = statistics.median(alone)
    print(f"{'tshark alone':22}{base:8.2f} s{1:8.2f}")
    print(f"{'index and first page':22}{statistics.median(opened):8.2f} s", end="")
    print(f"{statistics.median(opened) / base:8.2f}")
    print(f"{'a later page':22}{statistics.median(later) * 1000:8.2f} ms, at most", end=" ")
    print(f"{max(later) * 1000:.2f} ms")


def _frames(count: int) -> list[bytes]:
    """HTTP, data both ways, and ARP, over and over."""
    told = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
    asked = b"GET /books?page=2 HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid=abc\r\n\r\n"
    talk = [*exchange(asked, told), tcp(900, 900, PUSH | ACK, b"x" * 300, back=True)]
    frames: list[bytes] = []
    while len(frames) < count:
        frames += [_from(len(frames), frame) for frame in talk] + [arp()]
    return frames[:count]


def _from(number: int, frame: bytes) -> bytes:
    """The frame with a client's port of its own, so that each talk is a connection."""
    port = struct.pack("!H", 10_000 + number % 50_000)
    if frame[34:36] == struct.pack("!H", 80):
        return frame[:36] + port + frame[38:]
    return frame[:34] + port + frame[36:]


def _seconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _tshark(file: Path) -> None:
    columns = [part for field in FIELDS for part in ("-e", field)]
    command = ["tshark", "-n", "-r", "-", "-T", "fields", "-E", "occurrence=f", *columns]
    with file.open("rb") as packets:
        quiet = subprocess.DEVNULL
        subprocess.run(command, stdin=packets, stdout=quiet, stderr=quiet, check=True)


def _first(file: Path) -> None:
    read = indexing.build(file)
    assert read.ending is Ending.WHOLE
    assert len(_page(file, 0).packets) == min(PAGE, read.packets)


def _page(file: Path, after: int) -> indexing.Page:
    return indexing.page(file, after=after, limit=PAGE)


if __name__ == "__main__":
    main()
