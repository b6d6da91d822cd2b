"""A stream of packets is kept in files of a bounded size, and nothing is written over."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from madang.wire.ring import Ring

pytestmark = pytest.mark.once

HEAD = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def record(letter: bytes, length: int = 10) -> bytes:
    return struct.pack("=IIII", 0, 0, length, length) + letter * length


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_packets_are_whole_however_the_stream_is_cut(tmp_path: Path, step: int) -> None:
    stream = HEAD + record(b"a") + record(b"b", 0) + record(b"c", 300)
    ring = Ring(tmp_path / "some.pcap", size=1000)
    for at in range(0, len(stream), step):
        ring.feed(stream[at : at + step])
    ring.feed(record(b"d")[:-1])
    ring.close()
    assert (tmp_path / "some.pcap").read_bytes() == stream
    assert (ring.packets, ring.bytes, ring.is_full) == (3, 310, False)
    assert (tmp_path / "some.pcap").stat().st_mode & 0o777 == 0o600


def test_one_file_is_full_before_it_is_too_large(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "some.pcap", size=len(HEAD) + 2 * 26)
    ring.feed(HEAD + record(b"a") + record(b"b") + record(b"c", 1) + record(b"d", 1))
    ring.close()
    assert ring.is_full
    assert (tmp_path / "some.pcap").read_bytes() == HEAD + record(b"a") + record(b"b")


def test_a_ring_keeps_its_latest_files(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "some.pcap", size=len(HEAD) + 26, files=2)
    ring.feed(HEAD + b"".join(map(record, (b"a", b"b", b"c"))))
    ring.close()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "some-00002.pcap": HEAD + record(b"b"),
        "some-00003.pcap": HEAD + record(b"c"),
    }
    assert (ring.packets, [path.name for path in ring.paths]) == (
        3,
        ["some-00002.pcap", "some-00003.pcap"],
    )


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "some.pcap").write_text("mine")
    (tmp_path / "link.pcap").symlink_to(tmp_path / "elsewhere")
    for name in ("some.pcap", "link.pcap"):
        with pytest.raises(FileExistsError):
            Ring(tmp_path / name, size=1000)
    assert (tmp_path / "some.pcap").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
