"""What went wrong in a capture is told in plain words, by conversation."""

from __future__ import annotations

import json
import socket
import struct
from pathlib import Path

import pytest

from madang.wire import command, expert
from madang.wire.engine import Ending
from madang.wire.expert import Finding
from tests.wire.captures import (
    ACK,
    HERE,
    PUSH,
    SYN,
    THERE,
    arp,
    ethernet,
    exchange,
    needs_tshark,
    pcap,
    save,
    tcp,
)

pytestmark = [pytest.mark.once, needs_tshark]

RST = 0x04
TALK = ("TCP", "10.0.0.1:40000", "10.0.0.2:80")
ASK = ("DNS", "10.0.0.1:50000", "10.0.0.2:53")
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def dns(number: int, flags: int = 0x0100, *, back: bool = False, port: int = 53) -> bytes:
    """A question for a.example over UDP, or `back` an answer without records (RFC 1035)."""
    question = b"\x01a\x07example\0" + struct.pack("!HH", 1, 1)
    data = struct.pack("!HHHHHH", number, flags, 1, 0, 0, 0) + question
    ports = (port, 50000) if back else (50000, port)
    datagram = struct.pack("!HHHH", *ports, 8 + len(data), 0) + data
    source, target = (THERE, HERE) if back else (HERE, THERE)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), 0, 0x4000, 64, 17, 0)
    addresses = socket.inet_aton(source) + socket.inet_aton(target)
    return ethernet(0x0800, head + addresses + datagram, back=back)


def answered(status: bytes) -> list[bytes]:
    return exchange(REQUEST, b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")


OPENED = answered(b"200 OK")


@pytest.mark.parametrize(
    ("frames", "found"),
    [
        (OPENED, []),
        ([tcp(100, 0, SYN)], [Finding(*TALK, "no answer", "", [1])]),
        (
            [tcp(100, 0, SYN), tcp(0, 101, RST | ACK, back=True)],
            [Finding(*TALK, "refused", "", [2])],
        ),
        ([*OPENED, tcp(551, 600, RST)], [Finding(*TALK, "reset", "", [6])]),
        (
            [OPENED[0], *OPENED[2:4]],
            [Finding(*TALK, "one side", "", [1])],
        ),
        (
            [*OPENED[:4], OPENED[3], OPENED[3]],
            [Finding(*TALK, "retransmitted", "", [5, 6])],
        ),
        (answered(b"404 Not Found"), [Finding(*TALK, "failed", "HTTP 404", [5])]),
        (
            [*OPENED[:3], tcp(901, 501, PUSH, b"x")],
            [Finding(*TALK, "lost", "", [4])],
        ),
        ([dns(7), dns(7, 0x8180, back=True)], []),
        ([dns(7, port=5353)], []),
        (
            [dns(7), dns(7), dns(8, 0x8180, back=True)],
            [Finding(*ASK, "no answer for a name", "a.example", [1, 2])],
        ),
        (
            [dns(7), dns(7, 0x8183, back=True), dns(8), dns(8, 0x8182, back=True)],
            [
                Finding(*ASK, "no name", "a.example", [2]),
                Finding(*ASK, "failed", "DNS 2", [4]),
            ],
        ),
        ([arp(), arp()], [Finding("ARP", HERE, THERE, "no answer", "", [1, 2])]),
        ([arp(0x8035, 3)], []),
    ],
)
def test_each_trouble_is_found(frames: list[bytes], found: list[Finding], tmp_path: Path) -> None:
    assert expert.findings(save(tmp_path, pcap(frames))) == (found, Ending.WHOLE)


def test_two_machines_with_one_address_are_found(tmp_path: Path) -> None:
    frame = arp(operation=2)
    other = frame.replace(b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x09")
    found, _ending = expert.findings(save(tmp_path, pcap([frame, other])))
    assert found == [Finding("ARP", HERE, THERE, "two machines", HERE, [2])]


def test_the_terminal_says_it_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(save(tmp_path, pcap([arp(), *OPENED[:4], *[OPENED[3]] * 12])))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert command.run(["expert", file]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ARP   10.0.0.1 → 10.0.0.2",
        "      no answer came  (1)",
        "TCP   10.0.0.1:40000 → 10.0.0.2:80",
        "      retransmitted 12 times  (6, 7, 8, 9, 10, 11, 12, 13, 14, 15, …)",
    ]
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert command.run(["expert", file, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["sentence"] for one in said["findings"]] == [
        "응답이 없었습니다",
        "다시 보냈습니다 (12번)",
    ]


def test_where_nothing_is_wrong_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert command.run(["expert", str(save(tmp_path, pcap(OPENED)))]) == 0
    assert capsys.readouterr().out == "nothing went wrong that can be seen here\n"
