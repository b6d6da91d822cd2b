"""What should be true of the server that carries a site: pure values, nothing is touched."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import urlsplit

Server = Literal["uwsgi", "gunicorn"]
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
SHOWN = ("MADANG_HOSTS", "MADANG_ORIGIN", "MADANG_DATA")
"""The variables whose values may stand in a plan; of others only the name is shown."""


class BadSite(Exception):
    """The site cannot be as it was asked for; the message says what is wrong."""


@dataclass(frozen=True)
class Site:
    """A site of Madang on one server, reached as `host` at `port` without TLS.

    `database` is a URL as in MADANG_DATABASE_URL, or nothing for SQLite in the data folder. Raises
    `BadSite` for what is no name of a host (RFC 1123, 2.1) or no port.
    """

    host: str
    port: int = 80
    server: Server = "uwsgi"
    database: str = ""
    processes: int = 2
    has_ipv6: bool = True

    def __post_init__(self) -> None:
        labels = self.host.split(".")
        if len(self.host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
            raise BadSite(f"--host {self.host!r}")
        if not 1 <= self.port <= 65535:
            raise BadSite(f"--port {self.port}")
        if self.database and not _is_database(self.database):
            raise BadSite("--database")

    @property
    def origin(self) -> str:
        """The address that browsers show, without the port where it goes without saying."""
        return f"http://{self.host}" + ("" if self.port == 80 else f":{self.port}")

    @property
    def variables(self) -> dict[str, str]:
        """What the site is told by environment variables that follow from this plan."""
        told = {
            "MADANG_HOSTS": self.host,
            "MADANG_ORIGIN": self.origin,
            "MADANG_DATA": "/var/lib/madang",
        }
        return told | ({"MADANG_DATABASE_URL": self.database} if self.database else {})


@dataclass(frozen=True)
class File:
    """A file of the server: where, its text, its mode, and the group of root's that owns it."""

    path: PurePosixPath
    text: str
    mode: int = 0o644
    is_secret: bool = False


def difference(wanted: tuple[File, ...], found: Mapping[PurePosixPath, str]) -> Iterator[str]:
    """A unified diff, line by line, from what was `found` to what is `wanted`.

    A missing file is compared with /dev/null. Values that could be secret show as ….
    """
    for file in wanted:
        before, after = found.get(file.path), file.text
        if file.is_secret:
            before, after = None if before is None else _masked(before), _masked(after)
        yield from difflib.unified_diff(
            [] if before is None else before.splitlines(),
            after.splitlines(),
            "/dev/null" if before is None else str(file.path),
            str(file.path),
            lineterm="",
        )


def _masked(text: str) -> str:
    """Only assignments, in their order, and of most of them only the name."""
    names = "|".join(SHOWN)
    return "\n".join(
        line if re.match(rf"(?:{names})=", line) else f"{line.partition('=')[0]}=…"
        for line in text.splitlines()
        if re.match(r"\w+=", line)
    )


def _is_database(text: str) -> bool:
    """Printable on one line, so that it can be told to systemd and to Django alike."""
    try:
        parts = urlsplit(text)
        return (
            text.isascii()
            and text.isprintable()
            and not set(text) & set(" \"'\\")
            and parts.scheme in {"sqlite", "postgresql"}
            and len(parts.path) > 1
        )
    except ValueError:
        return False
