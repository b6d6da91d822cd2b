"""What a capture costs beyond tshark: packets listed, and exchanges indexed, of 100,000 packets.

`python -m bench.packets [--packets 100000] [--rounds 5]`. In turns, over one file: tshark alone
with the columns of the list, the list of `madang wire packets`, tshark alone with the fields of the
index, and the exchanges of `madang wire index`. Printed: the median seconds of each, packets a
second, and its ratio to tshark's own time.
"""

from __future__ import annotations

import argparse
import statistics
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from madang.wire import engine, exchanges, layers
from tests.wire.captures import HEADER, exchange

TALK = 5
"""Frames of one exchange."""
PORT = 34
"""Where the source port of a frame is: after 14 bytes of Ethernet and 20 of IPv4."""
OUTPUT = 256 * 1024 * 1024


def main() -> None:
    """Make the capture, ask in turns, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "many.pcap"
        count = _make(file, options.packets)
        ways: dict[str, tuple[str, Callable[[], int]]] = {
            "tshark, list": ("tshark, list", lambda: _tshark(file, layers.FIELDS)),
            "packets": ("tshark, list", lambda: _packets(file)),
            "tshark, index": ("tshark, index", lambda: _tshark(file, exchanges.FIELDS)),
            "index": ("tshark, index", lambda: _exchanges(file)),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _round in range(options.rounds):
            for name, (_base, way) in ways.items():
                begun = time.perf_counter()
                if (found := way()) != count:
                    raise SystemExit(f"{name}: {found} packets instead of {count}")
                seconds[name].append(time.perf_counter() - begun)
    print(f"{'':14}{'seconds':>10}{'packets/s':>12}{'ratio':>8}")
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    for name, (base, _way) in ways.items():
        took = medians[name]
        print(f"{name:14}{took:10.2f}{count / took:12.0f}{took / medians[base]:8.2f}")


def _make(file: Path, wanted: int) -> int:
    """HTTP exchanges with a port and a number of its own each; how many packets they are."""
    talks = wanted // TALK
    with file.open("wb") as out:
        out.write(HEADER)
        for talk in range(talks):
            number = f"{talk:032x}".encode("ascii")
            head = b"HTTP/1.1 200 OK\r\nX-Request-ID: " + number + b"\r\nContent-Length: 2\r\n\r\n"
            frames = exchange(b"GET /some/page HTTP/1.1\r\nHost: a\r\n\r\n", head + b"hi")
            port = struct.pack("!H", 1024 + talk % 60_000)
            for place, frame in enumerate(frames):
                at = PORT + 2 * (place in {1, 4})
                sent = frame[:at] + port + frame[at + 2 :]
                seconds, millis = divmod(talk * TALK + place, 1000)
                moment = (1_700_000_000 + seconds, millis * 1000)
                out.write(struct.pack("<IIII", *moment, len(sent), len(sent)) + sent)
    return talks * TALK


def _tshark(file: Path, fields: tuple[str, ...]) -> int:
    asked = ["tshark", "-n", "-r", str(file), "-T", "fields", "-E", "occurrence=f"]
    for field in fields:
        asked += ["-e", field]
    done = subprocess.run(asked, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.count(b"\n")


def _packets(file: Path) -> int:
    """As `capture.read`, with as long and as much as it takes."""
    asked = ["-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"]
    for field in layers.FIELDS:
        asked += ["-e", field]
    answer = engine.ask(file, asked, seconds=600, limit=OUTPUT)
    return len(layers.packets(answer.output))


def _exchanges(file: Path) -> int:
    found, _ending = exchanges.read(file)
    return sum(one.frames_in_all for one in found)


if __name__ == "__main__":
    main()
