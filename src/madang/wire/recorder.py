"""`madang wire recorder`: the process that captures for the pages, and for nobody else.

Whoever may open its socket sends one line of JSON. `{}` asks what it is at; with `seconds`,
`packets` and `by` it captures. It answers with a line of JSON, and a capture follows it as pcap.
The ports are chosen where it is started, never by who asks.
"""

from __future__ import annotations

import argparse
import fcntl
import grp
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import ForkingMixIn, StreamRequestHandler, UnixStreamServer
from typing import BinaryIO

from madang.lib.terminal import gettext as _
from madang.wire import live
from madang.wire.engine import NoEngine
from madang.wire.ring import Ring
from madang.wire.taping import LARGEST, LINE, NAME, PACKETS, SECONDS

PATIENCE, TAKING = 5.0, 30.0
"""Seconds in which a client must have asked, and must take each piece of the answer."""
TURN = 1.0
"""Seconds after which who waits for the turn is told that it is somebody else's."""
GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR
REASONS: dict[type[Exception], str] = {
    live.NoRights: "rights",
    live.NoInterface: "failed",
    live.BadFilter: "failed",
    live.NotCaptured: "failed",
    NoEngine: "engine",
    OSError: "failed",
}


class NotListening(Exception):
    """The socket cannot be made; the argument is what the system said."""


class Refused(Exception):
    """The question cannot be answered; the word says why."""


COMPLAINTS = (NotListening,)


def complaint(error: Exception) -> str:
    """What went wrong, for whoever started it."""
    return _("the recorder cannot listen there: {why}").format(why=error)


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The verb of the terminal."""
    verb = verbs.add_parser("recorder", help=_("capture for the pages, when they ask"))
    verb.add_argument("--socket", metavar="PATH", type=Path, required=True)
    verb.add_argument("--ports", type=_ports, required=True, help=_("the site's own, as 80,443"))
    verb.add_argument("-i", "--interface", default="any", help=_("%(default)s by default"))
    verb.add_argument("--group", type=_group, help=_("who may ask, beside this user"))


def _ports(text: str) -> frozenset[int]:
    words = text.split(",")
    if not all(word.isascii() and word.isdigit() and 0 < int(word[:6]) < 65536 for word in words):
        raise argparse.ArgumentTypeError(_("ports from 1 to 65535, with commas between them"))
    return frozenset(map(int, words))


def _group(text: str) -> str:
    try:
        return grp.getgrnam(text).gr_name
    except KeyError:
        raise argparse.ArgumentTypeError(_("there is no such group")) from None


def answer(options: argparse.Namespace) -> Iterator[str]:
    """Serve until SIGINT or SIGTERM; then no capture goes on and no socket is left."""
    with _listening(options) as server:
        yield _("The recorder listens at {path}.").format(path=options.socket)
        sys.stdout.flush()
        with _stopped_by_signals(server):
            server.serve_forever()


@contextmanager
def _stopped_by_signals(server: Server) -> Iterator[None]:
    """SIGINT and SIGTERM end `server`, and then whoever serves a client for it.

    By a thread: an exception that a handler raises is lost where it comes in a hook of fork.
    """

    def stop(_number: int, _frame: object) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for child in server.active_children or ():
            os.kill(child, signal.SIGTERM)
        for number, handler in before.items():
            signal.signal(number, handler)


class Server(ForkingMixIn, UnixStreamServer):
    """A process for each client, so that nothing of a capture outlives it."""

    max_children = 16

    def __init__(self, path: Path, ports: frozenset[int], interface: str) -> None:
        self.ports, self.interface, self.folder = ports, interface, path.parent
        self.pid = os.getpid()
        super().__init__(str(path), Client)
        self.turn = tempfile.TemporaryFile()  # noqa: SIM115  # as long as the server


@contextmanager
def _listening(options: argparse.Namespace) -> Iterator[Server]:
    """The server at its socket, which its user and its group alone may open."""
    path: Path = options.socket
    with socket.socket(socket.AF_UNIX) as door:
        if path.is_socket() and door.connect_ex(str(path)):
            path.unlink()  # left behind: nobody listens
    before = os.umask(0o117)
    try:
        server = Server(path, options.ports, options.interface)
    except OSError as error:
        raise NotListening(error.strerror) from error
    finally:
        os.umask(before)
    try:
        if options.group:
            shutil.chown(path, group=options.group)
        with server, server.turn:
            yield server
    finally:
        path.unlink(missing_ok=True)


class Client(StreamRequestHandler):
    """One question, in a process of its own."""

    server: Server
    timeout = PATIENCE

    def handle(self) -> None:
        """Answer, whatever comes; who has gone or says nothing gets nothing."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.server.socket.close()
        try:
            self._answer()
        except Refused as refusal:
            self._say({"refused": str(refusal)})
        except (ConnectionError, TimeoutError):
            return
        except tuple(REASONS) as error:
            self._say({"refused": next(REASONS[k] for k in REASONS if isinstance(error, k))})

    def _answer(self) -> None:
        turn = self.server.turn.fileno()
        asked = _read(self.rfile.readline(LINE))
        if asked is None:
            self._say(_now(turn))
            return
        bounds, by = asked
        left_out = live.left_out(os.environ)
        ports = sorted(self.server.ports - left_out)
        if not ports:
            raise Refused("anonymous")
        chosen = live.without(left_out, " or ".join(f"port {port}" for port in ports))
        with _turn(turn, by), _nameless(self.server.folder) as (into, file):
            with _ended_without(self.connection, self.server.pid):
                live.record(self.server.interface, chosen, bounds=bounds, into=into)
            self.connection.settimeout(TAKING)
            size = os.fstat(file.fileno()).st_size
            self._say({"packets": into.packets, "size": size})
            self.connection.sendfile(file)

    def _say(self, told: object) -> None:
        with suppress(ConnectionError, TimeoutError):
            self.wfile.write(json.dumps(told).encode() + b"\n")


