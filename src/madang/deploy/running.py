"""A site behind nginx: its socket, its units, its answers, its database, and its disk."""

from __future__ import annotations

import json
import pwd
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from madang.deploy import apply, gate, host, reading
from madang.deploy.findings import Finding
from madang.deploy.look import SECONDS, Look, shut
from madang.lib.terminal import gettext as _


def sockets(look: Look) -> Iterator[Finding]:
    """nginx's user can connect to the site's socket."""
    if look.release is None:
        yield Finding("no_release", "socket", _("No site is deployed on this server."))
        return
    if not look.place.socket.exists():
        sentence = _("The socket {path} is not there.").format(path=look.place.socket)
        mend = ("systemctl", "restart", look.unit("web"))
        yield Finding(
            "socket_missing", "socket", sentence, mend, frozenset({"django"}), is_safe=True
        )
        return
    if closed := reading.closed(look.place.socket.resolve().parent):
        yield shut(closed, "socket")
        return
    said = reading.refusal(look.place.socket)
    if said and not reading.is_full(said):
        sentence = _("nobody listens at the socket {path}: {said}.")
        mend = ("systemctl", "restart", look.unit("web"))
        told = sentence.format(path=look.place.socket, said=said)
        yield Finding("socket_dead", "socket", told, mend, frozenset({"django"}), is_safe=True)


def units(look: Look) -> Iterator[Finding]:
    """systemd runs the web processes and the worker of the current release."""
    if look.release is None:
        return
    if look.site.is_imperial:
        yield from _unit("emperor", look.place.emperor_unit, look.unit("web"))
    for kind in apply.kinds(look.site):
        yield from _unit(kind, look.unit(kind), look.unit(kind))


EXPLAINED = {"web": {"socket", "saturation", "django"}}
EXPLAINED["emperor"] = EXPLAINED["web"] | {"web_down"}


def _unit(kind: str, name: str, mending: str) -> Iterator[Finding]:
    """The unit `name` is up; starting `mending` anew brings it back."""
    shown = reading.properties(name)
    if shown.get("ActiveState") == "active":
        return
    result = shown.get("Result", "")
    said = " ".join(host.journal(name, lines=8).split())[-700:]
    sentence = {
        "oom-kill": _("{unit} was killed for want of memory ({memory} allowed)."),
    }.get(result, _("{unit} does not run ({result}): {said}"))
    memory = shown.get("MemoryMax", "")
    if shown.get("LoadState") not in {"loaded", None}:
        sentence = _("systemd cannot read {unit}: {said}")
    told = sentence.format(unit=name, result=result, said=said, memory=memory)
    explains = frozenset(EXPLAINED.get(kind, ()))
    code = f"{kind}_oom" if result == "oom-kill" else f"{kind}_down"
    yield Finding(code, "unit", told, ("systemctl", "restart", mending), explains, is_safe=True)


def application(look: Look) -> Iterator[Finding]:
    """The site answers at its socket: in time, to its name, with its database."""
    if look.release is None or not look.place.socket.exists():
        return
    path, scheme = look.site.application.health, look.site.scheme
    try:
        status, body = gate.ask(look.place.socket, look.name, path, scheme=scheme, seconds=SECONDS)
    except TimeoutError:
        sentence = _("Every web process is busy: {waiting} wait at {path}.")
        told = sentence.format(waiting=reading.waiting(look.place.socket), path=look.place.socket)
        yield Finding("saturation", "saturation", told, explains=frozenset({"socket_dead"}))
        return
    except OSError:
        return
    if status == 400:
        sentence = _("Django refuses the name {name}: {where} does not have it.")
        told = sentence.format(name=look.name, where=look.line("HOSTS"))
        yield Finding("django_hosts", "django", told)
    elif status == 503 and look.site.application.is_madang:
        yield from _unready(look, body)
    elif status >= (300 if look.site.application.is_madang else 500):
        sentence = _("Django answers {status} at {path}.").format(status=status, path=path)
        yield Finding("django_failed", "django", sentence)
    yield from _origin(look)


def _unready(look: Look, body: bytes) -> Iterator[Finding]:
    said = json.loads(body)
    if said.get("reason") == "migrations":
        sentence = _("The database lacks migrations: {names}.")
        told = sentence.format(names=", ".join(said["missing"][:3]))
        mend = ("./madang", "deploy", "--host", look.name)
        yield Finding("migrations", "database", told, mend)
    else:
        yield Finding("database", "database", _("The database does not answer."))


def _origin(look: Look) -> Iterator[Finding]:
    told = look.told("ORIGIN")
    parts = urlsplit(told)
    ports = {"http": 80, "https": 443}
    is_right = parts.hostname == look.name and (parts.port or ports.get(parts.scheme)) == look.port
    if told and not (is_right and parts.scheme == look.site.scheme):
        sentence = _("{where} says {origin}: forms sent from another address are refused (CSRF).")
        yield Finding(
            "django_origin",
            "django",
            sentence.format(where=look.line("ORIGIN"), origin=told),
        )


def database(look: Look) -> Iterator[Finding]:
    """The file of the database, and its folder, are the site's."""
    state = look.place.state
    try:
        owner = pwd.getpwnam(look.site.name).pw_uid
    except KeyError:
        return
    for path in [state, *sorted(state.glob("*.sqlite3*"))]:
        found = path.stat().st_uid
        if found != owner:
            sentence = _("{path} belongs to {owner}, not to {user}.")
            told = sentence.format(path=path, owner=reading.owner(found), user=look.site.name)
            explains = frozenset({"unit", "socket", "saturation", "django", "database"})
            mend = ("chown", look.site.name, str(path))
            yield Finding("database_owner", "database", told, mend, explains, is_safe=True)
            return


def disk(look: Look) -> Iterator[Finding]:
    """There is room where the site and nginx write."""
    explains = frozenset({"unit", "socket", "saturation", "django", "database", "static"})
    where = (look.place.state, Path("/run"), Path("/var/log/nginx"), Path("/tmp"))  # noqa: S108
    if (folder := host.full(*where)) is not None:
        sentence = _("The disk of {folder} is full.").format(folder=folder)
        yield Finding("disk_full", "disk", sentence, explains=explains)
