"""A site that Madang did not deploy: where its nginx leads, and whether anybody is there.

Read from nginx's own text and from the units in /etc; nothing is asked that is Madang's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from madang.deploy import host, reading
from madang.deploy.findings import Finding
from madang.deploy.look import Look, shut
from madang.deploy.place import UNITS
from madang.lib.terminal import gettext as _

PASSED = {"uwsgi_pass", "proxy_pass", "fastcgi_pass"}
SOCKET = re.compile(r"(?:https?://)?unix:(/[^:;\s]+)")
PROGRAM = re.compile(r"^ExecStart=[-@:+!]*(\S+)", re.MULTILINE)
TARGET = re.compile(r"^(?:WantedBy|RequiredBy)=(.+)$", re.MULTILINE)


def static(look: Look) -> Iterator[Finding]:
    """nginx may enter the folders of its files, and looks where they are."""
    server = look.nginx.server(look.name)
    for path, block in server.locations() if server else ():
        for each in block:
            if each["directive"] not in {"root", "alias"}:
                continue
            named = Path(each["args"][0])
            is_root = each["directive"] == "root"
            folder = named / path.strip("/") if is_root else named
            if closed := reading.closed(folder if folder.is_dir() else named):
                yield shut(closed, "static")
                return
            if folder.is_dir():
                continue
            assert server is not None
            where = server.place(each)
            if is_root and named.is_dir():
                sentence = _(
                    "{where} has nginx look for {path} in {folder}, which is not there: `alias` is"
                    " meant, not `root`."
                )
            else:
                sentence = _("{where} has nginx look for {path} in {folder}, which is not there.")
            told = sentence.format(where=where, path=path, folder=folder)
            code = "static_alias" if is_root and named.is_dir() else "static_missing"
            yield Finding(code, "static", told)


def upstream(look: Look) -> Iterator[Finding]:
    """nginx's user can connect to the socket that the site is passed to."""
    for where, path in _sockets(look):
        if closed := reading.closed(path.parent):
            yield shut(closed, "static")
        elif not path.exists():
            sentence = _("{where} leads to the socket {path}, which is not there.")
            yield Finding("socket_missing", "socket", sentence.format(where=where, path=path))
        elif said := reading.refusal(path):
            sentence = _("{where} leads to the socket {path}, where nginx is refused: {said}.")
            code = "socket_closed" if "PermissionError" in said else "socket_dead"
            yield Finding(code, "socket", sentence.format(where=where, path=path, said=said))


def units(look: Look) -> Iterator[Finding]:
    """The units that somebody wrote can be started, and are wanted by a target that there is."""
    del look
    for unit in _written():
        if unit.program and not Path(unit.program).exists():
            sentence = _("{where} starts {program}, which is not there.")
            told = sentence.format(where=unit.where("ExecStart"), program=unit.program)
            yield Finding("unit_program", "unit", told, explains=frozenset({"socket", "django"}))
        elif unknown := [target for target in unit.targets if not _is_target(target)]:
            sentence = _("{where} wants {target}, which systemd does not know: nothing starts it.")
            told = sentence.format(where=unit.where("WantedBy"), target=unknown[0])
            yield Finding("unit_target", "unit", told, explains=frozenset({"socket", "django"}))
        elif reading.properties(unit.path.name).get("ActiveState") == "failed":
            said = " ".join(host.journal(unit.path.name, lines=8).split())[-700:]
            told = _("{unit} has failed: {said}").format(unit=unit.path, said=said)
            mend = ("systemctl", "restart", unit.path.name)
            explains = frozenset({"socket", "django"})
            yield Finding("unit_failed", "unit", told, mend, explains, is_safe=True)


def answer(look: Look) -> Iterator[Finding]:
    """What nginx answers by the site's name is no error of the server's."""
    status = reading.ask(look.name, look.port, "/", is_tls=look.is_tls)
    if status >= 500:
        sentence = _("nginx answers {status} for {name}: see /var/log/nginx/error.log.")
        told = sentence.format(status=status, name=look.name)
        yield Finding("django_failed", "django", told)


@dataclass(frozen=True)
class _Unit:
    """A service that somebody wrote into /etc."""

    path: Path
    text: str

    @property
    def program(self) -> str:
        """What it starts; nothing where that depends on an instance."""
        found = PROGRAM.search(self.text)
        return found[1] if found and "%" not in found[1] else ""

    @property
    def targets(self) -> list[str]:
        """By which it wants to be started."""
        return [name for line in TARGET.findall(self.text) for name in line.split()]

    def where(self, name: str) -> str:
        """File and line of what it says."""
        lines = enumerate(self.text.splitlines(), 1)
        number = next((n for n, line in lines if line.startswith(name)), 1)
        return f"{self.path}:{number}"


def _written() -> list[_Unit]:
    paths = [path for path in UNITS.glob("*.service") if not path.is_symlink()]
    return [_Unit(path, path.read_text("utf-8", "replace")) for path in sorted(paths)]


def _is_target(name: str) -> bool:
    said = reading.properties(name)
    return said.get("LoadState") == "loaded"


def _sockets(look: Look) -> list[tuple[str, Path]]:
    """Where the site is passed to: `file:line` in nginx's text, and the socket's path."""
    server = look.nginx.server(look.name)
    found = []
    for _path, block in server.locations() if server else ():
        for each in block:
            if each["directive"] in PASSED and server is not None:
                target = each["args"][0]
                name = re.sub(r"^https?://", "", target).partition("/")[0]
                addresses = look.nginx.upstream(name) or [target]
                paths = [unix[1] for unix in map(SOCKET.match, addresses) if unix]
                found += [(server.place(each), Path(path)) for path in paths]
    return found
