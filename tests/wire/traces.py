"""A request as nginx, Django and a capture tell of it, for tests that need no servers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any  # JSON

from madang.wire.exchanges import Exchange, Frame
from madang.wire.index import Index
from madang.wire.spool import Spool
from madang.wire.trail import LEAVE_OUT

AT = 1_800_000_000.0
NOW = datetime.fromtimestamp(AT, UTC)
NUMBER = "0123456789abcdef" * 2
LOOP = {
    "relation": "Book.author",
    "remedy": 'select_related("author")',
    "file": "shop/views.py",
    "line": 19,
    "times": 3,
}


def record(**more: object) -> dict[str, Any]:
    """What the middleware writes: 20 ms, four statements, three of them a loop."""
    first = [5.0, 0.5, 3, "default", 0, "shop/views.py", 18, "books", -1]
    again = [[8.0 + n, 0.25, 1, "default", 1, "shop/views.py", 19, "books", 0] for n in range(3)]
    return {
        "at": AT + 0.002,
        "ms": 20.0,
        "id": NUMBER,
        "traceparent": "",
        "method": "GET",
        "path": "/books/",
        "fields": ["page"],
        "status": 200,
        "bytes": 300,
        "kind": "text/html",
        "route": "books/",
        "view": "shop.views.books",
        "process": 4321,
        "server": {"name": "uWSGI 2.0.30", "worker": 2},
        "variables": {"HTTP_COOKIE": "…", "REQUEST_METHOD": "GET"},
        "view_began": 4.0,
        "exception": "",
        "sql": [first, *again],
        "texts": ['SELECT * FROM "book"', 'SELECT * FROM "author" WHERE "id" = %s'],
        "untold": 0,
        "templates": [{"name": "shop/books.html", "began": 7.0, "ms": 10.0, "times": 1}],
        "loops": [LOOP],
        **more,
    }


def line(**more: object) -> dict[str, Any]:
    """What nginx logs: it began at AT and took 25 ms."""
    return {
        "request": NUMBER,
        "method": "GET",
        "path": "/books/",
        "status": 200,
        "bytes": 300,
        "seconds": 0.025,
        "upstream_seconds": "0.024",
        "upstream_header_seconds": "0.024",
        "ended": AT + 0.025,
        "protocol": "HTTP/1.1",
        "received": 160,
        "port": "53122",
        "nth": 1,
        **more,
    }


def exchange(number: str = NUMBER, path: str = "/books/") -> Exchange:
    """Handshake, a question, an answer that is sent twice."""
    plan = [
        (0.0, 0, True, True, False),
        (0.0002, 0, False, True, False),
        (0.0005, 160, True, False, False),
        (0.025, 400, False, False, False),
        (0.026, 400, False, False, True),
    ]
    frames = tuple(
        Frame(place, AT + at, 66 + payload, payload, is_from_client=client, is_handshake=shake,
              is_again=again)
        for place, (at, payload, client, shake, again) in enumerate(plan, 1)
    )  # fmt: skip
    ends = (("02:00:00:00:00:01", "10.0.0.1", 53122), ("02:00:00:00:00:02", "10.0.0.2", 80))
    return Exchange(number, path, *ends, 64, frames, len(frames), bool(number))


def index(folder: Path) -> Index:
    return Index(folder, re.compile(LEAVE_OUT))


def filled(folder: Path) -> Index:
    """An index that knows one request by all of its layers, and a static file by nginx's alone."""
    spool = Spool(folder / "spool")
    spool.write(record())
    static = line(request="f" * 32, path="/static/a.css", upstream_seconds="", ended=AT + 1)
    log(folder, line(), static)
    made = index(folder)
    made.take_in(nginx_log=folder / "access.log", at=NOW)
    made.join([exchange()])
    return made


def log(folder: Path, *lines: dict[str, Any]) -> Path:
    path = folder / "access.log"
    with path.open("a", encoding="utf-8") as door:
        for one in lines:
            door.write(json.dumps(one) + "\n")
    return path
