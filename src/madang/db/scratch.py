"""A scratch database on the configured server, for trying things without touching a row.

A janitor, a process of its own, takes the place away when the pipe to it is closed: at the end of
the block, or by the kernel when the process that made the place is killed.
"""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg

JANITOR = "from madang.db import scratch; scratch.wait_and_remove()"
ATTEMPTS = 100
"""How often the janitor tries, for whoever still writes there may be about to end."""


@contextmanager
def scratch(url: str) -> Iterator[str]:
    """The URL of an empty database beside the one at `url`; it is gone afterwards.

    For SQLite a folder beside the file, for PostgreSQL a schema, found first on the search path
    and before `public`, where extensions live. Removed also after an error, Ctrl-C, SIGTERM, and
    soon after this process was killed.
    """
    previous = signal.signal(signal.SIGTERM, _interrupt)
    name = f"madang_scratch_{secrets.token_hex(6)}"
    try:
        with _janitor(url, name):
            yield _folder(url, name) if _is_file(url) else _schema(url, name)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _janitor(url: str, name: str) -> Iterator[None]:
    janitor = subprocess.Popen(
        [sys.executable, "-c", JANITOR], stdin=subprocess.PIPE, text=True, start_new_session=True
    )
    assert janitor.stdin is not None
    try:
        print(json.dumps([url, name]), file=janitor.stdin, flush=True)
        yield
    finally:
        janitor.stdin.close()
        if janitor.wait():
            raise RuntimeError(f"{name} could not be removed")


def wait_and_remove() -> None:
    """What the janitor does: read what to remove, wait for the end of input, remove it.

    Signals to a whole group or service are for the others; it ends when its work is done.
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    url, name = json.loads(sys.stdin.readline())
    sys.stdin.read()
    if _is_file(url):
        _remove(_beside(url, name))
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())


def _remove(folder: Path) -> None:
    for _attempt in range(ATTEMPTS):
        with suppress(OSError):
            shutil.rmtree(folder)
        if not folder.exists():
            return
        time.sleep(0.1)
    raise SystemExit(1)


def _is_file(url: str) -> bool:
    return urlsplit(url).scheme == "sqlite"


def _beside(url: str, name: str) -> Path:
    return Path(unquote(urlsplit(url).path.removeprefix("/"))).resolve().parent / name


def _folder(url: str, name: str) -> str:
    folder = _beside(url, name)
    folder.mkdir(parents=True)
    return f"sqlite:///{quote(str(folder / 'scratch.sqlite3'))}"


def _schema(url: str, name: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        connection.execute(f"CREATE SCHEMA {name}".encode())
    parts = urlsplit(url)
    option = f"options={quote(f'-csearch_path={name},public')}"
    query = f"{parts.query}&{option}" if parts.query else option
    return urlunsplit(parts._replace(query=query))