def _read(line: bytes) -> tuple[live.Bounds, str] | None:
    """When the capture that is asked for ends, and who asks; None for the state. `Refused`."""
    try:
        asked = json.loads(line)
    except ValueError:
        raise Refused("bad") from None
    if asked == {}:
        return None
    if not isinstance(asked, dict) or set(asked) - {"seconds", "packets", "by"}:
        raise Refused("bad")
    bounds = live.Bounds(_whole(asked, "seconds", SECONDS), _whole(asked, "packets", PACKETS))
    by = asked.get("by", "")
    if not isinstance(by, str):
        raise Refused("bad")
    return bounds, by[:NAME]


def _whole(asked: dict[str, object], name: str, most: int) -> int:
    number = asked.get(name)
    if not isinstance(number, int) or number is True or not 0 < number <= most:
        raise Refused("bad")
    return number


def _now(turn: int) -> dict[str, object]:
    """Whether somebody captures, who, and since when."""
    try:
        fcntl.lockf(turn, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        said = os.pread(turn, LINE, 0)
        return {"state": "capturing", **json.loads(said)} if said else {"state": "idle"}
    fcntl.lockf(turn, fcntl.LOCK_UN)
    return {"state": "idle"}


@contextmanager
def _turn(turn: int, by: str) -> Iterator[None]:
    """While nobody else captures; `Refused` where somebody does. It ends with this process."""
    deadline = time.monotonic() + TURN
    while True:
        try:
            fcntl.lockf(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:  # somebody captures, or only asks whether anybody does
            if time.monotonic() > deadline:
                raise Refused("busy") from None
            time.sleep(0.01)
    os.ftruncate(turn, 0)
    os.pwrite(turn, json.dumps({"by": by, "since": time.time()}).encode(), 0)
    try:
        yield
    finally:
        os.ftruncate(turn, 0)
        fcntl.lockf(turn, fcntl.LOCK_UN)


@contextmanager
def _nameless(folder: Path) -> Iterator[tuple[Ring, BinaryIO]]:
    """A file to capture into, and to read it: it has no name, so nothing can be left of it."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "packets"
        into = Ring(path, size=LARGEST)
        file = path.open("rb")
    with file:
        yield into, file
        into.close()


@contextmanager
def _ended_without(client: socket.socket, parent: int) -> Iterator[None]:
    """The capture is over as soon as its client, or the server, has gone."""
    is_over = threading.Event()

    def watch() -> None:
        poll = select.poll()
        poll.register(client, GONE)
        while not is_over.is_set():
            if poll.poll(200) or os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGTERM)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()
