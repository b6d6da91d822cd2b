"""What should be true of the server that carries a site: pure values, nothing is touched."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from madang.deploy.place import Place

Server = Literal["uwsgi", "gunicorn"]
Tls = Literal["none", "internal", "certbot"]
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
SHOWN = [
    *("MADANG_HOSTS", "MADANG_ORIGIN", "MADANG_DATA", "MADANG_ANON_ORIGIN", "MADANG_RECORDER"),
    *("DEPLOYED_SETTINGS", "DEPLOYED_HOST", "DEPLOYED_ORIGIN", "DEPLOYED_DATA"),
]
"""The variables whose values may stand in a plan; of others only the name is shown."""


class BadSite(Exception):
    """The site cannot be as it was asked for; the message says what is wrong."""


@dataclass(frozen=True)
class Application:
    """A Django project: what of its code is imported from where, and what it is asked.

    `sources` is the folder of its code that imports start from. `static` and `media` are the
    paths under which nginx serves its files, empty where there are none. `health` is asked before
    anybody is sent to a release, and while it is watched.
    """

    module: str = "madang.wsgi"
    settings: str = "madang.settings"
    sources: str = "src"
    static: str = "/static/"
    media: str = ""
    health: str = "/readyz"
    requirements: str = ""

    @property
    def is_madang(self) -> bool:
        """Whether it is Madang, and not some other project that is deployed with it."""
        return self.module == "madang.wsgi"


@dataclass(frozen=True)
class Site:
    """A site on one server, reached as `host` at `port`.

    With `tls` browsers use HTTPS, and port 80 sends them there. `anonymous` is the name under
    which anonymous posts are taken, empty for none. `database` is a URL as in
    MADANG_DATABASE_URL, or nothing for SQLite in the data folder. `is_imperial` sites have uWSGI's
    Emperor over their releases, each a vassal. With `has_brotli` nginx's module is there that
    sends files packed by brotli, with `has_dumpcap` the program that captures packets. Raises
    `BadSite` for what is no name of a host (RFC 1123, 2.1), no port, or no name of a user (`name`).
    """

    host: str
    port: int = 80
    server: Server = "uwsgi"
    database: str = ""
    processes: int = 2
    has_ipv6: bool = True
    tls: Tls = "none"
    anonymous: str = ""
    name: str = "madang"
    application: Application = Application()
    is_imperial: bool = False
    has_brotli: bool = False
    has_dumpcap: bool = False

    def __post_init__(self) -> None:
        if not _is_host(self.host):
            raise BadSite(f"--host {self.host!r}")
        if self.anonymous and (not _is_host(self.anonymous) or self.anonymous == self.host):
            raise BadSite(f"--anonymous {self.anonymous!r}")
        if not 1 <= self.port <= 65535 or (self.tls != "none" and self.port == 80):
            raise BadSite(f"--port {self.port}")
        if self.database and not _is_database(self.database):
            raise BadSite("--database")
        if not NAME.fullmatch(self.name):
            raise BadSite(f"--name {self.name!r}")
        if self.is_imperial and self.server != "uwsgi":
            raise BadSite("--emperor")

    @property
    def place(self) -> Place:
        """Where it has its things."""
        return Place(self.name)

    @property
    def captures(self) -> bool:
        """Whether its pages can capture: not where anonymous posts come to the same ports."""
        return self.has_dumpcap and self.application.is_madang and not self.anonymous

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every name that leads here."""
        return (self.host, self.anonymous) if self.anonymous else (self.host,)

    @property
    def scheme(self) -> str:
        """As in its address."""
        return "http" if self.tls == "none" else "https"

    @property
    def origin(self) -> str:
        """The address that browsers show, without the port where it goes without saying."""
        return self._address(self.host)

    @property
    def door(self) -> str:
        """What browsers say in the header Host."""
        return self.origin.partition("://")[2]

    @property
    def variables(self) -> dict[str, str]:
        """What the site is told by environment variables that follow from this plan."""
        if not self.application.is_madang:
            return self._told_to_others
        told = {
            "MADANG_HOSTS": self.host,
            "MADANG_ORIGIN": self.origin,
            "MADANG_DATA": str(self.place.state),
        }
        told |= {"MADANG_ANON_ORIGIN": self._address(self.anonymous)} if self.anonymous else {}
        told |= {"MADANG_RECORDER": str(self.place.recorder)} if self.captures else {}
        return told | ({"MADANG_DATABASE_URL": self.database} if self.database else {})

    @property
    def _told_to_others(self) -> dict[str, str]:
        told = {
            "DEPLOYED_SETTINGS": self.application.settings,
            "DEPLOYED_HOST": self.host,
            "DEPLOYED_ORIGIN": self.origin,
            "DEPLOYED_DATA": str(self.place.state),
        }
        return told | ({"DEPLOYED_DATABASE_URL": self.database} if self.database else {})

    def _address(self, host: str) -> str:
        usual = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}" + ("" if self.port == usual else f":{self.port}")

    def to_json(self) -> str:
        """For the next time; without the database's URL, which can hold a password."""
        told = asdict(self)
        del told["database"]
        return json.dumps(told, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, *, database: str = "") -> Site:
        """What `to_json` wrote."""
        told = json.loads(text)
        application = Application(**told.pop("application"))
        return cls(**told, application=application, database=database)


@dataclass(frozen=True)
class File:
    """A file of the server: where, its text, its mode, and the group of root's that owns it."""

    path: Path
    text: str
    mode: int = 0o644
    is_secret: bool = False


def difference(wanted: tuple[File, ...], found: Mapping[Path, str]) -> Iterator[str]:
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


def _is_host(text: str) -> bool:
    return len(text) <= 253 and all(LABEL.fullmatch(label) for label in text.split("."))


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
