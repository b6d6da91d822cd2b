"""`madang serve`: the web processes, the background worker and the anonymous origin."""

from __future__ import annotations

import argparse
import importlib
import os
import socket
import sys
from collections.abc import Callable, Sequence

from gunicorn.app.base import BaseApplication

from madang import env
from madang.lib.supervision import supervise
from madang.lib.terminal import gettext as _
from madang.whispers import application


class Taken(Exception):
    """Somebody listens on this address already, or this machine does not have it."""


def run(argv: list[str]) -> int:
    """Serve until SIGTERM, SIGINT or SIGHUP; 0 then, 1 or 2 if it cannot begin."""
    parser = argparse.ArgumentParser("madang serve", description=__doc__)
    parser.add_argument("--host", action="append", help="default 127.0.0.1; may be repeated")
    parser.add_argument("--port", type=port, default=8000, help="default 8000")
    parser.add_argument("--workers", type=count, default=2, help="web processes (default 2)")
    parser.add_argument("--threads", type=count, default=4, help="threads in each (default 4)")
    parser.add_argument(
        "--anon-port", type=port, help="of the anonymous origin; default the next after --port"
    )
    options = parser.parse_args(argv)
    hosts = options.host or ["127.0.0.1"]
    anonymous: Sequence[socket.socket] = ()
    try:
        read = env.read(os.environ)
        sockets = listen(hosts, options.port)
        if read.anon_origin:
            anonymous = listen(hosts, options.anon_port or options.port + 1)
    except env.BadEnvironment as error:
        print(f"madang serve: {error}", file=sys.stderr)
        return 2
    except Taken as taken:
        sentence = _("{address} is taken, or not an address of this machine.")
        print(f"madang serve: {sentence.format(address=taken)}", file=sys.stderr)
        return 1

    def announce() -> None:
        for where in sockets:
            print(_("Madang listens at {address}").format(address=_url(where)), flush=True)

    return serve(
        sockets,
        anonymous,
        workers=options.workers,
        threads=options.threads,
        announce=announce,
    )


def serve(
    sockets: Sequence[socket.socket],
    anonymous: Sequence[socket.socket] = (),
    *,
    workers: int,
    threads: int,
    announce: Callable[[], None],
) -> int:
    """Serve on the listening `sockets` until told to stop; returns the exit code.

    On those in `anonymous`, where there are any, the anonymous origin: one process without a log.

    The site is loaded here, once, and children are forked from this process: they start at once
    and share its memory. Whatever keeps the site from loading is raised here.
    """
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns without it
    from madang import wsgi

    importlib.import_module(settings.ROOT_URLCONF)
    connections.close_all()  # a connection must not be shared across a fork

    def web() -> None:
        Web(wsgi.application, sockets, workers=workers, threads=threads).run()

    def background() -> None:
        from django.core.management import call_command

        call_command("work")

    def whispers() -> None:
        Whispers(application, anonymous).run()

    tasks = {"web": web, "background worker": background}
    if anonymous:
        tasks["anonymous origin"] = whispers
    return supervise(tasks, announce=announce)


class Web(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn with threads, on sockets that are open already."""

    def __init__(
        self, application: object, sockets: Sequence[socket.socket], *, workers: int, threads: int
    ) -> None:
        self.application = application
        self.options = {
            "bind": [f"fd://{where.fileno()}" for where in sockets],
            "worker_class": "gthread",
            "workers": workers,
            "threads": threads,
            "timeout": 60,
            "graceful_timeout": 20,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        """Gunicorn asks for the settings here."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> object:
        """Gunicorn asks for the application here, in each web process."""
        return self.application


class Whispers(Web):
    """One process of four threads that writes no log; the application is made in it."""

    def __init__(self, application: Callable[[], object], sockets: Sequence[socket.socket]) -> None:
        super().__init__(application, sockets, workers=1, threads=4)
        self.make = application
        self.cfg.set("loglevel", "critical")
        self.cfg.set("errorlog", os.devnull)

    def load(self) -> object:
        """The application, in its one process."""
        return self.make()


def listen(hosts: Sequence[str], number: int) -> list[socket.socket]:
    """Open sockets on port `number` of every one of `hosts`, names or addresses; else `Taken`."""
    sockets: list[socket.socket] = []
    for host in hosts:
        try:
            family, _kind, _protocol, _name, where = socket.getaddrinfo(
                host, number, type=socket.SOCK_STREAM
            )[0]
            sockets.append(socket.create_server(where, family=family, backlog=2048))
        except OSError as error:
            for opened in sockets:
                opened.close()
            raise Taken(f"{host}:{number}") from error
    return sockets


def _url(where: socket.socket) -> str:
    host, number = where.getsockname()[:2]
    return f"http://[{host}]:{number}/" if ":" in host else f"http://{host}:{number}/"


def port(text: str) -> int:
    """For a parser: a port that can be asked for."""
    return _between(1, 65535, text)


def count(text: str) -> int:
    """For a parser: how many processes or threads."""
    return _between(1, 1000, text)


def _between(least: int, most: int, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text[:9]) <= most:
        raise argparse.ArgumentTypeError(f"it takes a number from {least} to {most}")
    return int(text)
