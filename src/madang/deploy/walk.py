"""The walk from a visitor to the disk: each step looks at one layer of a server, and tells."""

from __future__ import annotations

import json
import os
import pwd
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from madang.deploy import apply, certificates, gate, host, outside, reading, render
from madang.deploy.findings import Finding
from madang.deploy.place import Place
from madang.deploy.plan import Site
from madang.deploy.webserver import Nginx
from madang.lib.terminal import gettext as _

LEAST = 2 * 1024 * 1024
"""Bytes that must be free where the site writes."""
SECONDS = 5.0
CONNECT = (
    "import socket, sys; s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect(sys.argv[1])"
)


@dataclass
class Look:
    """The server as it is found: the name and port that are asked for, and what was read once."""

    name: str
    port: int
    site: Site
    nginx: Nginx = field(default_factory=Nginx)
    release: str | None = None

    @property
    def place(self) -> Place:
        """Where the site has its things."""
        return self.site.place

    @property
    def is_tls(self) -> bool:
        """Whether visitors come by HTTPS."""
        return self.site.tls != "none"

    def unit(self, kind: str) -> str:
        """`web`, `worker` or `anonymous` of the current release."""
        return self.place.unit(kind, self.release or "")

    def told(self, name: str) -> str:
        """What the site is told: of Madang's variables or of another project's."""
        return reading.told(self.place.env, self.variable(name))

    def variable(self, name: str) -> str:
        """HOSTS or ORIGIN as this site calls it."""
        if self.site.application.is_madang:
            return f"MADANG_{name}"
        return f"DEPLOYED_{name.rstrip('S')}"

    def line(self, name: str) -> str:
        """Where it is told: file and line."""
        return reading.line(self.place.env, self.variable(name))


Step = Callable[[Look], Iterator[Finding]]


def walk(look: Look) -> list[Finding]:
    """Everything that is wrong, from outside inwards."""
    return [finding for step in STEPS for finding in step(look)]


def dns(look: Look) -> Iterator[Finding]:
    """The name leads to an address of this machine."""
    try:
        rows = socket.getaddrinfo(look.name, look.port, type=socket.SOCK_STREAM)
    except OSError:
        yield Finding(
            "dns_missing", "dns", _("The name {name} has no address.").format(name=look.name)
        )
        return
    found = {str(row[4][0]) for row in rows}
    own = reading.addresses()
    if own and not found & own and not all(one.startswith("127.") for one in found):
        sentence = _("The name {name} leads to {address}, which is no address of this machine.")
        address = ", ".join(sorted(map(str, found)))
        yield Finding("dns_elsewhere", "dns", sentence.format(name=look.name, address=address))


def port(look: Look) -> Iterator[Finding]:
    """nginx, and nobody else, listens at the port, for IPv4 too where this machine has it."""
    rows = reading.listening(look.port)
    if not rows:
        sentence = _("Nobody listens at port {port}.").format(port=look.port)
        yield Finding("port_nobody", "port", sentence)
        return
    strangers = [row for row in rows if row.program != "nginx"]
    if strangers:
        sentence = _("Port {port} belongs to {program} (process {pid}), not to nginx.")
        told = sentence.format(port=look.port, program=strangers[0].program, pid=strangers[0].pid)
        mend = ("kill", str(strangers[0].pid))
        yield Finding("port_foreign", "port", told, mend, frozenset({"nginx", "static"}))
    elif all(row.is_ipv6_only for row in rows) and any("." in one for one in reading.addresses()):
        sentence = _("Port {port} is open for IPv6 alone: {where} has no listen for IPv4.")
        told = sentence.format(port=look.port, where=look.nginx.place_of(look.name))
        yield Finding("port_ipv6_only", "port", told, explains=frozenset({"firewall", "static"}))


