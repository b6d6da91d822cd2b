"""Packets captured live: Debian's `dumpcap`, a process of its own with CAP_NET_RAW alone."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from madang.wire.engine import NOBODY, NoEngine
from madang.wire.ring import Ring

PROGRAMS = {"dumpcap": "wireshark-common", "setpriv": "util-linux"}
"""What is run, and Debian's package that holds it."""
SERVED = 8001
"""Where `madang serve` takes anonymous posts unless it is told otherwise."""
PORTS = {"http": 80, "https": 443}
WRAPPED = re.compile(r"\b(?:vlan|mpls|pppoed|pppoes|geneve)\b")
"""Words after which a filter looks for ports elsewhere (pcap-filter(7))."""
TAGS = ("not ether proto 0x8100", "not ether proto 0x88a8")
GRACE = 5.0


class NoRights(Exception):
    """Who asks may not capture."""


class NoInterface(Exception):
    """No network interface has that name."""


class BadFilter(Exception):
    """It is no capture filter, or one that would look into tunnels."""


class NotCaptured(Exception):
    """dumpcap ended at once; the argument is what it said."""


@dataclass(frozen=True)
class Bounds:
    """When a capture ends: whichever comes first."""

    seconds: int
    packets: int | None = None


def left_out(environ: Mapping[str, str], folder: Path = Path("/etc")) -> set[int]:
    """The ports of anonymous origins: `MADANG_ANON_ORIGIN` here and in the sites of this host.

    `folder` holds a site's environment as NAME/NAME.env; one that may not be read says nothing.
    """
    origins = [environ.get("MADANG_ANON_ORIGIN", "")]
    for file in folder.glob("*/*.env"):
        try:
            text = file.read_text("utf-8", "replace")
        except OSError:
            continue
        origins += re.findall(r"^MADANG_ANON_ORIGIN=[\"']?([^\s\"']+)", text, re.MULTILINE)
    places = [urlsplit(origin) for origin in origins if origin]
    return {SERVED} | {place.port or PORTS.get(place.scheme, 443) for place in places}


def without(ports: set[int], chosen: str) -> str:
    """The capture filter `chosen` that can never let one of `ports` through; `BadFilter`.

    Frames with a tag (IEEE 802.1Q) that the kernel has not taken off stay out: the filter would
    not see their ports. What other tunnels hold it does not see either.
    """
    depth = 0
    for letter in chosen:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            raise BadFilter
    if depth or WRAPPED.search(chosen.lower()) or not chosen.isascii():
        raise BadFilter
    never = [f"not port {port}" for port in sorted(ports)]
    return " and ".join([*never, *TAGS, *([f"({chosen})"] if chosen.strip() else [])])


def record(interface: str, capture_filter: str, *, bounds: Bounds, into: Ring) -> None:
    """Capture until a bound is met, the ring is full, or SIGINT, SIGTERM or SIGHUP comes.

    Raises `NoEngine`, and where dumpcap cannot begin `NoRights`, `NoInterface`, `BadFilter` or
    `NotCaptured`. dumpcap has ended when this returns, and ends too where this process is killed.
    """
    for program, package in PROGRAMS.items():
        if shutil.which(program, path=os.defpath) is None:
            raise NoEngine(package)
    command = [*_confined(), "dumpcap", "-q", "-P", "-w", "-", "-f", capture_filter]
    command += ["-i", interface, "-a", f"duration:{bounds.seconds}"]
    command += ["-c", str(bounds.packets)] if bounds.packets else []
    with (
        tempfile.TemporaryFile() as said,
        _stoppable() as hand_over,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"},
            cwd="/",
            start_new_session=True,
        ) as process,
        _ended_by_time(process, bounds.seconds + GRACE),
    ):
        hand_over(process)
        assert process.stdout is not None
        try:
            _take(process, process.stdout, into)
        finally:
            _end(process)
            into.close()
        said.seek(0)
        complaint = said.read().decode("utf-8", "replace")
    if process.returncode and not into.packets:
        raise _reason(complaint)


def _confined() -> list[str]:
    """The programs that leave dumpcap one capability; who is not root has what they have."""
    here = ["setpriv", "--pdeathsig=TERM"]
    if os.geteuid() != 0:
        return here
    only = [f"--{kind}=-all,+net_raw" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
    nobody = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return [*here, *nobody, *only, "--no-new-privs"]


def _take(process: subprocess.Popen[bytes], stream: IO[bytes], into: Ring) -> None:
    while part := os.read(stream.fileno(), 1 << 20):
        into.feed(part)
        if into.is_full:
            process.terminate()
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    """dumpcap ends by itself once it is told to; what does not is ended."""
    process.terminate()
    try:
        process.wait(timeout=GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _stoppable() -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """What is handed over is ended by SIGINT, SIGTERM and SIGHUP, those before it among them."""
    started: list[subprocess.Popen[bytes]] = []
    came: list[int] = []

    def stop(number: int, _frame: object) -> None:
        came.append(number)
        for process in started:
            process.terminate()

    def hand_over(process: subprocess.Popen[bytes]) -> None:
        started.append(process)
        if came:
            process.terminate()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield hand_over
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _ended_by_time(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """dumpcap keeps its own time; this is for one that hangs."""
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _reason(complaint: str) -> Exception:
    text = complaint.lower()
    if "permission" in text or "not permitted" in text:
        return NoRights()
    if "no device named" in text or "no such device" in text or "doesn't exist" in text:
        return NoInterface()
    if "filter" in text:
        return BadFilter()
    lines = [line for line in complaint.splitlines() if line.strip()]
    return NotCaptured(lines[0] if lines else "dumpcap")
