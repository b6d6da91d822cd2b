"""A release is asked by uWSGI's protocol, and what it says decides."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from madang.deploy import gate

pytestmark = pytest.mark.once


@contextmanager
def release(answer: Callable[[dict[str, str]], bytes]) -> Iterator[Path]:
    """A socket behind which somebody answers each packet.

    Its name is at most 107 bytes (sockaddr_un), wherever the checkout stands.
    """
    with TemporaryDirectory(prefix="madang-") as folder, socket.socket(socket.AF_UNIX) as door:
        path = Path(folder, "web.sock")
        door.bind(str(path))
        door.listen()

        def serve() -> None:
            while True:
                try:
                    guest, _name = door.accept()
                except OSError:
                    return
                with guest:
                    guest.sendall(answer(_read(guest)))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield path
        finally:
            door.shutdown(socket.SHUT_RDWR)
            thread.join()


def _read(guest: socket.socket) -> dict[str, str]:
    _first, length, _second = struct.unpack("<BHB", guest.recv(4, socket.MSG_WAITALL))
    body, words = guest.recv(length, socket.MSG_WAITALL), []
    while body:
        (size,) = struct.unpack("<H", body[:2])
        words.append(body[2 : 2 + size].decode())
        body = body[2 + size :]
    return dict(zip(words[::2], words[1::2], strict=True))


def test_it_asks_as_nginx_does() -> None:
    asked: list[dict[str, str]] = []

    def answer(values: dict[str, str]) -> bytes:
        asked.append(values)
        return b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nall is well"

    with release(answer) as path:
        assert gate.ask(path, "example.org", "/readyz") == (200, b"all is well")
    assert (asked[0]["HTTP_HOST"], asked[0]["PATH_INFO"]) == ("example.org", "/readyz")


def test_it_waits_until_the_answer_is_one_of_those_wanted() -> None:
    statuses = iter([b"503", b"503", b"200"])
    with release(lambda _values: b"HTTP/1.1 " + next(statuses) + b" so\r\n\r\n") as path:
        gate.wait(path, "example.org", {"/": {200}}, seconds=60)


def test_what_is_no_answer_keeps_the_gate_closed(tmp_path: Path) -> None:
    with pytest.raises(gate.Closed, match="No such file"):
        gate.wait(tmp_path / "none", "example.org", {"/": {200}}, seconds=0)
    with (
        release(lambda _values: b"nonsense") as path,
        pytest.raises(gate.Closed, match="no HTTP"),
    ):
        gate.wait(path, "example.org", {"/": {200}}, seconds=0)


def test_the_reason_is_told() -> None:
    said = b'HTTP/1.1 503 Unready\r\n\r\n{"reason": "migrations"}'
    with (
        release(lambda _values: said) as path,
        pytest.raises(gate.Closed, match='/readyz: 503 {"reason": "migrations"}'),
    ):
        gate.wait(path, "example.org", {"/readyz": {200}}, seconds=0)
