"""A site that somebody made by hand from a tutorial: each of its faults is named, file and line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any  # JSON

import pytest

from tests import projects
from tests.booted import CLIENT, SERVER, Server, server
from tests.machines import unable

pytestmark = [
    pytest.mark.once,
    pytest.mark.bare,
    pytest.mark.xdist_group("foreign"),
    pytest.mark.skipif(bool(unable()), reason=unable() or "it is not"),
]

HOST, CLONE, HOME = "shelf.example.org", "/srv/clone", "/home/han"
SITE, UNIT = "/etc/nginx/sites-available/shelf", "/etc/systemd/system/shelf.service"
ENABLED = SITE.replace("available", "enabled")
NGINX = f"""
upstream shelf {{
    server unix://{HOME}/run/shelf.sock;
}}

server {{
    listen 80;
    server_name {HOST};

    location /assets/ {{
        alias {HOME}/static/;
    }}

    location / {{
        include uwsgi_params;
        uwsgi_pass shelf;
    }}
}}
"""
SERVICE = f"""
[Unit]
Description=The shelf of a course

[Service]
User=han
Group=www-data
WorkingDirectory={HOME}/shop
ExecStart={HOME}/venv/bin/pyuwsgi --binary-path {HOME}/venv/bin/pyuwsgi --ini {HOME}/shelf.ini
Environment=DJANGO_SETTINGS_MODULE=settings_here

[Install]
WantedBy=multi-user.target
"""
INI = f"""
[uwsgi]
socket = {HOME}/run/shelf.sock
chmod-socket = 660
module = shop.wsgi
master = true
die-on-term = true
"""
HERE = f"""
from shop.settings import *

ALLOWED_HOSTS = ["{HOST}"]
STATIC_ROOT = "{HOME}/static"
"""
DJANGO = "DJANGO_SETTINGS_MODULE=settings_here ../venv/bin/python -m django"
MADE = (
    "useradd --create-home --gid www-data han && chmod 0750 /home/han",
    f"python3 -m venv {HOME}/venv && {HOME}/venv/bin/pip install --quiet django pyuwsgi",
    f"mkdir -p {HOME}/run && rm {HOME}/shop/db.sqlite3",
    f"cd {HOME}/shop && {DJANGO} migrate -v 0 && {DJANGO} collectstatic --no-input -v 0",
    f"chown -R han:www-data {HOME}; rm /etc/nginx/sites-enabled/default",
    f"ln -s {SITE} {ENABLED}; systemctl enable --now shelf; systemctl restart nginx; sleep 3",
    f"echo {SERVER} {HOST} >> /etc/hosts; ip route replace default via {CLIENT}",
)
RELOAD = "systemctl daemon-reload; systemctl restart shelf; systemctl restart nginx; sleep 3"


@dataclass(frozen=True)
class Fault:
    """What is changed in a file, by which code it is found, and what is named."""

    code: str
    broken: str
    mended: str
    named: str


def within(path: str, change: str) -> tuple[str, str]:
    """A file that is changed, and put back."""
    return (
        f"cp -p {path} /srv/kept; sed -i '{change}' {path}; {RELOAD}",
        f"cp -p /srv/kept {path}; {RELOAD}",
    )


FAULTS = [
    Fault("nginx_config", *within(SITE, "s/^upstream shelf /upstream shelv /"), f"{ENABLED}:"),
    Fault(
        "static_alias",
        *within(SITE, f"s#alias {HOME}/static/#root {HOME}/static/#"),
        f"{ENABLED}:10",
    ),
    Fault("unit_target", *within(UNIT, "s/multi-user.target/multi-user.targetd/"), f"{UNIT}:12"),
    Fault("unit_program", *within(UNIT, "s#=/home/han/venv/bin#=/home/han/env/bin#"), f"{UNIT}:8"),
    Fault("folder_closed", f"chmod 0700 {HOME}", f"chmod 0750 {HOME}", f"{HOME} (mode 0700)"),
    Fault(
        "socket_closed",
        *within(f"{HOME}/shelf.ini", "s/660/600/"),
        f"{HOME}/run/shelf.sock",
    ),
    Fault("unit_failed", "systemctl kill --signal=KILL shelf", RELOAD, UNIT),
]


def look(made: Server, *words: str) -> dict[str, Any]:
    """What `madang checkup` finds."""
    code, said = made.run(f"{CLONE}/madang", "checkup", "--json", HOST, *words, folder=CLONE)
    assert code in {0, 1}, said
    found: dict[str, Any] = json.loads(said[said.index("{\n") :])
    return found


def test_the_faults_of_a_tutorial_are_named_and_what_stands_before_a_server() -> None:
    with server("bookworm", CLONE, "ufw") as made:
        projects.write(made.root / HOME[1:] / "shop")
        here = f"{HOME}/shop/settings_here.py"
        texts = {SITE: NGINX, UNIT: SERVICE, f"{HOME}/shelf.ini": INI, here: HERE}
        for path, text in texts.items():
            (made.root / path[1:]).write_text(text.lstrip("\n"), "utf-8")
        for command in MADE:
            made.must("sh", "-c", command)
        assert look(made) == {"is_healthy": True, "cause": None, "consequences": [], "besides": []}
        assert made.ask(HOST, "/")[0][0] == 200
        assert [told for fault in FAULTS if (told := _misjudged(made, fault))] == []
        _who_asks_is_seen(made)
        _ufw_is_named(made)


def _misjudged(made: Server, fault: Fault) -> str:
    """Nothing, or what was found instead, or still after it was mended."""
    made.run("sh", "-c", fault.broken)
    found = look(made)
    made.run("sh", "-c", fault.mended)
    cause = found["cause"] or {"code": "", "cause": ""}
    if cause["code"] != fault.code or fault.named not in cause["cause"]:
        return f"{fault.code}: {found}"
    return "" if look(made)["is_healthy"] else f"{fault.code} stays: {look(made)}"


def _who_asks_is_seen(made: Server) -> None:
    """While one looks: nobody came; somebody came and no answer finds back; all is well."""
    assert look(made, "--watch", "2")["cause"]["code"] == "no_syn"
    for far in (False, True):
        if far:
            made.must("ip", "route", "del", "default")
            made.must("ip", "address", "replace", f"{SERVER}/32", "dev", _cable(made))
            made.must("ip", "address", "del", f"{SERVER}/30", "dev", _cable(made))
        crowd = made.crowd(HOST, "/", 30)
        cause = look(made, "--watch", "4")["cause"]
        if far:
            assert (cause["code"], CLIENT in cause["cause"]) == ("route_missing", True)
            made.must("ip", "address", "add", f"{SERVER}/30", "dev", _cable(made))
            made.must("ip", "address", "del", f"{SERVER}/32", "dev", _cable(made))
            made.must("ip", "route", "replace", "default", "via", CLIENT)
        else:
            assert cause is None
        crowd.kill()
        crowd.communicate()


def _cable(made: Server) -> str:
    shown = json.loads(made.must("ip", "-json", "address", "show", "scope", "global"))
    return str(shown[0]["ifname"])


def _ufw_is_named(made: Server) -> None:
    made.must("ufw", "--force", "enable")
    cause = look(made)["cause"]
    assert (cause["code"], cause["mend"]) == ("firewall", ["ufw", "allow", "80/tcp"])
    made.must(*cause["mend"])
    assert look(made)["is_healthy"]
