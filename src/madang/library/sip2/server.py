"""The TCP side: one thread for each machine, lines that end in a carriage return."""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
import traceback
from collections.abc import Iterator

from django.db import close_old_connections, connections

from madang.library.sip2.session import Refused, Session

LONGEST_LINE = 4096
"""Bytes of a message; whoever sends more is hung up on."""
MOST_MACHINES = 64
PATIENCE = 60.0
"""Seconds in which a machine has to sign in; after that it may be silent."""

log = logging.getLogger(__name__)


class Server(socketserver.ThreadingTCPServer):
    """Listens at once; `serve_forever` answers until `shutdown`. At most `MOST_MACHINES`."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = MOST_MACHINES

    def __init__(self, host: str, port: int, encoding: str) -> None:
        """Raises `OSError` where `host` and `port` cannot be had; port 0 takes any."""
        family, _kind, _protocol, _name, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        self.address_family = family
        self.encoding = encoding
        self.places = threading.BoundedSemaphore(MOST_MACHINES)
        super().__init__(where[:2], Machine)  # type: ignore[arg-type] # of IPv6 as well

    def verify_request(self, request: object, client_address: object) -> bool:
        """Whether there is a place left; the thread gives it back."""
        return self.places.acquire(blocking=False)


class Machine(socketserver.BaseRequestHandler):
    """One machine, for as long as it is connected. Nothing of what it says is logged."""

    request: socket.socket
    server: Server

    def handle(self) -> None:
        """Answer line by line; hang up on what may not be asked, and where an answer fails."""
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.request.settimeout(PATIENCE)
        session = Session(encoding=self.server.encoding)
        try:
            for line in lines(self.request):
                close_old_connections()
                self.request.sendall(session.respond(line))
                self.request.settimeout(None if session.token else PATIENCE)
        except (Refused, OSError):
            return
        except Exception as error:
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("An answer failed: %s\n%s", type(error).__name__, where)  # noqa: TRY400 - no values
        finally:
            connections.close_all()

    def finish(self) -> None:
        """Give the place back."""
        self.server.places.release()


def lines(stream: socket.socket) -> Iterator[bytes]:
    """What comes between carriage returns or line feeds, without what is empty.

    Ends with the connection, with a line that is too long, and when nothing came in time.
    """
    left = b""
    while True:
        *whole, left = left.replace(b"\n", b"\r").split(b"\r")
        yield from filter(None, whole)
        if len(left) > LONGEST_LINE:
            return
        more = stream.recv(LONGEST_LINE)
        if not more:
            return
        left += more