def firewall(look: Look) -> Iterator[Finding]:
    """A SYN from outside is answered."""
    address = next((one for one in sorted(reading.addresses()) if "." in one), "")
    if not address or not reading.listening(look.port):
        return
    answer = outside.knock(address, look.port)
    if answer not in {"silence", "refused"}:
        return
    rule, mend = reading.rule(look.port)
    if answer == "silence":
        sentence = _("A visitor's SYN to port {port} gets no answer: {rule}.")
    else:
        sentence = _("A visitor's SYN to port {port} is refused: {rule}.")
    told = sentence.format(port=look.port, rule=rule or _("no rule of nftables says why"))
    yield Finding("firewall", "firewall", told, mend)


def nginx(look: Look) -> Iterator[Finding]:
    """It runs, with the configuration that lies there, and has the site."""
    is_up = host.is_running("nginx.service")
    said = look.nginx.complaint()
    if said:
        sentence = _("nginx refuses its configuration: {said}.").format(said=said)
        follow = {"port", "nginx_down", "nginx_no_site", "nginx_stale", "static"}
        yield Finding("nginx_config", "nginx", sentence, explains=frozenset(follow))
    if not is_up:
        mend = ("systemctl", "start", "nginx")
        explains = frozenset({"port_nobody", "static", "firewall"})
        yield Finding(
            "nginx_down", "nginx", _("nginx does not run."), mend, explains, is_safe=not said
        )
        return
    if not said and not look.nginx.has(look.name):
        yield _no_site(look)
    elif not said and look.site.application.static and not _is_served(look):
        sentence = _("nginx lets nobody in who asks for {name} at port {port}: see {where}.")
        where = look.nginx.place_of(look.name)
        told = sentence.format(name=look.name, port=look.port, where=where)
        yield Finding("nginx_no_listen", "nginx", told, explains=frozenset({"tls", "static"}))
    elif not said and (path := look.nginx.newer()):
        sentence = _("{path} was changed after nginx last read it.").format(path=path)
        mend = ("systemctl", "reload", "nginx")
        explains = frozenset({"port", "firewall", "static", "nginx_no_site"})
        yield Finding("nginx_stale", "nginx", sentence, mend, explains, is_safe=True)


def _is_served(look: Look) -> bool:
    """Whether nginx answers, by whatever: it does without asking the site."""
    path = look.site.application.static
    return bool(reading.ask(look.name, look.port, path, is_tls=look.is_tls))


def _no_site(look: Look) -> Finding:
    available, link = look.place.nginx, look.place.enabled
    if available.exists() and not link.exists():
        sentence = _("The site is not enabled: {link} is missing.").format(link=link)
        mend = ("ln", "--symbolic", str(available), str(link))
        return Finding(
            "nginx_not_enabled",
            "nginx",
            sentence,
            mend,
            frozenset({"port", "firewall", "static"}),
            is_safe=True,
        )
    near = get_close_matches(look.name, look.nginx.names, n=1, cutoff=0.6)
    sentence = _("nginx knows no server of the name {name}.")
    if near:
        sentence = _("nginx knows no server of the name {name}, but {near}: {where}.")
    where = look.nginx.place_of(near[0]) if near else ""
    told = sentence.format(name=look.name, near=near[0] if near else "", where=where)
    return Finding("nginx_no_site", "nginx", told, explains=frozenset({"static"}))


def tls(look: Look) -> Iterator[Finding]:
    """The certificate that nginx shows is for the name, and holds."""
    if not look.is_tls or not reading.listening(look.port):
        return
    pem = reading.certificate(look.name, look.port)
    if not pem:
        return
    chain, _key = render.certificate(look.site)
    with NamedTemporaryFile("w", suffix=".pem") as shown:
        shown.write(pem)
        shown.flush()
        left = certificates.days_left(Path(shown.name))
        is_for = certificates.names(Path(shown.name))
    mend = ("certbot", "renew") if look.site.tls == "certbot" else _again(look)
    if left < 0:
        sentence = _("The certificate {path} has expired.").format(path=chain)
        yield Finding("certificate_expired", "tls", sentence, mend)
    elif look.name not in is_for:
        sentence = _("The certificate {path} is for {names}, not for {name}.")
        told = sentence.format(path=chain, names=", ".join(sorted(is_for)), name=look.name)
        yield Finding("certificate_name", "tls", told, mend)


