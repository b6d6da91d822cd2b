"""Bodies of HTTP/1 are unpacked within bounds; whatever is not understood stays as it is."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest

from madang.wire import bodies, capture, command
from tests.wire.captures import ACK, PUSH, SYN, needs_tshark, pcap, save, tcp

TEXT = b'{"page": 2, "note": "hello"}'
BARE = zlib.compressobj(wbits=-15)
DEFLATED = BARE.compress(TEXT) + BARE.flush()
GZIP = gzip.compress(TEXT, mtime=0)
OK = b"HTTP/1.1 200 OK\r\n"


def chunked(data: bytes, size: int = 7) -> bytes:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    chunks = b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return chunks + b"0\r\nDigest: x\r\n\r\n"


def answer(body: bytes, *headers: bytes, length: bool = True) -> bytes:
    lines = (*headers, *([b"Content-Length: %d" % len(body)] if length else []))
    return OK + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


@pytest.mark.parametrize(
    "message",
    [
        answer(GZIP, b"Content-Encoding: gzip"),
        answer(GZIP, b"CONTENT-ENCODING:X-GZIP "),
        answer(DEFLATED, b"Content-Encoding: deflate"),
        answer(zlib.compress(TEXT), b"Content-Encoding: deflate"),
        answer(zlib.compress(GZIP), b"Content-Encoding: gzip, identity, deflate"),
        answer(chunked(TEXT), b"Transfer-Encoding: chunked", length=False),
        answer(
            chunked(GZIP), b"Transfer-Encoding: chunked", b"Content-Encoding: gzip", length=False
        ),
        answer(GZIP, b"Content-Encoding: gzip", length=False),
    ],
)
def test_a_body_is_unpacked(message: bytes) -> None:
    head = message.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert bodies.unpack([message]) == [head + TEXT]


def test_messages_follow_each_other_and_a_body_goes_on_in_later_pieces() -> None:
    packed = answer(chunked(GZIP), b"Transfer-Encoding: chunked", b"Content-Encoding: gzip")
    packed = packed.replace(b"Content-Length", b"X-Length")
    head = packed.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    whole = OK + b"Content-Length: 9\r\n\r\n" + packed + b"HTTP/1.1 304 No\r\n\r\n" + answer(TEXT)
    plain = OK + b"Content-Length: 9\r\n\r\n" + head + TEXT + b"HTTP/1.1 304 No\r\n\r\n"
    for size in (1, 10, 50, 1000):
        parts = [whole[at : at + size] for at in range(0, len(whole), size)]
        said = bodies.unpack(parts)
        assert len(said) == len(parts)
        assert b"".join(said) == plain + answer(TEXT)
    posted = (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        + chunked(b"a=b")
        + b"GET / HTTP/1.1\r\n\r\n"
    )
    assert bodies.unpack([posted])[0].endswith(b"\r\n\r\na=bGET / HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"220 ftp\r\n\r\n",
        OK + b"Content-Encoding: gzip",
        answer(b"no gzip", b"Content-Encoding: gzip"),
        answer(GZIP, b"Content-Encoding: br"),
        answer(GZIP, b"Content-Encoding: gzip, gzip, gzip, gzip"),
        answer(b"zz\r\nabc", b"Transfer-Encoding: chunked", length=False),
        b"GET / HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\nmore",
        answer(TEXT),
    ],
)
def test_what_is_not_understood_stays_as_it_is(data: bytes) -> None:
    assert bodies.unpack([data]) == [data]


def test_what_was_cut_off_is_unpacked_as_far_as_it_goes() -> None:
    data = answer(gzip.compress(b"hello " * 1000, mtime=0)[:-9], b"Content-Encoding: gzip")
    (said,) = bodies.unpack([data])
    assert said.partition(b"\r\n\r\n")[2].startswith(b"hello hello")
    (said,) = bodies.unpack([answer(b"5\r\nhel", b"Transfer-Encoding: chunked", length=False)])
    assert said.endswith(b"\r\n\r\nhel")
    (said,) = bodies.unpack(
        [answer(b"3\r\nhel\r\n0\r\n", b"Transfer-Encoding: chunked", length=False)]
    )
    assert said.endswith(b"\r\n\r\nhel")


def test_a_bomb_is_unpacked_within_bounds_over_all_messages() -> None:
    bomb = answer(gzip.compress(bytes(50 * bodies.LARGEST), mtime=0), b"Content-Encoding: gzip")
    (said,) = bodies.unpack([bomb * 3])
    assert bodies.LARGEST < len(said) < bodies.LARGEST + 3 * len(bomb)


@needs_tshark
def test_a_secret_is_hidden_after_unpacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = gzip.compress(b'{"password": "planted7secret", "page": 2}', mtime=0)
    told = answer(secret, b"Content-Encoding: gzip", b"Set-Cookie: sessionid=planted7secret")
    asked = b"GET / HTTP/1.1\r\n\r\n"
    cut = len(told) - 20
    frames = [
        tcp(100, 0, SYN),
        tcp(500, 101, SYN | ACK, back=True),
        tcp(101, 501, ACK),
        tcp(101, 501, PUSH, asked),
        tcp(501, 101 + len(asked), PUSH, told[:cut], back=True),
        tcp(501 + cut, 101 + len(asked), PUSH, told[cut:], back=True),
    ]
    file = save(tmp_path, pcap(frames))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert command.run(["follow", str(file), "--unpack"]) == 0
    assert '← {"password": "**************", "page": 2}' in capsys.readouterr().out
    assert command.run(["follow", str(file)]) == 0
    assert "page" not in capsys.readouterr().out
    found = capture.follow(file, stream=0, unpacked=True)
    said = b"".join(piece.data for piece in found.pieces)
    assert said.endswith(b'{"password": "**************", "page": 2}')
    assert b"planted" not in said
    sent = b"".join(piece.data for piece in capture.follow(file, stream=0).pieces)
    assert sent.endswith(secret)
