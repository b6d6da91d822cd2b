"""Asking a release through its socket, as nginx does, before anybody else is sent there."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path

MOST = 1 << 20
"""Bytes of an answer that are read."""


class Closed(Exception):
    """The release does not answer as it should; the message says what it does."""


def ask(
    socket_path: Path, host: str, path: str, *, scheme: str = "http", seconds: float = 10
) -> tuple[int, bytes]:
    """Status and body of a GET by uWSGI's protocol (uwsgi packet, modifiers 0). `OSError`.

    As nginx hands over what a browser asked of `host`, with its port if it has one, by `scheme`.
    """
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(seconds)
        door.connect(str(socket_path))
        door.sendall(_packet(host, path, scheme))
        answer = b""
        while len(answer) < MOST and (more := door.recv(65536)):
            answer += more
    head, _empty, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[1][:3].isdigit():
        raise OSError("no HTTP")
    return int(words[1][:3]), body


def wait(
    socket_path: Path,
    host: str,
    paths: Mapping[str, set[int]],
    *,
    seconds: float,
    scheme: str = "http",
) -> None:
    """Return once each path answers with one of its statuses; `Closed` after `seconds`."""
    deadline = time.monotonic() + seconds
    for path, statuses in paths.items():
        said = ""
        while said is not None:
            try:
                status, body = ask(socket_path, host, path, scheme=scheme)
            except OSError as error:
                said = f"{path}: {error.strerror or error}"
            else:
                if status in statuses:
                    break
                said = f"{path}: {status} {body[:200].decode(errors='replace')}"
            if time.monotonic() > deadline:
                raise Closed(said)
            time.sleep(0.2)


def _packet(host: str, path: str, scheme: str) -> bytes:
    values = {
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": path,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_LENGTH": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": host.partition(":")[2] or {"http": "80", "https": "443"}[scheme],
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "HTTP_X_FORWARDED_PROTO": scheme,
        "HTTP_X_REQUEST_ID": "0" * 32,
    }
    body = b"".join(
        struct.pack("<H", len(part)) + part
        for pair in values.items()
        for part in (text.encode() for text in pair)
    )
    return struct.pack("<BHB", 0, len(body), 0) + body
