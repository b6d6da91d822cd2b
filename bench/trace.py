"""What following a request costs: a page of 13 queries with the middleware, beside none.

`python -m bench.trace [--seconds 0.3] [--rounds 30]`. The same view on SQLite, in one process, turn
by turn: without the middleware, with it switched off, and with it on. Printed: the median rate of
all rounds in seconds of the processor, and its ratio to the first.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

Write = Callable[[bytes], object]
MIDDLEWARE = "madang.wire.tracing.Trace"


def main() -> None:
    """Fill the twelve books, ask for them in each way, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DOZEN_DB"] = str(Path(folder) / "dozen.sqlite3")
        from tests.wire.dozen.filled import fill

        fill()
        ways = _ways(Path(folder))
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for handler in ways.values():
            _rate(handler, 0.2)
        for _round in range(options.rounds):
            for name, handler in ways.items():
                rates[name].append(_rate(handler, options.seconds))
    base = statistics.median(rates["none"])
    print(f"{'':14}{'a CPU second':>14}{'ratio':>8}")
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"{name:14}{rate:14.0f}{rate / base:8.2f}")


def _ways(folder: Path) -> dict[str, WSGIHandler]:
    from django.core.handlers.wsgi import WSGIHandler
    from django.test.utils import override_settings

    made = {}
    for name, middleware, wire in (
        ("none", [], {}),
        ("switched off", [MIDDLEWARE], {}),
        ("on", [MIDDLEWARE], {"FOLDER": str(folder / "wire")}),
    ):
        with override_settings(MIDDLEWARE=middleware, WIRE=wire):
            made[name] = WSGIHandler()
    return made


def _start(_status: str, _headers: list[tuple[str, str]], _info: object = None) -> Write:
    """WSGI's start_response, which nobody listens to (PEP 3333)."""
    return lambda _data: None


def _rate(handler: WSGIHandler, seconds: float) -> float:
    asked = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/authors/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": "a=b",
        "wsgi.url_scheme": "http",
    }
    begun, count = time.process_time(), 0
    while time.process_time() - begun < seconds:
        answer = handler({**asked, "wsgi.input": BytesIO()}, _start)
        b"".join(answer)
        answer.close()
        count += 1
    return count / (time.process_time() - begun)


if __name__ == "__main__":
    main()
