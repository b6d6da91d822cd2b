"""Taking a release live, step by step: what is running stays until the new one has answered.

Any step can be the last one that is done: the same command again begins anew, and what was begun
and not finished is removed. Nothing before the switch is seen by a visitor.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from madang.deploy import databases, front, gate, host, keeping, making, releases, render
from madang.deploy.gate import Closed
from madang.deploy.host import Failed
from madang.deploy.making import Cannot, Say
from madang.deploy.place import UNITS, Place
from madang.deploy.plan import File, Site
from madang.lib.terminal import gettext as _

PROGRAMS = {"nginx": "nginx", "runuser": "util-linux", "ss": "iproute2"}
START, WATCH, AGAIN = 60.0, 3.0, 0.1
"""Seconds that a release may take to answer, that it is watched after the switch, and between."""
SYSTEMD = 247
"""The first that hides other processes from a unit (ProtectProc=, systemd.exec(5))."""
WELL = {200, 301, 302}
ALL = ("worker", "capture", "web", "anonymous")
ANY = set(range(200, 500))


def apply(
    site: Site,
    source: Path,
    *,
    say: Say,
    contract: bool = False,
    email: str = "",
    directory: str = "",
) -> str:
    """Have the code at `source` run as a new release of `site`; its name. Raises `Cannot`.

    `contract` lets migrations take away what the running release may still use. `email` and
    `directory` are for an authority that gives certificates (`certificates.ask_for`).
    """
    fit()
    with host.alone():
        check_own(site.place, source)
        for name in releases.leftovers(site.place):
            releases.remove(site.place, name)
        _packages(site, say)
        front.check_ports(site)
        environ = host.read(site.place.env) or ""
        text = render.environment(site, before=environ, secret_key=secrets.token_urlsafe(50))
        _write((File(site.place.env, text, mode=0o640, is_secret=True),), say)
        host.settle(site.name, site.place.state)
        name = releases.new_name(datetime.now(UTC))
        before = releases.current(site.place)
        with _undone(site, name):
            making.make(site, name, source, say)
            if site.is_imperial:
                making.crown(site, say)
            site = making.told_by(site, name)
            making.prepare(site, name, say)
            _migrate(site, name, say, contract=contract)
            if _write(render.units(site), say):
                host.unit("daemon-reload")
            start(site, name, say)
        with switched(site, name, before):
            front.settle(site, say, email=email, directory=directory)
        keeping.settle(site)
        _write((File(site.place.site, site.to_json()),), say)
        say(_("Visitors reach {name} at {origin}").format(name=name, origin=site.origin))
        _tidy(site, name, before, say)
    return name


def roll_back(place: Place, *, say: Say, to: str = "") -> str:
    """Send visitors to the release before the current one, or to that one; its name.

    Raises `Cannot`.
    """
    fit()
    site = found_site(place)
    with host.alone():
        now = releases.current(place)
        name = to or (None if now is None else releases.before(place, now))
        if now is None or name is None:
            raise Cannot(_("There is no release to go back to."))
        if name == now or name not in releases.whole(place):
            raise Cannot(_("There is no other release {name} here.").format(name=name))
        try:
            start(site, name, say)
        except (Failed, Closed):
            stop(site, name)
            raise
        with switched(site, name, now):
            pass
        say(_("Visitors reach {name} at {origin}").format(name=name, origin=site.origin))
        stop(site, now)
        work(site, name)
    return name


def fit() -> None:
    """Raise `Cannot` unless this is root, on a machine with a systemd that knows the sandbox."""
    if os.geteuid() != 0:
        raise Cannot(_("Deploying needs root: start it with sudo."))
    if not Path("/run/systemd/system").is_dir():
        raise Cannot(_("systemd does not run on this machine."))
    number = host.systemd()
    if number < SYSTEMD:
        sentence = _("systemd {number} is too old for the units: they need {needed}.")
        raise Cannot(sentence.format(number=number, needed=SYSTEMD))


def check_own(place: Place, source: Path) -> None:
    """Raise `Cannot` where the site's folders are somebody else's, the code's own among them.

    They are a site's once its environment file is there, which is written first.
    """
    srv = place.releases.parent
    if source == srv or srv in source.parents or source in srv.parents:
        raise Cannot(_("The code is in {path}: choose another --name.").format(path=srv))
    if place.env.exists():
        return
    for path in (place.env.parent, place.state, srv):
        if path.exists():
            sentence = _("{path} is there already, and no site's: choose another --name.")
            raise Cannot(sentence.format(path=path))
    if place.root == Path("/") and host.works("id", place.name):
        raise Cannot(
            _("There is a user {name} already: choose another --name.").format(name=place.name)
        )


def found_site(place: Place) -> Site:
    """The site that is deployed here under this name. Raises `Cannot`."""
    text = host.read(place.site)
    if text is None:
        raise Cannot(_("No site is deployed on this server."))
    told = host.variables(place.env)
    database = told.get("MADANG_DATABASE_URL") or told.get("DEPLOYED_DATABASE_URL", "")
    return Site.from_json(text, database=database)


def kinds(site: Site) -> list[str]:
    """The units that a release of the site has, those first that visitors reach."""
    found = ["web", *(["anonymous"] if site.anonymous else [])]
    found += ["worker"] if site.application.is_madang else []
    return [*found, *(["capture"] if site.captures else [])]


def speaking(site: Site, kind: str, name: str) -> str:
    """The unit in whose journal the processes of a kind write."""
    is_vassal = site.is_imperial and kind == "web"
    return site.place.emperor_unit if is_vassal else site.place.unit(kind, name)


def _packages(site: Site, say: Say) -> None:
    """What Debian has to bring along."""
    wanted = dict(PROGRAMS)
    wanted |= {"openssl": "openssl"} if site.tls != "none" else {}
    wanted |= {"certbot": "certbot"} if site.tls == "certbot" else {}
    if site.database.startswith("postgresql:"):
        wanted |= {"pg_dump": "postgresql-client"}
    missing = sorted({package for name, package in wanted.items() if not shutil.which(name)})
    if not host.works("python3", "-c", "import ensurepip"):
        missing.append("python3-venv")
    if missing:
        say(_("Installing {packages}.").format(packages=", ".join(missing)))
        host.install(missing)


def _write(wanted: tuple[File, ...], say: Say) -> bool:
    """Have these files; whether anything changed."""
    changed = []
    for file in wanted:
        group = "www-data" if file.is_secret else "root"
        if host.write(file, group=group):
            changed.append(str(file.path))
    if changed:
        say(_("Written: {files}.").format(files=", ".join(changed)))
    return bool(changed)


@contextmanager
def _undone(site: Site, name: str) -> Iterator[None]:
    """What fails here leaves no trace of the release, and is told, a full disk as such.

    Programs are not to be relied on for that: some keep their errors to themselves.
    """
    try:
        yield
    except BaseException as error:
        full = host.full(site.place.releases, site.place.state, site.place.backups)
        stop(site, name)
        releases.remove(site.place, name)
        if full is not None and isinstance(error, (Failed, OSError)):
            sentence = _("The disk of {folder} is full.").format(folder=full)
            raise Cannot(f"{sentence}\n{error}") from None
        raise


def _migrate(site: Site, name: str, say: Say, *, contract: bool) -> None:
    """A copy of the database, and then its migrations."""
    kept = databases.back_up(site, name, name)
    if kept is not None:
        say(_("The database is copied to {path}.").format(path=kept))
    if not contract:
        try:
            making.ask(site, name, "risky")
        except Failed as failure:
            text = _("A migration takes away what the running release may still use (--contract):")
            raise Cannot(f"{text}\n{failure}") from None
    say(_("Migrating."))
    making.manage(site, name, "migrate", "--no-input", "--verbosity=0")


def start(site: Site, name: str, say: Say) -> None:
    """Start the release beside the one that runs, and ask it through its own sockets."""
    say(_("Starting {name} and asking it.").format(name=name))
    health = {200} if site.application.is_madang else ANY
    asked = {"web": {site.application.health: health, "/": WELL if health == {200} else ANY}}
    asked |= {"anonymous": {"/anon/health": {200}}} if site.anonymous else {}
    for kind, answers in asked.items():
        unit = site.place.unit(kind, name)
        host.unit("start", unit)
        folder = site.place.run_of(kind) / name
        try:
            gate.wait(folder / "web.sock", site.door, answers, seconds=START, scheme=site.scheme)
        except Closed as closed:
            speaker = speaking(site, kind, name)
            raise Closed(f"{closed}\n{host.journal(speaker)}") from None
    making.ask(site, name, "proves")


@contextmanager
def switched(site: Site, name: str, before: str | None) -> Iterator[None]:
    """Let nginx reach the release; back to the one before it where that answers worse."""
    _lead(site, name)
    try:
        yield
        _watch(site)
    except BaseException:
        if before is not None:
            _lead(site, before)
        else:
            for link in (site.place.current, site.place.anonymous, site.place.capture):
                link.unlink(missing_ok=True)
        stop(site, name)
        raise
    host.unit("enable", *(site.place.unit(kind, name) for kind in kinds(site)))


def _lead(site: Site, name: str) -> None:
    host.link(site.place.current, site.place.run / name)
    if site.anonymous:
        host.link(site.place.anonymous, site.place.run_of("anonymous") / name)
    if site.captures:
        host.link(site.place.capture, site.place.run_of("capture") / name)


def _watch(site: Site) -> None:
    """Ask through nginx's way for a while; an answer of 5xx is one too many."""
    deadline = time.monotonic() + WATCH
    path = site.application.health
    while time.monotonic() < deadline:
        try:
            status, body = gate.ask(site.place.socket, site.door, path, scheme=site.scheme)
        except OSError as error:
            raise Closed(str(error)) from None
        if status >= 500:
            raise Closed(f"{path}: {status} {body[:200].decode(errors='replace')}")
        time.sleep(AGAIN)


