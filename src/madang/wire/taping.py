"""Asking the recorder, the process that captures for the pages: over its local socket."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SECONDS, PACKETS, LARGEST = 60, 100_000, 20_000_000
"""What one capture may take: seconds, packets, and bytes of the file."""
LINE = 1000
"""Bytes of a question, or of the first line of an answer."""
NAME = 64
"""Letters of the name of who asks."""
ENDING = 20.0
"""Seconds that the recorder may take beside those of the capture, to begin and to end."""
PROMPT = 2.0
"""Seconds within which it says what it is at."""


class NoRecorder(Exception):
    """None listens there, or it ended before it had answered."""


class Refused(Exception):
    """It will not; the word says why: busy, anonymous, rights, engine, failed or bad."""


@dataclass(frozen=True)
class Capturing:
    """Somebody captures, since then."""

    by: str
    since: datetime


def state(path: Path) -> Capturing | None:
    """Who captures now, None where nobody does; `NoRecorder`."""
    said, __ = _talk(path, {}, PROMPT)
    if said.get("state") == "idle":
        return None
    try:
        since = datetime.fromtimestamp(float(str(said["since"])), UTC)
        return Capturing(str(said["by"])[:NAME], since)
    except (KeyError, ValueError, OverflowError, OSError) as error:
        raise NoRecorder from error


def capture(path: Path, *, seconds: int, by: str, packets: int = PACKETS) -> bytes:
    """A pcap file of so many seconds, empty where no packet came; `Refused`, `NoRecorder`.

    The capture ends where this is left before its time.
    """
    asked = {"seconds": seconds, "packets": packets, "by": by[:NAME]}
    said, data = _talk(path, asked, seconds + ENDING)
    if "refused" in said:
        raise Refused(str(said["refused"]))
    if said.get("size") != len(data):
        raise NoRecorder
    return data if said.get("packets") else b""


def _talk(path: Path, asked: object, seconds: float) -> tuple[dict[str, object], bytes]:
    """The first line of the answer, and what comes after it."""
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(seconds)
            door.connect(str(path))
            door.sendall(json.dumps(asked).encode() + b"\n")
            with door.makefile("rb") as answer:
                said = json.loads(answer.readline(LINE))
                data = answer.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise NoRecorder from error
    if not isinstance(said, dict):
        raise NoRecorder
    return said, data
