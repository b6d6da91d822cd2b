"""A stream of packets kept in files of a bounded size, the oldest of which go."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

HEAD = 24
RECORD = struct.Struct("=IIII")
"""The sizes of pcap's headers (draft-ietf-opsawg-pcap), in this machine's own byte order."""


class Ring:
    """Packets in `path`, or with `files` above one in that many files numbered from it.

    A file holds at most `size` bytes. With one file the ring `is_full` once a packet would pass
    that, and keeps no more. Files are only their owner's; what is there already is never written
    over (FileExistsError).
    """

    def __init__(self, path: Path, *, size: int, files: int = 1) -> None:
        self.paths: list[Path] = []
        self.packets = self.bytes = 0
        self.is_full = False
        self._path, self._size, self._files = path, size, files
        self._begun = self._held = 0
        self._head = b""
        self._waiting = bytearray()
        self._file: BinaryIO | None = self._open()

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream; a packet is written once it is complete."""
        self._waiting += data
        if not self._head:
            if len(self._waiting) < HEAD:
                return
            self._head = bytes(self._waiting[:HEAD])
            del self._waiting[:HEAD]
            self._write(self._head)
        at = 0
        while not self.is_full and at + RECORD.size <= len(self._waiting):
            length = RECORD.size + RECORD.unpack_from(self._waiting, at)[2]
            if at + length > len(self._waiting):
                break
            self._packet(bytes(self._waiting[at : at + length]))
            at += length
        del self._waiting[:at]
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Write what is left to the disk."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _packet(self, record: bytes) -> None:
        if self._held + len(record) > self._size and self._held > HEAD:
            if self._files == 1:
                self.is_full = True
                return
            self.close()
            self._file = self._open()
            self._write(self._head)
            if len(self.paths) > self._files:
                self.paths.pop(0).unlink(missing_ok=True)
        self._write(record)
        self.packets += 1
        self.bytes += len(record) - RECORD.size

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        self._file.write(data)
        self._held += len(data)

    def _open(self) -> BinaryIO:
        self._begun += 1
        self._held = 0
        path = self._path
        if self._files > 1:
            path = path.with_name(f"{path.stem}-{self._begun:05}{path.suffix}")
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        self.paths.append(path)
        return os.fdopen(handle, "wb")
