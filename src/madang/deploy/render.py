"""From a plan to the text of files: pure functions over the templates beside this module."""

from __future__ import annotations

import re
import string
from importlib.resources import files
from pathlib import Path

from madang.deploy.place import NGINX, UNITS
from madang.deploy.plan import File, Site

LETSENCRYPT = Path("/etc/letsencrypt/live")


class Template(string.Template):
    """`@{name}` stands for a value: nginx, uWSGI and systemd have uses of their own for $ and %."""

    delimiter = "@"


def render(site: Site, *, env: str, secret_key: str) -> tuple[File, ...]:
    """Every file that a server with `site` has under /etc, but for certificates.

    `env` is the text of its environment file as it stands, empty before the first time;
    `secret_key` is used where that has none.
    """
    environ = environment(site, before=env, secret_key=secret_key)
    return (
        File(site.place.env, environ, mode=0o640, is_secret=True),
        File(site.place.site, site.to_json()),
        *units(site),
        *front(site),
    )


def units(site: Site) -> tuple[File, ...]:
    """What systemd reads of the site, and uWSGI."""
    kinds = {"web": web(site)}
    kinds |= {"worker": worker(site)} if site.application.is_madang else {}
    kinds |= {"anonymous": anonymous(site)} if site.anonymous else {}
    kinds |= {"capture": capture(site)} if site.captures else {}
    return (
        *([File(site.place.env.parent / "uwsgi.ini", uwsgi(site))] if is_uwsgi(site) else []),
        *(_empire(site) if site.is_imperial else ()),
        *(_renewal(site) if site.tls == "internal" else ()),
        *(File(UNITS / f"{site.name}-{kind}@.service", text) for kind, text in kinds.items()),
    )


def front(site: Site) -> tuple[File, ...]:
    """What nginx reads: the site, and a door at each of its ports for whoever has no name."""
    return (*(_door(site, port) for port in _ports(site)), File(site.place.nginx, nginx(site)))


def is_uwsgi(site: Site) -> bool:
    """Whether uWSGI runs the web processes."""
    return site.server == "uwsgi"


def nginx(site: Site) -> str:
    """The site for nginx: one name, static files by itself, everything else to the socket.

    No address of a visitor and no query is logged, and of a path that works as a key only its
    beginning; of the anonymous origin nothing. With TLS, port 80 answers the certificate
    authority and sends everybody else to HTTPS.
    """
    own = {"name": site.name, "id": site.name.replace("-", "_")}
    before = _certificate(site) if site.tls != "none" else _fill("nginx.challenges")
    listen = _listen(site, site.port)
    application = site.application
    served = [("nginx.static", application.static), ("nginx.media", application.media)]
    packed = "\n        brotli_static on;" if site.has_brotli else ""
    kept = "".join(_fill(name, path=path, packed=packed, **own) for name, path in served if path)
    servers = _fill("nginx.site", host=site.host, listen=listen, before=before, files=kept, **own)
    if site.anonymous:
        servers += _fill(
            "nginx.anonymous", host=site.anonymous, listen=listen, before=before, **own
        )
    if site.tls != "none":
        servers += _fill(
            "nginx.redirect",
            listen=_listen(site, 80, is_plain=True),
            hosts=" ".join(site.hosts),
            challenges=_fill("nginx.challenges"),
            port="" if site.port == 443 else f":{site.port}",
        )
    return _fill("nginx.conf", servers=servers, **own)


def certificate(site: Site) -> tuple[Path, Path]:
    """Where the certificate with its chain, and its key, are."""
    if site.tls == "certbot":
        folder = LETSENCRYPT / site.host
        return folder / "fullchain.pem", folder / "privkey.pem"
    return site.place.tls / "site.crt", site.place.tls / "site.key"


def uwsgi(site: Site) -> str:
    """uWSGI's settings; the release is in its environment."""
    return _fill(
        "uwsgi.ini",
        processes=site.processes,
        name=site.name,
        module=site.application.module,
        variable=_variable(site),
        vassal=_fill("uwsgi.vassal") if site.is_imperial else "",
    )


def web(site: Site) -> str:
    """The unit of the web processes of a release: a template, the release is its instance.

    A database that is reached over the network opens the sandbox for the network. Under an
    Emperor it gives him the release, and takes it away.
    """
    if site.is_imperial:
        return _unit(site, "vassal.service", start="", is_networked=False)
    values = {"name": site.name, "module": site.application.module}
    start = _fill(f"{site.server}.start", processes=site.processes, **values).strip()
    return _unit(site, "web.service", start=start, is_networked=_is_remote(site))


def worker(site: Site) -> str:
    """The unit of the background worker of a release; it sends mail, so it has the network."""
    return _unit(site, "worker.service", start="", is_networked=True)


def anonymous(site: Site) -> str:
    """The unit of the anonymous origin of a release, which writes no log."""
    start = _fill("anonymous.start", name=site.name).strip()
    return _unit(site, "anonymous.service", start=start, is_networked=_is_remote(site))


