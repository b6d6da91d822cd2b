"""nginx before a site: its configuration, its certificate, and the files it serves by itself."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from tempfile import NamedTemporaryFile

from madang.deploy import certificates, host, reading, render
from madang.deploy.findings import Finding
from madang.deploy.look import Look, shut
from madang.lib.terminal import gettext as _


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
    elif not said and (path := look.nginx.newer()):
        sentence = _("{path} was changed after nginx last read it.").format(path=path)
        mend = ("systemctl", "reload", "nginx")
        explains = frozenset({"port", "firewall", "static", "nginx_no_site"})
        yield Finding("nginx_stale", "nginx", sentence, mend, explains, is_safe=True)
    elif not said and look.site.application.static and not _is_served(look):
        sentence = _("nginx lets nobody in who asks for {name} at port {port}: see {where}.")
        where = look.nginx.place_of(look.name)
        told = sentence.format(name=look.name, port=look.port, where=where)
        yield Finding("nginx_no_listen", "nginx", told, explains=frozenset({"tls", "static"}))


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
        yield shut(closed, "static")
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
