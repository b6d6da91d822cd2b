"""A site and its anonymous origin behind real sockets, in this process and so in its time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from socketserver import ThreadingMixIn
from typing import Any  # what WSGI says
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.utils import timezone

from madang.microblog import whispering
from madang.microblog.origin import Application, Waiting


class Quiet(WSGIRequestHandler):
    """Says nothing of who asks."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called
        """No log."""


class Server(ThreadingMixIn, WSGIServer):
    """One thread for each request, none of which outlives the server."""

    daemon_threads = False


@dataclass
class Village:
    """Two servers, and what each of them was asked, by whom."""

    site: str = ""
    origin: str = ""
    waiting: Waiting = field(default_factory=Waiting)
    asked: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    is_deaf: bool = False

    def tick(self) -> None:
        """Write everything that is held."""
        self.waiting.tick(whispering.tick_after(timezone.now() + timedelta(hours=7)))

    def forget(self) -> None:
        """What a restart of the origin does to what it held."""
        self.waiting = Waiting()

    def to(self, server: str) -> Any:
        """An application that writes down what it is asked."""
        site = get_wsgi_application()

        def answer(environ: Any, start: Any) -> list[bytes]:
            self.asked.setdefault(server, []).append(dict(environ))
            application = site if server == "site" else Application(self.waiting)
            try:
                told = list(application(environ, start))
                if self.is_deaf and environ["REQUEST_METHOD"] == "POST":
                    raise ConnectionResetError
                return told
            finally:
                connections.close_all()

        return answer


@contextmanager
def serving(village: Village, server: str) -> Iterator[str]:
    """The address of one of the two."""
    with make_server("127.0.0.1", 0, village.to(server), Server, Quiet) as made:
        threading.Thread(target=made.serve_forever, args=(0.01,)).start()
        try:
            yield f"http://127.0.0.1:{made.server_port}"
        finally:
            made.shutdown()
