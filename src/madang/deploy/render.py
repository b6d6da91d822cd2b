"""From a plan to the text of files: pure functions over the templates beside this module."""

from __future__ import annotations

import re
import string
from importlib.resources import files
from pathlib import PurePosixPath

from madang.deploy.plan import File, Site

ETC = PurePosixPath("/etc")


class Template(string.Template):
    """`@{name}` stands for a value: nginx, uWSGI and systemd have uses of their own for $ and %."""

    delimiter = "@"


def render(site: Site, *, env: str, secret_key: str) -> tuple[File, ...]:
    """Every file that a server with `site` has under /etc.

    `env` is the text of its environment file as it stands, empty before the first time;
    `secret_key` is used where that has none.
    """
    return (
        File(
            ETC / "madang/madang.env",
            environment(site, before=env, secret_key=secret_key),
            mode=0o640,
            is_secret=True,
        ),
        *([File(ETC / "madang/uwsgi.ini", uwsgi(site))] if site.server == "uwsgi" else []),
        File(ETC / "systemd/system/madang-web@.service", web(site)),
        File(ETC / "systemd/system/madang-worker@.service", worker()),
        File(ETC / "nginx/sites-available/madang", nginx(site)),
    )


def nginx(site: Site) -> str:
    """The site for nginx: one name, static files by itself, everything else to the socket.

    Whoever comes by another name gets no answer. No address of a visitor and no query is logged,
    and of a path that works as a key only its beginning.
    """
    is_all = f"listen [::]:{site.port}" if site.has_ipv6 else ""
    six, six_default = (
        f"\n    {is_all}{more};" if is_all else "" for more in ("", " default_server")
    )
    return _fill("nginx.conf", host=site.host, port=site.port, six=six, six_default=six_default)


def uwsgi(site: Site) -> str:
    """uWSGI's settings; the release is in its environment as MADANG_RELEASE."""
    return _fill("uwsgi.ini", processes=site.processes)


def web(site: Site) -> str:
    """The unit of the web processes of a release: a template, the release is its instance.

    A database that is reached over the network opens the sandbox for the network.
    """
    start = _fill(f"{site.server}.start", processes=site.processes).strip()
    is_remote = site.database.startswith("postgresql:")
    return _unit("web.service", start=start, is_networked=is_remote)


def worker() -> str:
    """The unit of the background worker of a release; it sends mail, so it has the network."""
    return _unit("worker.service", start="", is_networked=True)


def environment(site: Site, *, before: str, secret_key: str) -> str:
    """The environment file: what follows from the plan is set, all other lines stay as they are."""
    wanted = site.variables
    lines = []
    for line in before.splitlines():
        name = line.partition("=")[0]
        lines.append(f"{name}={wanted.pop(name)}" if name in wanted else line)
    if not re.search(r"^MADANG_SECRET_KEY=", before, re.MULTILINE):
        lines.insert(0, f"MADANG_SECRET_KEY={secret_key}")
    lines += [f"{name}={value}" for name, value in wanted.items()]
    return "\n".join(lines) + "\n"


def _unit(name: str, *, start: str, is_networked: bool) -> str:
    families = "AF_UNIX AF_INET AF_INET6 AF_NETLINK" if is_networked else "AF_UNIX"
    denied = "" if is_networked else "IPAddressDeny=any\n"
    sandbox = _fill("sandbox", families=families, denied=denied).rstrip()
    return _fill(name, sandbox=sandbox, start=start)


def _fill(name: str, **values: object) -> str:
    text = (files("madang.deploy") / "templates" / name).read_text("utf-8")
    return Template(text).substitute(values)
