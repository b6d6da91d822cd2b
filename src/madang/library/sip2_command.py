"""`madang sip2`: the library for self-check machines, over TCP."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from typing import TYPE_CHECKING

from madang.lib.terminal import gettext as _

if TYPE_CHECKING:
    from madang.library.sip2.server import Server

ENCODINGS = ["utf-8", "cp949"]


def run(argv: list[str]) -> int:
    """Answer machines until SIGTERM or Ctrl-C; 0 then, 1 where nobody can listen there."""
    parser = argparse.ArgumentParser(
        "madang sip2",
        description=_("Lend and take back by self-check machines that speak SIP2."),
    )
    parser.add_argument("--host", default="127.0.0.1", help=_("%(default)s by default"))
    parser.add_argument("--port", type=_port, default=6001, help=_("%(default)s by default"))
    parser.add_argument(
        "--encoding", choices=ENCODINGS, default="utf-8", help=_("%(default)s by default")
    )
    options = parser.parse_args(argv)
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        print(f"madang sip2: {error}", file=sys.stderr)
        return 2
    from madang.library.sip2.server import Server

    try:
        server = Server(options.host, options.port, options.encoding)
    except OSError:
        sentence = _("{address} is taken, or not an address of this machine.")
        address = f"{options.host}:{options.port}"
        print(f"madang sip2: {sentence.format(address=address)}", file=sys.stderr)
        return 1
    _serve(server)
    return 0


def _serve(server: Server) -> None:
    with server:
        host, port = server.socket.getsockname()[:2]
        signal.signal(
            signal.SIGTERM, lambda *_signal: threading.Thread(target=server.shutdown).start()
        )
        print(_("Madang listens at {address}").format(address=f"{host}:{port}"), flush=True)
        server.serve_forever()


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(_("a port has a number from 0 to 65535"))
    return number
