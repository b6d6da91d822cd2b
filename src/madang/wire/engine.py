"""Wireshark's `tshark`, `editcap` and `sharkd`, as processes that can harm nothing.

They read the capture from an open file, so no name of a file ever reaches them.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import struct
import subprocess
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

PROGRAMS = {
    "tshark": "tshark",
    "editcap": "wireshark-common",
    "prlimit": "util-linux",
    "setpriv": "util-linux",
}
"""What is run, and Debian's package that holds it."""
SECONDS = 5.0
OUTPUT = 16 * 1024 * 1024
NOBODY = 65534
LIMITS = ("--as=1073741824", "--cpu=20", "--fsize=0", "--nofile=64", "--core=0")
MAGICS = (
    b"\xa1\xb2\xc3\xd4",
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x4d\x3c\xb2\xa1",
    b"\x0a\x0d\x0d\x0a",
)
"""How pcap (seconds and nanoseconds, both byte orders) and pcapng begin."""
GZIP = b"\x1f\x8b"
COPIED = 512 * 1024 * 1024
"""How many bytes of a capture `converse` gives to sharkd."""
DAEMON = {"sharkd": "wireshark-common", "prlimit": "util-linux", "setpriv": "util-linux"}
PACKET = 6
"""The type of pcapng's enhanced packet block."""


class NoEngine(Exception):
    """A program is not installed; the argument is Debian's package that holds it."""


class NotACapture(Exception):
    """The file is neither pcap nor pcapng, plain or gzip."""


class Refused(Exception):
    """tshark would not do what it was asked (a filter, mostly); the argument says why."""


class Ending(StrEnum):
    """How far a capture was read."""

    WHOLE = "whole"
    CUT = "cut short"
    SLOW = "out of time"
    LARGE = "too large"


@dataclass(frozen=True)
class Answer:
    """What tshark printed, in whole lines, and how far it came."""

    output: bytes
    ending: Ending


def ask(
    file: Path,
    arguments: list[str],
    *,
    seconds: float = SECONDS,
    limit: int = OUTPUT,
    hear: Callable[[bytes], None] | None = None,
) -> Answer:
    """Run tshark over `file` for at most `seconds`, keeping at most `limit` bytes.

    With `hear` nothing is kept: it is given each part of the output as it comes.

    Raises `NotACapture`, `NoEngine`, `Refused`, and OSError where the file cannot be read. The
    process has ended when this returns: it has no network, no privileges, 1 GB of memory, 20 s
    of CPU and may write no file. Who is not root, on a kernel that gives them no network
    namespace, keeps the host's network.
    """
    code, output, complaint, stopped = _run(
        file, ["tshark", "-n", "-r", "-", *arguments], seconds=seconds, limit=limit, hear=hear
    )
    return _judge(code, output, complaint, stopped)


def frame(file: Path, number: int) -> bytes:
    """The bytes of frame `number` of `file`, empty where it has none; errors of `ask`."""
    command = ["editcap", "-F", "pcapng", "-r", "-", "-", str(number)]
    output = _run(file, command, seconds=2.0, limit=OUTPUT)[1]
    at = 0
    while at + 32 <= len(output):  # draft-ietf-opsawg-pcapng: type, length, body, length
        kind, length = struct.unpack_from("=II", output, at)
        if kind == PACKET:
            (held,) = struct.unpack_from("=I", output, at + 20)
            return output[at + 28 : at + 28 + held]
        at += max(length, 12)
    return b""


def _run(
    file: Path,
    command: list[str],
    *,
    seconds: float,
    limit: int,
    hear: Callable[[bytes], None] | None = None,
) -> tuple[int, bytes, bytes, Ending | None]:
    for program, package in PROGRAMS.items():
        if shutil.which(program, path=os.defpath) is None:
            raise NoEngine(package)
    if file.exists() and not file.is_file():  # a pipe would keep us waiting
        raise NotACapture
    with file.open("rb") as capture:
        if not _is_capture(capture):
            raise NotACapture
        capture.seek(0)
        process = subprocess.Popen(
            [*_sandbox(), *command],
            stdin=capture,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent"},
            cwd="/",
            start_new_session=True,
        )
        with process:
            try:
                output, complaint, stopped = _listen(
                    process, time.monotonic() + seconds, limit, hear
                )
            finally:
                _end(process)
    return process.returncode, output, complaint, stopped


def _is_capture(file: BinaryIO) -> bool:
    head = file.read(4096)
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 4)
        except zlib.error:
            return False
    return head.startswith(MAGICS)


def _sandbox() -> list[str]:
    """The programs that take everything from the one that follows."""
    limits = ["prlimit", *LIMITS]
    private = ["setpriv", "--no-new-privs", "--inh-caps=-all"]
    if os.geteuid() == 0:
        nobody = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        return ["unshare", "--net", *private, *nobody, "--bounding-set=-all", *limits]
    apart = ["unshare", "--user", "--net"]
    able = subprocess.run([*apart, "true"], capture_output=True, check=False).returncode == 0
    return [*(apart if able else []), *private, *limits]


