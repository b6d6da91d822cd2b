"""What a capture is made of, who spoke with whom, and what they said."""

from __future__ import annotations

from pathlib import Path

import pytest

from madang.wire import capture
from madang.wire.capture import Conversation, NoStream, Piece, Stream
from madang.wire.engine import Ending
from tests.wire.captures import arp, exchange, needs_tshark, pcap, save

pytestmark = [pytest.mark.once, needs_tshark]

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nCookie: sessionid=abc\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def test_the_tree_counts_frames_and_bytes(tmp_path: Path) -> None:
    frames = [*exchange(REQUEST, ANSWER), arp()]
    found = capture.read(save(tmp_path, pcap(frames)))
    everything, talk = sum(map(len, frames)), sum(map(len, frames[:5]))
    assert capture.hierarchy(found.packets)[:4] == [
        (("eth",), 6, everything),
        (("eth", "arp"), 1, len(frames[5])),
        (("eth", "ip"), 5, talk),
        (("eth", "ip", "tcp"), 5, talk),
    ]


def test_a_conversation_tells_both_directions_apart(tmp_path: Path) -> None:
    frames = exchange(REQUEST, ANSWER)
    found = capture.read(save(tmp_path, pcap([*frames, arp()])))
    out, back = (frames[0], frames[2], frames[3]), (frames[1], frames[4])
    assert capture.conversations(found.packets) == [
        Conversation(
            "TCP", "10.0.0.1:40000", "10.0.0.2:80", 3, sum(map(len, out)), 2, sum(map(len, back))
        )
    ]


def test_a_stream_is_followed_with_its_secrets_masked(tmp_path: Path) -> None:
    path = save(tmp_path, pcap(exchange(REQUEST, ANSWER)))
    assert capture.follow(path, stream=0) == Stream(
        "10.0.0.1:40000",
        "10.0.0.2:80",
        [Piece(True, REQUEST.replace(b"sessionid=abc", b"*" * 13)), Piece(False, ANSWER)],
        Ending.WHOLE,
    )


def test_a_stream_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoStream):
        capture.follow(save(tmp_path, pcap([arp()])), stream=7)
