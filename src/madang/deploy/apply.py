"""Taking a release live, step by step: what is running stays until the new one has answered.

Any step can be the last one that is done: the same command again begins anew, and what was begun
and not finished is removed. Nothing before the switch is seen by a visitor.
"""

from __future__ import annotations

import gzip
import os
import re
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from madang.deploy import gate, host, releases
from madang.deploy.gate import Closed
from madang.deploy.host import Failed
from madang.deploy.plan import Site
from madang.deploy.render import ETC, render
from madang.lib.terminal import gettext as _

ENV = Path(ETC / "madang/madang.env")
STATE = Path("/var/lib/madang")
BACKUPS = Path("/var/backups/madang")
ENABLED = Path("/etc/nginx/sites-enabled")
USER = "madang"
PROGRAMS = {"nginx": "nginx", "runuser": "util-linux"}
GZIPPED = {".css", ".js", ".svg", ".json", ".txt", ".html", ".map"}
START, WATCH, AGAIN = 60.0, 3.0, 0.1
"""Seconds that a release may take to answer, that it is watched after the switch, and between."""
ANSWERS = {"/readyz": {200}, "/": {200, 301, 302}}
"""What a release is asked before anybody is sent to it."""

Say = Callable[[str], None]


class Cannot(Exception):
    """Why nothing was changed for visitors; the message says it."""


def apply(site: Site, source: Path, *, say: Say, contract: bool = False) -> str:
    """Have the code at `source` run as a new release of `site`; its name. Raises `Cannot`.

    `contract` lets migrations take away what the running release may still use.
    """
    _fit()
    with host.alone():
        for name in releases.leftovers():
            releases.remove(name)
        _packages(say)
        host.settle(USER, STATE)
        changed = _files(site, say)
        name = releases.new_name(datetime.now(UTC))
        before = releases.current()
        with _undone(name):
            _make(site, name, source, say)
            _prepare(site, name, say, contract=contract)
            _start(site, name, say)
        _switch(site, name, before, changed=changed, say=say)
        _tidy(name, before, say)
    return name


def roll_back(*, say: Say) -> str:
    """Send visitors to the release before the current one; its name. Raises `Cannot`."""
    _fit()
    site = found_site()
    with host.alone():
        now = releases.current()
        name = None if now is None else releases.before(now)
        if now is None or name is None:
            raise Cannot(_("There is no release to go back to."))
        try:
            _start(site, name, say)
        except (Failed, Closed):
            _stop(name)
            raise
        _switch(site, name, now, changed=False, say=say)
        _stop(now)
        host.unit("start", f"madang-worker@{name}.service")
    return name


def _fit() -> None:
    """Root, on a machine with systemd."""
    if os.geteuid() != 0:
        raise Cannot(_("Deploying needs root: start it with sudo."))
    if not Path("/run/systemd/system").is_dir():
        raise Cannot(_("systemd does not run on this machine."))


def _packages(say: Say) -> None:
    """What Debian has to bring along."""
    missing = sorted({package for name, package in PROGRAMS.items() if not shutil.which(name)})
    if not host.works("python3", "-c", "import ensurepip"):
        missing.append("python3-venv")
    if missing:
        say(_("Installing {packages}.").format(packages=", ".join(missing)))
        host.install(missing)


def _files(site: Site, say: Say) -> bool:
    """Write what the plan says; whether anything changed."""
    wanted = render(site, env=host.read(ENV) or "", secret_key=secrets.token_urlsafe(50))
    changed = []
    for file in wanted:
        group = "www-data" if file.is_secret else "root"
        if host.write(file, group=group):
            changed.append(str(file.path))
    if changed:
        say(_("Written: {files}.").format(files=", ".join(changed)))
        host.unit("daemon-reload")
    return bool(changed)


@contextmanager
def _undone(name: str) -> Iterator[None]:
    """What fails here leaves no trace of the release, and is told."""
    try:
        yield
    except BaseException:
        _stop(name)
        releases.remove(name)
        raise


def _make(site: Site, name: str, source: Path, say: Say) -> None:
    """Code, and an environment from the hashed locks."""
    folder = releases.RELEASES / name
    say(_("Making release {name}.").format(name=name))
    releases.copy_code(source, folder)
    venv = folder / "venv"
    host.run("python3", "-m", "venv", venv)
    locks = ["base", *(["uwsgi"] if site.server == "uwsgi" else [])]
    wanted = [f"--requirement={folder / 'code/requirements' / lock}.txt" for lock in locks]
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    host.run(venv / "bin/pip", "install", *options, "--only-binary=:all:", *wanted)
    host.run(venv / "bin/python", "-m", "compileall", "-q", folder / "code/src")
    releases.seal(folder)


def _prepare(site: Site, name: str, say: Say, *, contract: bool) -> None:
    """Checks, static files, a copy of the database, and then its migrations."""
    _inside(name, "-m", "madang", "manage", "check", "--deploy")
    say(_("Collecting static files."))
    _inside(name, "-m", "madang", "manage", "collectstatic", "--no-input", "--verbosity=0")
    _compress(STATE / "static")
    if not contract:
        try:
            _inside(
                name, str(releases.RELEASES / name / "code/src/madang/deploy/inside.py"), "risky"
            )
        except Failed as failure:
            text = _("A migration takes away what the running release may still use (--contract):")
            raise Cannot(f"{text}\n{failure}") from None
    kept = back_up(site, name)
    if kept is not None:
        say(_("The database is copied to {path}.").format(path=kept))
    say(_("Migrating."))
    _inside(name, "-m", "madang", "manage", "migrate", "--no-input", "--verbosity=0")