def capture(site: Site) -> str:
    """The unit of what captures for the pages of a release: one capability, no secret, no network.

    Nobody else has its user. It may capture in the network of the host, so that it is in the
    host's user namespace.
    """
    sandbox = _fill(
        "sandbox",
        user=f"{site.name}-capture",
        state="",
        capabilities="CAP_NET_RAW",
        private_users="no",
        families="AF_UNIX AF_PACKET AF_NETLINK",
        denied="IPAddressDeny=any\n",
    ).rstrip()
    ports = ",".join(map(str, _ports(site)))
    return _fill("capture.service", name=site.name, start=ports, sandbox=sandbox)


def emperor(site: Site) -> str:
    """The unit of uWSGI's Emperor, which starts and ends the web processes of all releases."""
    return _unit(site, "emperor.service", start="", is_networked=_is_remote(site))


def vassal(site: Site) -> str:
    """The program by which the Emperor starts a release."""
    values = {"variable": _variable(site), "paths": paths(site, "%i"), "settings": settings(site)}
    return _fill("vassal", name=site.name, **values)


def environment(site: Site, *, before: str, secret_key: str) -> str:
    """The environment file: what follows from the plan is set, all other lines stay as they are."""
    wanted = site.variables
    lines = []
    for line in before.splitlines():
        name = line.partition("=")[0]
        lines.append(f"{name}={wanted.pop(name)}" if name in wanted else line)
    key = "MADANG_SECRET_KEY" if site.application.is_madang else "DEPLOYED_SECRET_KEY"
    if not re.search(rf"^{key}=", before, re.MULTILINE):
        lines.insert(0, f"{key}={secret_key}")
    lines += [f"{name}={value}" for name, value in wanted.items()]
    return "\n".join(lines) + "\n"


def paths(site: Site, release: str) -> str:
    """From where the code of a release is imported."""
    folder = site.place.releases / release
    code = folder / "code" / site.application.sources
    return str(code) if site.application.is_madang else f"{code}:{folder / 'deployed'}"


def settings(site: Site) -> str:
    """Which settings a release runs with: another project's are fitted to the server."""
    return site.application.settings if site.application.is_madang else "deployed_settings"


def _empire(site: Site) -> tuple[File, ...]:
    folder = site.place.env.parent
    return (
        File(folder / "emperor.ini", _fill("emperor.ini", name=site.name)),
        File(folder / "vassal", vassal(site), mode=0o755),
        File(UNITS / site.place.emperor_unit, emperor(site)),
    )


def _renewal(site: Site) -> tuple[File, ...]:
    timer = UNITS / site.place.timer
    texts = [_fill(f"certificate.{kind}", name=site.name) for kind in ("timer", "service")]
    return File(timer, texts[0]), File(timer.with_suffix(".service"), texts[1])


def _is_remote(site: Site) -> bool:
    return site.database.startswith("postgresql:")


def _variable(site: Site) -> str:
    return "MADANG_RELEASE" if site.application.is_madang else "DEPLOYED_RELEASE"


def _ports(site: Site) -> list[int]:
    return [site.port] if site.tls == "none" else [80, site.port]


def _door(site: Site, port: int) -> File:
    is_plain = port == 80 or site.tls == "none"
    listen = _listen(site, port, more=" default_server", is_plain=is_plain)
    # A connection that a name of ours opened may be used for another one (RFC 9110, 15.5.20).
    guarded = "ssl_reject_handshake on;\n    location / { return 421; }"
    answer = "return 444;" if is_plain else guarded
    text = _fill("nginx.door", port=port, listen=listen, answer=answer)
    return File(NGINX / "sites-available" / f"door-{port}", text)


def _listen(site: Site, port: int, *, more: str = "", is_plain: bool = False) -> str:
    kind = "" if is_plain or site.tls == "none" else " ssl http2"
    doors = [str(port), *([f"[::]:{port}"] if site.has_ipv6 else [])]
    return "\n".join(f"    listen {door}{kind}{more};" for door in doors)


def _certificate(site: Site) -> str:
    chain, key = certificate(site)
    return "\n" + _fill("nginx.certificate", certificate=chain, key=key, name=site.name)


def _unit(site: Site, template: str, *, start: str, is_networked: bool) -> str:
    sandbox = _fill(
        "sandbox",
        user=site.name,
        state=f"StateDirectory={site.name}\nStateDirectoryMode=0750\n",
        capabilities="",
        private_users="yes",
        families="AF_UNIX AF_INET AF_INET6 AF_NETLINK" if is_networked else "AF_UNIX",
        denied="" if is_networked else "IPAddressDeny=any\n",
    ).rstrip()
    release = _fill(
        "release",
        name=site.name,
        variable=_variable(site),
        paths=paths(site, "%i"),
        settings=settings(site),
    ).rstrip()
    return _fill(template, release=release, sandbox=sandbox, start=start, name=site.name)


def _fill(template: str, **values: object) -> str:
    text = (files("madang.deploy") / "templates" / template).read_text("utf-8")
    return Template(text).substitute(values)
