"""A scratch database on the configured server, for trying things without touching a row."""

from __future__ import annotations

import secrets
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg


@contextmanager
def scratch(url: str) -> Iterator[str]:
    """The URL of an empty database beside the one at `url`; it is gone afterwards.

    For SQLite a folder beside the file, for PostgreSQL a schema, found first on the search path
    and before `public`, where extensions live. Removed also after an error, Ctrl-C or SIGTERM.
    """
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        if urlsplit(url).scheme == "sqlite":
            with _folder(url) as place:
                yield place
        else:
            with _schema(url) as place:
                yield place
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _folder(url: str) -> Iterator[str]:
    beside = Path(unquote(urlsplit(url).path.removeprefix("/"))).resolve().parent
    folder = beside / f"scratch-{secrets.token_hex(6)}"
    folder.mkdir(parents=True)
    try:
        yield f"sqlite:///{quote(str(folder / 'scratch.sqlite3'))}"
    finally:
        shutil.rmtree(folder)


@contextmanager
def _schema(url: str) -> Iterator[str]:
    name = f"madang_scratch_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        connection.execute(f"CREATE SCHEMA {name}".encode())
        try:
            parts = urlsplit(url)
            option = f"options={quote(f'-csearch_path={name},public')}"
            query = f"{parts.query}&{option}" if parts.query else option
            yield urlunsplit(parts._replace(query=query))
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())