def _listen(
    process: subprocess.Popen[bytes],
    until: float,
    limit: int,
    hear: Callable[[bytes], None] | None = None,
) -> tuple[bytes, bytes, Ending | None]:
    assert process.stdout is not None
    assert process.stderr is not None
    heard = {process.stdout: bytearray(), process.stderr: bytearray()}
    sizes = dict.fromkeys(heard, 0)
    with selectors.DefaultSelector() as selector:
        for stream in heard:
            selector.register(stream, selectors.EVENT_READ)
        stopped: Ending | None = None
        while selector.get_map() and stopped is None:
            ready = selector.select(max(0.0, until - time.monotonic()))
            if not ready:
                stopped = Ending.SLOW
            for key, _events in ready:
                stream = process.stdout if key.fileobj is process.stdout else process.stderr
                part = os.read(key.fd, 65536)
                sizes[stream] += len(part)
                if hear is not None and stream is process.stdout:
                    hear(part)
                else:
                    heard[stream] += part
                if not part:
                    selector.unregister(stream)
            if time.monotonic() > until:
                stopped = Ending.SLOW
            elif max(sizes.values()) > limit:
                stopped = Ending.LARGE
    return bytes(heard[process.stdout]), bytes(heard[process.stderr]), stopped


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and whatever it started; one that closed its outputs ends by itself."""
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _judge(code: int, output: bytes, complaint: bytes, stopped: Ending | None) -> Answer:
    if stopped is not None:
        return Answer(output[: output.rfind(b"\n") + 1], stopped)
    if code == 0:
        return Answer(output, Ending.WHOLE)
    said = complaint.decode("utf-8", "replace")
    reasons = [
        line.removeprefix("tshark: ") for line in said.splitlines() if line.startswith("tshark: ")
    ]
    if code < 0 or "cut short" in said or "damaged or corrupt" in said:
        return Answer(output[: output.rfind(b"\n") + 1], Ending.CUT)
    raise Refused(" ".join(reasons) or f"tshark: {code}")


def converse(
    file: Path,
    requests: list[tuple[str, dict[str, str]]],
    *,
    seconds: float = SECONDS,
    limit: int = OUTPUT,
) -> tuple[list[dict[str, object]], Ending]:
    """The result of each of `requests` (method, parameters) to Wireshark's `sharkd`, over `file`.

    A request that was not answered has an empty result. Bounded and confined as `ask`, with the
    same errors but `Refused`; sharkd reads a copy in memory, so no name of a file reaches it.
    JSON-RPC 2.0 as Wireshark's sharkd speaks it. sharkd keeps silent about a file that ends
    within a packet, so silence about loading means that.
    """
    for program, package in DAEMON.items():
        if shutil.which(program, path=os.defpath) is None:
            raise NoEngine(package)
    copy, is_whole = _copy(file)
    asked: list[tuple[str, dict[str, str]]] = [("load", {"file": f"/proc/self/fd/{copy}"})]
    with os.fdopen(copy, "rb"), os.fdopen(os.memfd_create("requests"), "w+b") as questions:
        for number, (method, parameters) in enumerate(asked + requests):
            line = {"jsonrpc": "2.0", "id": number + 1, "method": method, "params": parameters}
            questions.write(json.dumps(line).encode("ascii") + b"\n")
        questions.seek(0)
        with subprocess.Popen(
            [*_sandbox(), "sharkd", "-"],
            stdin=questions,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[copy],
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent"},
            cwd="/",
            start_new_session=True,
        ) as process:
            try:
                output, _said, stopped = _listen(process, time.monotonic() + seconds, limit)
            finally:
                _end(process)
    told = _replies(output)
    ending = stopped or (Ending.WHOLE if is_whole else Ending.LARGE)
    if ending is Ending.WHOLE and (not told.get(1) or process.returncode):
        ending = Ending.CUT
    return [told.get(number + 2, {}) for number in range(len(requests))], ending


def _copy(file: Path) -> tuple[int, bool]:
    """The beginning of `file` in memory, readable for nobody else; whether it is all of it."""
    if file.exists() and not file.is_file():
        raise NotACapture
    with file.open("rb") as capture:
        if not _is_capture(capture):
            raise NotACapture
        copy, at = os.memfd_create("capture"), 0
        while sent := os.sendfile(copy, capture.fileno(), at, COPIED - at):
            at += sent
        return copy, at == os.fstat(capture.fileno()).st_size


def _replies(output: bytes) -> dict[int, dict[str, object]]:
    """Results by number; a line that is no JSON-RPC result is left out."""
    told: dict[int, dict[str, object]] = {}
    for line in output.decode("utf-8", "replace").split("\n"):
        try:
            reply = json.loads(line, strict=False)
        except ValueError:  # what was cut off, or an error of sharkd's own
            continue
        if isinstance(reply, dict) and isinstance(reply.get("result"), dict):
            told[reply["id"]] = reply["result"]
    return told
