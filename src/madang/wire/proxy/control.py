"""Asking the proxy, from a page or a command."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any  # JSON

SECONDS = 10
Told = dict[str, Any]


class NoProxy(Exception):
    """None runs here, or it ended before it answered."""


class Refused(Exception):
    """It runs and will not; the word says why (`desk.Refused`)."""


def ask(folder: Path, verb: str, told: object = None) -> Any:  # JSON
    """What the proxy whose socket is in `folder` answers; `NoProxy`, `Refused`."""
    try:
        answer = json.loads(_talk(folder, {"verb": verb, "told": told}))
    except (OSError, ValueError) as error:
        raise NoProxy from error
    if "refused" in answer:
        raise Refused(answer["refused"])
    return answer["answer"]


def _talk(folder: Path, asked: object) -> bytes:
    place = os.open(folder, os.O_DIRECTORY)  # a socket's name has room for 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(SECONDS)
            door.connect(f"/proc/self/fd/{place}/control")
            door.sendall(json.dumps(asked).encode() + b"\n")
            with door.makefile("rb") as answer:
                return answer.readline()
    finally:
        os.close(place)
