"""Files that went over the wire: listed, and taken out into a folder."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from madang.wire import engine
from madang.wire.engine import Ending
from madang.wire.masking import mask_text

KINDS = ("http", "ftp-data", "imf", "smb", "tftp")
"""HTTP, FTP, mail (RFC 5322), SMB and TFTP, as Wireshark names them."""
TAPS = {f"tap{number}": f"eo:{kind}" for number, kind in enumerate(KINDS)}
LARGEST = 16 * 1024 * 1024
TOGETHER = 64 * 1024 * 1024
MOST = 1000
LONGEST, LONGEST_ENDING = 45, 10
"""Letters of a name, of at most four bytes each (UTF-8)."""


@dataclass(frozen=True)
class Transfer:
    """A file: the frame in which it was complete, from whom, bytes; name and host masked."""

    frame: int
    kind: str
    host: str
    media_type: str
    name: str
    size: int
    token: str


@dataclass(frozen=True)
class Taken:
    """Where a file was written, None where it is larger than `LARGEST` or there was no room."""

    transfer: Transfer
    path: Path | None


def transfers(file: Path) -> tuple[list[Transfer], Ending]:
    """The files in `file` by frame, those that tshark exports; errors of `engine.converse`."""
    (reply,), ending = engine.converse(file, [("tap", TAPS)])
    found = [
        _transfer(str(tap.get("tap", "")).removeprefix("eo:"), one)
        for tap in cast("list[dict[str, object]]", reply.get("taps", []))
        for one in cast("list[dict[str, str]]", tap.get("objects", []))
    ]
    return sorted(found, key=lambda one: (one.frame, one.kind, one.token)), ending


def _transfer(kind: str, said: dict[str, str]) -> Transfer:
    return Transfer(
        frame=int(said.get("pkt", 0)),
        kind=kind,
        host=mask_text(said.get("hostname", "")),
        media_type=said.get("type", ""),
        name=mask_text(said.get("filename", "")),
        size=int(said.get("len", 0)),
        token=said.get("_download", ""),
    )


def take(file: Path, found: list[Transfer], *, folder: Path) -> tuple[list[Taken], Ending]:
    """Write each of `found` into `folder`, which is made where it is not there.

    Contents are as they were sent: only their owner may read them. No name leads out of the
    folder, and nothing that is there is written over. At most `MOST` files of `LARGEST` bytes
    are taken, `TOGETHER` bytes in all.
    """
    room, chosen = TOGETHER, []
    for one in found[:MOST]:
        if one.size <= min(LARGEST, room):
            room -= one.size
            chosen.append(one)
    asked = [("tap", TAPS), *(("download", {"token": one.token}) for one in chosen)]
    replies, ending = engine.converse(file, asked, limit=2 * TOGETHER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = {
        one.token: _write(folder, one, base64.b64decode(str(reply["data"])))
        for one, reply in zip(chosen, replies[1:], strict=True)
        if "data" in reply
    }
    return [Taken(one, paths.get(one.token)) for one in found], ending


def content(file: Path, one: Transfer) -> bytes | None:
    """What was sent, unmasked; None where it is larger than `LARGEST` or is not all there."""
    if one.size > LARGEST:
        return None
    asked = [("tap", TAPS), ("download", {"token": one.token})]
    (_listed, reply), _ending = engine.converse(file, asked, limit=2 * LARGEST)
    return base64.b64decode(str(reply["data"])) if "data" in reply else None


def _write(folder: Path, transfer: Transfer, data: bytes) -> Path:
    safe, number = Path(harmless(transfer.name)), 1
    while True:
        again = f"-{number}" if number > 1 else ""
        path = folder / f"{transfer.frame}-{safe.stem}{again}{safe.suffix}"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return path


def harmless(name: str) -> str:
    """`name` without its folders and without letters that mean something to a system or shell."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    kept = Path(re.sub(r"[^\w.-]+", "_", last).strip("._-") or "object")
    return kept.stem[:LONGEST] + kept.suffix[:LONGEST_ENDING]
