"""nginx before the site: its text, its certificate, and the way back where either is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from madang.deploy import certificates, host, reading, render
from madang.deploy.making import Cannot, Say
from madang.deploy.place import CHALLENGES, NGINX
from madang.deploy.plan import File, Site
from madang.lib.terminal import gettext as _

DEFAULT = NGINX / "sites-enabled/default"


def check_ports(site: Site) -> None:
    """Raise `Cannot` where a port of the site is somebody's who is not nginx."""
    for port in sorted({80, site.port} if site.tls != "none" else {site.port}):
        for row in reading.listening(port):
            if row.program != "nginx":
                sentence = _("Port {port} belongs to {program} (process {pid}), not to nginx.")
                raise Cannot(sentence.format(port=port, program=row.program, pid=row.pid))


def settle(site: Site, say: Say, *, email: str = "", directory: str = "") -> None:
    """Have nginx serve the site as planned; where it cannot, it serves what it served before.

    Raises `Failed` or `Cannot`.
    """
    CHALLENGES.mkdir(parents=True, exist_ok=True)
    with _undone(_wanted(site)):
        if site.tls == "internal" and not certificates.is_there(site):
            certificates.make(site, say)
        if site.tls == "certbot" and not certificates.is_there(site):
            _serve(replace(site, tls="none", port=80))  # the authority comes to port 80 and looks
            certificates.ask_for(site, say, email=email, directory=directory)
        _serve(site)


def forget(site: Site) -> None:
    """Take the site out of nginx, and its doors where no other site has them."""
    for path in (site.place.enabled, site.place.nginx):
        path.unlink(missing_ok=True)
    texts = [path.read_text("utf-8") for path in _enabled() if not path.name.startswith("door-")]
    for file in render.front(site)[:-1]:
        port = file.path.name.removeprefix("door-")
        if not any(f"listen {port}" in text for text in texts):
            (NGINX / "sites-enabled" / file.path.name).unlink(missing_ok=True)
            file.path.unlink(missing_ok=True)
    host.works("systemctl", "--quiet", "reload", "nginx.service")


def _wanted(site: Site) -> tuple[File, ...]:
    return (*render.front(site), *render.front(replace(site, tls="none", port=80)))


def _serve(site: Site) -> None:
    """Without Debian's own site, whose default server would collide."""
    is_debians = DEFAULT.is_symlink() and DEFAULT.readlink() == NGINX / "sites-available/default"
    is_changed = is_debians
    if is_debians:
        DEFAULT.unlink()
    for file in render.front(site):
        link = NGINX / "sites-enabled" / file.path.name
        is_changed |= host.write(file)
        if not link.is_symlink():
            host.link(link, file.path)
            is_changed = True
    host.run("nginx", "-t", "-q")
    host.unit("enable", "nginx.service")
    verb = "reload-or-restart" if is_changed or site.tls != "none" else "start"
    host.unit(verb, "nginx.service")


@contextmanager
def _undone(files: tuple[File, ...]) -> Iterator[None]:
    """Where it fails, these files are as they were, and so are the links that lead to them."""
    before = {file.path: host.read(file.path) for file in files}
    links = {path: path.is_symlink() for path in map(_link, before)}
    is_default = DEFAULT.is_symlink()
    try:
        yield
    except BaseException:
        for path, text in before.items():
            path.unlink(missing_ok=True)
            if text is not None:
                host.write(File(path, text))
            if not links[_link(path)]:
                _link(path).unlink(missing_ok=True)
        if is_default:
            host.link(DEFAULT, NGINX / "sites-available/default")
        host.works("systemctl", "--quiet", "reload-or-restart", "nginx.service")
        raise


def _link(path: Path) -> Path:
    return NGINX / "sites-enabled" / path.name


def _enabled() -> list[Path]:
    return [path for path in (NGINX / "sites-enabled").iterdir() if path.exists()]