def _again(look: Look) -> tuple[str, ...]:
    name = [] if look.site.application.is_madang else ["--name", look.site.name]
    return ("./madang", "deploy", "certificate", *name)


def static(look: Look) -> Iterator[Finding]:
    """nginx may enter the folders, and serves a file that lies there."""
    folder, path_of = look.place.static, look.site.application.static
    if not path_of:
        return
    if closed := reading.closed(folder):
        yield _shut(closed, "static")
        return
    file = (
        next((path for path in folder.rglob("*.css") if path.is_file()), None)
        if folder.is_dir()
        else None
    )
    if file is None:
        sentence = _("{folder} has no static files.").format(folder=folder)
        yield Finding("static_missing", "static", sentence)
        return
    status = reading.ask(
        look.name, look.port, f"{path_of}{file.relative_to(folder)}", is_tls=look.is_tls
    )
    if status not in {200, 0}:
        sentence = _("{file} lies there, and nginx answers {status}: {where} does not lead to it.")
        place = look.nginx.place_of(path_of) or look.nginx.place_of(look.name)
        told = sentence.format(file=file, status=status, where=place)
        yield Finding("static_alias", "static", told)


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
        yield _shut(closed, "socket")
        return
    try:
        host.run("python3", "-c", CONNECT, look.place.socket, user=reading.AS_NGINX)
    except host.Failed as error:
        sentence = _("nobody listens at the socket {path}: {said}.")
        said = str(error).splitlines()[-1]
        mend = ("systemctl", "restart", look.unit("web"))
        told = sentence.format(path=look.place.socket, said=said)
        if not reading.is_full(said):
            yield Finding("socket_dead", "socket", told, mend, frozenset({"django"}), is_safe=True)


def units(look: Look) -> Iterator[Finding]:
    """systemd runs the web processes and the worker of the current release."""
    if look.release is None:
        return
    for kind in apply.kinds(look.site):
        name = look.unit(kind)
        shown = reading.properties(name)
        if shown.get("ActiveState") == "active":
            continue
        result = shown.get("Result", "")
        said = " ".join(host.journal(name, lines=8).split())[-700:]
        sentence = {
            "oom-kill": _("{unit} was killed for want of memory ({memory} allowed)."),
        }.get(result, _("{unit} does not run ({result}): {said}"))
        memory = shown.get("MemoryMax", "")
        if shown.get("LoadState") not in {"loaded", None}:
            sentence = _("systemd cannot read {unit}: {said}")
        told = sentence.format(unit=name, result=result, said=said, memory=memory)
        explains = frozenset({"socket", "saturation", "django"} if kind == "web" else {})
        code = f"{kind}_oom" if result == "oom-kill" else f"{kind}_down"
        yield Finding(code, "unit", told, ("systemctl", "restart", name), explains, is_safe=True)


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
    for folder in (look.place.state, Path("/run"), Path("/var/log/nginx"), Path("/tmp")):  # noqa: S108
        if not folder.is_dir():
            continue
        found = os.statvfs(folder)
        if found.f_bavail * found.f_frsize < LEAST or (found.f_files and not found.f_favail):
            sentence = _("The disk of {folder} is full.").format(folder=folder)
            yield Finding("disk_full", "disk", sentence, explains=explains)
            return


def _shut(folder: Path, layer: str) -> Finding:
    mode = stat.S_IMODE(folder.stat().st_mode)
    sentence = _("nginx may not enter {folder} (mode {mode:04o}).").format(folder=folder, mode=mode)
    mend = ("chmod", "g+rx", str(folder))
    return Finding(
        "folder_closed", layer, sentence, mend, frozenset({"static", "socket"}), is_safe=True
    )


STEPS: tuple[Step, ...] = (
    dns, port, firewall, nginx, tls, static, sockets, units, application, database, disk,
)  # fmt: skip