def _tidy(site: Site, name: str, before: str | None, say: Say) -> None:
    """Let the release before end what it is at; keep as many releases as there is use for."""
    if before is not None:
        stop(site, before)
    if not site.is_imperial:
        dethrone(site)
    work(site, name)
    kept = releases.whole(site.place)[-releases.KEPT :]
    for old in releases.whole(site.place):
        if old not in kept and old != name:
            releases.remove(site.place, old)
            say(_("Removed: {name}.").format(name=old))


def dethrone(site: Site) -> None:
    """Have no Emperor, nor what he was started from."""
    folder, unit = site.place.env.parent, UNITS / site.place.emperor_unit
    if unit.exists():
        host.works("systemctl", "--quiet", "stop", unit.name)
        unit.unlink()
        host.unit("daemon-reload")
    for path in (folder / "emperor.ini", folder / "vassal"):
        path.unlink(missing_ok=True)
    for path in (site.place.emperor, site.place.vassals):
        shutil.rmtree(path, ignore_errors=True)


def work(site: Site, name: str) -> None:
    """Let the release's worker begin, and what captures for its pages."""
    for kind in {"worker", "capture"} & set(kinds(site)):
        host.unit("start", site.place.unit(kind, name))


def stop(site: Site, name: str) -> None:
    """By SIGTERM: what it is answering is answered to the end; at the next boot it stays down."""
    for kind in ALL:
        host.works("systemctl", "--quiet", "disable", site.place.unit(kind, name))
    halt(site, name)


def halt(site: Site, name: str) -> None:
    """As `stop`, but the next boot brings it back."""
    for kind in ALL:
        host.works("systemctl", "--quiet", "stop", site.place.unit(kind, name))
