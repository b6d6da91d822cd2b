"""What is taken in is kept whole under a name of ours, within bounds, and goes without a trace."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from madang.wire import capture
from madang.wire.captures import indexing, keeping
from madang.wire.engine import Ending, NotACapture, Refused
from madang.wire.models import Capture
from tests.wire.captures import ACK, HEADER, arp, ethernet, exchange, needs_tshark, pcap, tcp

pytestmark = [pytest.mark.django_db, needs_tshark]

AT = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
FRAMES = exchange(b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 204 No\r\n\r\n")
BOMB = gzip.compress(HEADER + bytes(keeping.UNPACKED), mtime=0)


def keep(folder: Path, data: bytes, name: str = "some.pcap", step: int = 1000) -> Capture:
    chunks = [data[at : at + step] for at in range(0, len(data), step)]
    return keeping.keep(chunks, name=name, by="7", at=AT, folder=folder)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_capture_is_kept_unpacked_for_us_alone(tmp_path: Path, packed: bool) -> None:
    data = pcap([*FRAMES, arp()])
    one = keep(tmp_path / "captures", gzip.compress(data, mtime=0) if packed else data)
    file = keeping.file(tmp_path / "captures", one.key)
    assert file.read_bytes() == data
    assert (one.packets, one.size, one.seconds, one.ending) == (6, len(data), 0.005, "whole")
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in file.parent.iterdir()}
    assert modes == {f"{one.key}.capture": "0o600", f"{one.key}.index": "0o600"}
    assert oct(file.parent.stat().st_mode & 0o777) == "0o700"
    keeping.forget(one, folder=file.parent)
    assert (list(file.parent.iterdir()), Capture.objects.count()) == ([], 0)


def test_members_of_a_gzip_follow_each_other_and_a_cut_one_is_said_to_be(tmp_path: Path) -> None:
    data = pcap(FRAMES)
    halves = gzip.compress(data[:90], mtime=0) + gzip.compress(data[90:], mtime=0)
    assert keep(tmp_path, halves).size == len(data)
    assert keep(tmp_path, gzip.compress(data, mtime=0)[:-4]).ending == Ending.CUT
    assert keep(tmp_path, data[:-3]).ending == Ending.CUT


def test_what_fills_a_piece_to_the_end_is_unpacked_whole() -> None:
    data = bytes(3 * keeping.PIECE)
    unpacking = keeping.Unpacking()
    pieces = list(unpacking.pieces([gzip.compress(data, mtime=0)]))
    assert (b"".join(pieces), unpacking.is_whole) == (data, True)
    assert max(map(len, pieces)) == keeping.PIECE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        HEADER[:23],
        gzip.compress(HEADER[:10], mtime=0),
        b"\x1f\x8bnot gzip at all",
        b"<html>" * 100,
    ],
    ids=["empty", "word", "short", "short gzip", "no gzip", "page"],
)
def test_what_is_no_capture_leaves_nothing(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(NotACapture):
        keep(tmp_path, data)
    assert (list(tmp_path.iterdir()), Capture.objects.count()) == ([], 0)


def test_a_small_file_that_holds_too_much_is_cut_off(tmp_path: Path) -> None:
    assert len(BOMB) < 200_000
    with pytest.raises(keeping.TooLarge):
        keep(tmp_path, BOMB, step=65536)
    assert (list(tmp_path.iterdir()), Capture.objects.count()) == ([], 0)


def test_there_are_only_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST", 1)
    keep(tmp_path, pcap(FRAMES))
    with pytest.raises(keeping.TooMany):
        keep(tmp_path, pcap(FRAMES))
    assert Capture.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\logs\\a.pcap", "a.pcap"),
        ("/", "–"),
        ("\x1b[31mred\u202e.pcap", "[31mred.pcap"),
        ("x" * 300, "x" * 100),
    ],
    ids=["up", "windows", "nothing", "control", "long"],
)
def test_a_name_is_shown_and_never_a_path(tmp_path: Path, name: str, shown: str) -> None:
    one = keep(tmp_path, pcap([]), name)
    assert (one.name, one.packets) == (shown, 0)
    assert {path.name.partition(".")[0] for path in tmp_path.iterdir()} == {one.key}


def test_what_was_left_behind_is_swept_and_what_is_known_stays(tmp_path: Path) -> None:
    one = keep(tmp_path, pcap(FRAMES))
    for name in ("abandoned.capture", "new.capture"):
        (tmp_path / name).touch()
    os.utime(tmp_path / "abandoned.capture", (0, 0))
    os.utime(keeping.file(tmp_path, one.key), (0, 0))
    keeping.sweep(tmp_path)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == sorted([f"{one.key}.capture", f"{one.key}.index", "new.capture"])


def test_pages_follow_each_other_with_and_without_a_filter(tmp_path: Path) -> None:
    file = keeping.file(tmp_path, keep(tmp_path, pcap([*FRAMES, *[arp()] * 7])).key)

    def numbers(after: int, wanted: str = "") -> tuple[list[int], bool, bool, int]:
        page = indexing.page(file, after=after, limit=4, display_filter=wanted)
        return [one.number for one in page.packets], page.is_first, page.is_last, page.total

    assert [numbers(0), numbers(4), numbers(8)] == [
        ([1, 2, 3, 4], True, False, 12),
        ([5, 6, 7, 8], False, False, 12),
        ([9, 10, 11, 12], False, True, 12),
    ]
    assert numbers(0, "arp") == ([6, 7, 8, 9], True, False, 7)
    assert numbers(9, "arp") == ([10, 11, 12], False, True, 7)
    assert numbers(0, "dns") == ([], True, True, 0)
    assert indexing.before(file, number=8, limit=4) == 4
    assert indexing.before(file, number=11, limit=4, display_filter="arp") == 7
    assert indexing.before(file, number=9, limit=4, display_filter="arp") == 0
    with pytest.raises(Refused):
        numbers(0, "nosuchfield")


def test_answers_to_filters_are_kept_and_the_oldest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "FILTERS", 2)
    file = keeping.file(tmp_path, keep(tmp_path, pcap(FRAMES)).key)
    for wanted in ("arp", "tcp", "http"):
        indexing.page(file, after=0, limit=1, display_filter=wanted)
    assert len(list(tmp_path.glob("*.frames"))) == 2
    file.unlink()
    assert indexing.page(file, after=0, limit=9, display_filter="http").total == 2


def test_the_statistics_are_what_the_terminal_says(tmp_path: Path) -> None:
    udp = tcp(1, 2, ACK)[:23] + b"\x11" + tcp(1, 2, ACK)[24:]
    frames = [*FRAMES, arp(), arp(0x8035, 3), udp, ethernet(0x9000, b"loop"), tcp(9, 9, ACK)]
    file = keeping.file(tmp_path, keep(tmp_path, pcap(frames)).key)
    found, told = indexing.statistics(file), capture.read(file).packets
    assert found.hierarchy == capture.hierarchy(told)
    assert found.conversations == capture.conversations(told)
    assert [one.protocol for one in found.conversations] == ["TCP", "UDP"]


def test_the_statistics_are_those_of_all_packets(tmp_path: Path) -> None:
    file = keeping.file(tmp_path, keep(tmp_path, pcap([*FRAMES, arp()])).key)
    found = indexing.statistics(file)
    assert [chain for chain, _frames, _bytes in found.hierarchy[:3]] == [
        ("eth",),
        ("eth", "arp"),
        ("eth", "ip"),
    ]
    assert [(one.protocol, one.frames_out, one.frames_back) for one in found.conversations] == [
        ("TCP", 3, 2)
    ]
    assert [(one.address, one.frames_sent, one.frames_got) for one in found.endpoints] == [
        ("10.0.0.1", 4, 2),
        ("10.0.0.2", 2, 4),
    ]