def _inside(name: str, *arguments: str) -> str:
    """The release's own Python, as the site's user and with the site's settings."""
    folder = releases.RELEASES / name
    return host.run(
        folder / "venv/bin/python",
        "-P",
        *arguments,
        user=USER,
        environ={**_environment(), "PYTHONPATH": str(folder / "code/src")},
        cwd=STATE,
    )


def _environment() -> dict[str, str]:
    """The variables of the site."""
    pairs = (line.partition("=") for line in (host.read(ENV) or "").splitlines())
    told = {name: value for name, _equals, value in pairs if re.fullmatch(r"[A-Z_]+", name)}
    return {**told, "DJANGO_SETTINGS_MODULE": "madang.settings"}


def _compress(folder: Path) -> None:
    """A gzipped copy beside each text that has none newer; nginx sends that (gzip_static)."""
    for path in folder.rglob("*"):
        packed = path.with_name(f"{path.name}.gz")
        if path.suffix not in GZIPPED or not path.is_file():
            continue
        if not packed.exists() or packed.stat().st_mtime < path.stat().st_mtime:
            packed.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
            shutil.chown(packed, USER, "www-data")


def back_up(site: Site, name: str) -> Path | None:
    """A whole copy of the database while others write to it; None before there is one.

    SQLite's online backup, or pg_dump's own format. Raises `Failed`.
    """
    BACKUPS.mkdir(parents=True, exist_ok=True, mode=0o700)
    BACKUPS.chmod(0o700)
    if site.database.startswith("postgresql:"):
        path = BACKUPS / f"{name}.pgdump"
        host.run("pg_dump", "--format=custom", f"--file={path}", site.database)
        return path
    url = site.database or f"sqlite:///{STATE / 'madang.sqlite3'}"
    source = Path(unquote(urlsplit(url).path.removeprefix("/")))
    if not source.exists():
        return None
    path = BACKUPS / f"{name}.sqlite3"
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with sqlite3.connect(source) as live, sqlite3.connect(draft) as copy:
        live.backup(copy)
    live.close()
    copy.close()
    draft.chmod(0o600)
    draft.replace(path)
    return path


def _start(site: Site, name: str, say: Say) -> None:
    """Start the release beside the one that runs, and ask it through its own socket."""
    say(_("Starting {name} and asking it.").format(name=name))
    host.unit("start", f"madang-web@{name}.service")
    where = releases.RUN / name / "web.sock"
    try:
        gate.wait(where, site.host, ANSWERS, seconds=START)
    except Closed as closed:
        said = host.journal(f"madang-web@{name}.service")
        raise Closed(f"{closed}\n{said}") from None
    _inside(name, str(releases.RELEASES / name / "code/src/madang/deploy/inside.py"), "proves")


def _switch(site: Site, name: str, before: str | None, *, changed: bool, say: Say) -> None:
    """Let nginx reach the release; back to the one before it where that answers worse."""
    host.link(releases.CURRENT, releases.RUN / name)
    try:
        if changed or not (ENABLED / "madang").is_symlink():
            _front()
        _watch(site)
    except (Failed, Closed):
        if before is not None:
            host.link(releases.CURRENT, releases.RUN / before)
        _stop(name)
        raise
    host.unit("enable", f"madang-web@{name}.service", f"madang-worker@{name}.service")
    say(_("Visitors reach {name}.").format(name=name))


def _front() -> None:
    """nginx with the site, and without Debian's own, whose default server would collide."""
    default = ENABLED / "default"
    if default.is_symlink() and default.readlink() == Path("/etc/nginx/sites-available/default"):
        default.unlink()
    host.link(ENABLED / "madang", Path("/etc/nginx/sites-available/madang"))
    host.run("nginx", "-t", "-q")
    host.unit("enable", "nginx.service")
    host.unit("reload-or-restart", "nginx.service")


def _watch(site: Site) -> None:
    """Ask through nginx's way for a while; an answer of 5xx is one too many."""
    deadline = time.monotonic() + WATCH
    while time.monotonic() < deadline:
        try:
            status, body = gate.ask(releases.CURRENT / "web.sock", site.host, "/readyz")
        except OSError as error:
            raise Closed(str(error)) from None
        if status >= 500:
            raise Closed(f"/readyz: {status} {body[:200].decode(errors='replace')}")
        time.sleep(AGAIN)


def _tidy(name: str, before: str | None, say: Say) -> None:
    """Let the release before end what it is at; keep as many releases as there is use for."""
    if before is not None:
        _stop(before)
    host.unit("start", f"madang-worker@{name}.service")
    kept = releases.whole()[-releases.KEPT :]
    for old in releases.whole():
        if old not in kept and old != name:
            releases.remove(old)
            say(_("Removed: {name}.").format(name=old))


def _stop(name: str) -> None:
    """By SIGTERM: what it is answering is answered to the end."""
    for kind in ("worker", "web"):
        service = f"madang-{kind}@{name}.service"
        host.works("systemctl", "--quiet", "disable", service)
        host.works("systemctl", "--quiet", "stop", service)


def found_site(port: int = 80) -> Site:
    """The site that is deployed here, as its files say. Raises `Cannot`."""
    told = _environment()
    names = told.get("MADANG_HOSTS", "").split(",")
    origin = urlsplit(told.get("MADANG_ORIGIN", ""))
    if not names[0] or not PurePosixPath(ENV).is_absolute() or not ENV.exists():
        raise Cannot(_("No site is deployed on this server."))
    return Site(
        host=names[0],
        port=origin.port or port,
        server="uwsgi" if Path(ETC / "madang/uwsgi.ini").exists() else "gunicorn",
        database=told.get("MADANG_DATABASE_URL", ""),
    )
