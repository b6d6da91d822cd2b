"""What is asked of a site that is there: its copies, its words, and to go."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from madang.deploy import (
    apply,
    certificates,
    databases,
    front,
    host,
    keeping,
    making,
    releases,
    render,
)
from madang.deploy.making import Cannot, Say
from madang.deploy.place import UNITS, Place
from madang.deploy.plan import Site
from madang.lib.terminal import gettext as _


def back_up(place: Place) -> Path | None:
    """A copy of the database, made while others write to it; None where there is none yet."""
    apply.fit()
    site, release = apply.found_site(place), _current(place)
    return databases.back_up(site, release, f"{_moment()}-by-hand")


def restore(place: Place, path: Path, *, say: Say) -> None:
    """Have the database as it was in the copy at `path`, brought to the release that runs.

    The site is closed meanwhile. What was there is copied first, and put back where anything
    fails. Raises `Unreadable` with nothing touched, or `Failed`.
    """
    apply.fit()
    site, release = apply.found_site(place), _current(place)
    database = databases.of(site, release)
    databases.check(database, path)
    with host.alone():
        kept = databases.back_up(site, release, f"{_moment()}-before-restore")
        if kept is not None:
            say(_("The database is copied to {path}.").format(path=kept))
        say(_("Closing the site."))
        apply.halt(site, release)
        try:
            databases.put_back(site, database, path)
            making.manage(site, release, "migrate", "--no-input", "--verbosity=0")
        except host.Failed:
            if kept is not None:
                databases.put_back(site, database, kept)
            raise
        finally:
            apply.start(site, release, say)
            apply.work(site, release)
        say(_("The database is what it was in {path}.").format(path=path))


def renew(place: Place, *, say: Say) -> None:
    """Have a certificate that holds for `certificates.LEAST_DAYS` at least, and nginx show it."""
    apply.fit()
    site = apply.found_site(place)
    if site.tls == "none":
        raise Cannot(_("This site has no certificate: deploy it with --tls."))
    with host.alone():
        if site.tls == "certbot":
            host.run("certbot", "renew", "--quiet", "--cert-name", site.host)
        front.settle(site, say)
        left = certificates.days_left(render.certificate(site)[0])
    say(_("The certificate holds for {days} more days.").format(days=left))


def logs(place: Place, *, lines: int, is_following: bool) -> None:
    """Become journalctl, about the units of every release."""
    apply.fit()
    site = apply.found_site(place)
    units = [f"--unit={site.name}-{kind}@*.service" for kind in apply.kinds(site)]
    units += [f"--unit={place.emperor_unit}"] if site.is_imperial else []
    more = ["--follow"] if is_following else ["--no-pager"]
    os.execvp("journalctl", ["journalctl", f"--lines={lines}", "--output=short", *more, *units])  # noqa: S606, S607


def remove(place: Place, name: str, *, with_data: bool, say: Say) -> None:
    """Take the site called `name` off the server; what members wrote stays unless `with_data`.

    Raises `Cannot` where the site that is here has another name.
    """
    apply.fit()
    site = apply.found_site(place)
    if site.host != name:
        raise Cannot(_("The site here is {host}.").format(host=site.host))
    with host.alone():
        for release in {*releases.whole(place), releases.current(place) or ""} - {""}:
            apply.stop(site, release)
        apply.dethrone(site)
        keeping.forget(site)
        front.forget(site)
        for path in UNITS.glob(f"{site.name}-*@.service"):
            path.unlink()
        host.unit("daemon-reload")
        for path in (place.releases.parent, place.run):
            shutil.rmtree(path, ignore_errors=True)
        if with_data:
            _forget(site)
        else:
            for path in (place.site, place.env.parent / "uwsgi.ini"):
                path.unlink(missing_ok=True)
            kept = ", ".join(map(str, (place.env, place.state, place.backups)))
            say(_("Kept: {paths}.").format(paths=kept))
    say(_("{host} is not on this server any more.").format(host=site.host))


def _forget(site: Site) -> None:
    certificates.forget(site)
    place = site.place
    for path in (place.env.parent, place.state, place.backups):
        shutil.rmtree(path, ignore_errors=True)
    for path in Path("/var/log/nginx").glob(f"{site.name}.*.log*"):
        path.unlink()
    host.run("userdel", site.name)


def _current(place: Place) -> str:
    release = releases.current(place)
    if release is None:
        raise Cannot(_("No site is deployed on this server."))
    return release


def _moment() -> str:
    return releases.new_name(datetime.now(UTC))
