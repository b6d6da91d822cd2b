"""What is broken on a booted server is named as the first cause, and nothing on a healthy one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any  # JSON

import pytest

from tests.booted import CLIENT, SERVER, Server, server
from tests.machines import unable
from tests.processes import eventually

pytestmark = [
    pytest.mark.once,
    pytest.mark.bare,
    pytest.mark.xdist_group("checkup"),
    pytest.mark.skipif(bool(unable()), reason=unable() or "it is not"),
]

HOST = "example.org"
CLONE = "/srv/clone"
SITE = "/etc/nginx/sites-available/madang"
DOOR = SITE.replace("madang", "door-80")
ENV = "/etc/madang/madang.env"
ENABLED = SITE.replace("available", "enabled")
WEB = "madang-web@$(basename $(readlink /srv/madang/run/current)).service"
WORKER = WEB.replace("web", "worker", 1)
SOCKET = "/srv/madang/run/current/web.sock"
DEAD = f"import socket; socket.socket(socket.AF_UNIX).bind('{SOCKET}')"
RELOAD = "sleep 2; systemctl reload nginx; sleep 1"
RESTART = f"systemctl restart {WEB}; python3 /srv/answers.py"
ANSWERS = f"""
import http.client, time
end = time.monotonic() + 60
while time.monotonic() < end:
    connection = http.client.HTTPConnection("127.0.0.1", timeout=5)
    try:
        connection.request("GET", "/readyz", headers={{"Host": "{HOST}"}})
        if connection.getresponse().status not in (502, 504):
            break
    except (OSError, http.client.HTTPException):
        pass
    time.sleep(0.1)
"""
"""Waits until the web processes answer, whatever it is."""
CHAIN = "nft add table inet wall; nft add chain inet wall door"
SQUAT = 'import socket, time; door = socket.create_server(("", 80)); time.sleep(600)'
DROP_IN = f"/run/systemd/system/{WEB}.d"


@dataclass(frozen=True)
class Breakage:
    """How something is broken and mended, by which code it is found, and what it names."""

    code: str
    broken: str
    mended: str
    named: str


def within(path: str, change: str, then: str) -> tuple[str, str]:
    """A file that is changed, and put back."""
    return (
        f"cp -p {path} /srv/kept; sed -i '{change}' {path}; {then}",
        f"cp -p /srv/kept {path}; {then}",
    )


def override(text: str) -> tuple[str, str]:
    """A unit that is told something else."""
    broken = f"mkdir -p {DROP_IN}; printf '{text}' > {DROP_IN}/more.conf; systemctl daemon-reload;"
    broken += f" systemctl stop {WEB}; timeout 20 systemctl start {WEB}; true"
    mended = f"rm -r {DROP_IN}; systemctl daemon-reload; systemctl reset-failed; {RESTART}"
    return broken, mended


HOSTS = f"echo {SERVER} {HOST} >> /etc/hosts"
BREAKAGES = [
    Breakage("dns_missing", "sed -i '/example/d' /etc/hosts", HOSTS, HOST),
    Breakage(
        "dns_elsewhere",
        f"sed -i 's/{SERVER}/203.0.113.9/' /etc/hosts",
        f"sed -i 's/203.0.113.9/{SERVER}/' /etc/hosts",
        "203.0.113.9",
    ),
    Breakage(
        "port_foreign",
        f"systemctl stop nginx; systemd-run --quiet --unit=squatter python3 -c '{SQUAT}'; sleep 2",
        "systemctl stop squatter; systemctl start nginx",
        "python3",
    ),
    Breakage(
        "firewall",
        f"{CHAIN} '{{ type filter hook input priority 0; }}';"
        " nft add rule inet wall door tcp dport 80 drop",
        "nft flush ruleset",
        "wall door: tcp dport 80 drop",
    ),
    Breakage(
        "firewall",
        f"{CHAIN} '{{ type filter hook input priority 0; }}';"
        " nft add rule inet wall door tcp dport 80 reject with tcp reset",
        "nft flush ruleset",
        "reject with tcp reset",
    ),
    Breakage(
        "firewall",
        f"{CHAIN} '{{ type filter hook input priority 0; policy drop; }}';"
        " nft add rule inet wall door iif lo accept",
        "nft flush ruleset",
        "policy drop",
    ),
    Breakage("nginx_down", "systemctl stop nginx", "systemctl start nginx", "nginx"),
    Breakage(
        "nginx_config",
        *within(SITE, "$ a broken;", "true"),
        f"{ENABLED}:",
    ),
    Breakage("nginx_no_site", *within(SITE, "s/name example/name exmaple/", RELOAD), "exmaple.org"),
    Breakage(
        "nginx_not_enabled",
        f"rm {ENABLED}; {RELOAD}",
        f"ln -s {SITE} {ENABLED}; {RELOAD}",
        "sites-enabled/madang",
    ),
    Breakage("nginx_stale", f"sleep 3; touch {SITE}", RELOAD, "sites-enabled/madang"),
    Breakage(
        "port_ipv6_only",
        f"cp -p {SITE} /srv/kept; cp -p {DOOR} /srv/door; sed -i '/listen 80/d' {SITE} {DOOR};"
        f" {RELOAD}",
        f"cp -p /srv/kept {SITE}; cp -p /srv/door {DOOR}; {RELOAD}",
        "IPv6",
    ),
    Breakage("nginx_no_listen", *within(SITE, "/listen 80/d", RELOAD), f"{ENABLED}:"),
    Breakage("folder_closed", "chmod 0700 /var/lib/madang", "chmod 0750 /var/lib/madang", "0700"),
    Breakage(
        "static_missing",
        "mv /var/lib/madang/static /srv/static",
        "mv /srv/static /var/lib/madang/static",
        "/var/lib/madang/static",
    ),
    Breakage("static_alias", *within(SITE, "s/alias /root /", RELOAD), "sites-enabled/madang:"),
    Breakage("socket_missing", f"rm {SOCKET}", RESTART, "web.sock"),
    Breakage(
        "socket_dead",
        f'rm {SOCKET}; python3 -c "{DEAD}"; chown www-data {SOCKET}',
        RESTART,
        SOCKET,
    ),
    Breakage("web_down", f"systemctl stop {WEB}", RESTART, "madang-web@"),
    Breakage("worker_down", f"systemctl stop {WORKER}", f"systemctl start {WORKER}", "worker"),
    Breakage(
        "web_down", *override("[Service]\\nExecStart=\\nExecStart=/nowhere/uwsgi\\n"), "nowhere"
    ),
    Breakage(
        "saturation",
        f"systemctl kill --signal=STOP {WEB}",
        f"systemctl kill --signal=CONT {WEB}",
        "web.sock",
    ),
    Breakage("django_hosts", *within(ENV, "s/HOSTS=.*/HOSTS=other.example/", RESTART), f"{ENV}:"),
    Breakage("django_origin", *within(ENV, "s/ORIGIN=http:/ORIGIN=https:/", RESTART), "https://"),
    Breakage(
        "migrations",
        'cp -p /var/lib/madang/madang.sqlite3 /srv/kept; python3 -c "import sqlite3;'
        " c = sqlite3.connect('/var/lib/madang/madang.sqlite3');"
        ' c.execute(\'DELETE FROM django_migrations WHERE app = \\"wire\\"\'); c.commit()"',
        f"systemctl stop {WEB} {WORKER}; rm -f /var/lib/madang/madang.sqlite3-*;"
        f" cp -p /srv/kept /var/lib/madang/madang.sqlite3; systemctl start {WORKER}; {RESTART}",
        "wire.0001_looks",
    ),
    Breakage(
        "database_owner",
        f"chown root:root /var/lib/madang/madang.sqlite3; {RESTART}",
        f"chown madang:www-data /var/lib/madang/madang.sqlite3; {RESTART}",
        "madang.sqlite3",
    ),
    Breakage(
        "disk_full",
        "mount -t tmpfs -o size=1m full /var/log/nginx; head -c 2m /dev/zero > /var/log/nginx/x;"
        " systemctl restart nginx",
        "umount -l /var/log/nginx; systemctl restart nginx",
        "/var/log/nginx",
    ),
]


def look(made: Server, *words: str) -> dict[str, Any]:
    """What `madang checkup` finds."""
    code, said = made.run(f"{CLONE}/madang", "checkup", "--json", HOST, *words, folder=CLONE)
    assert code in {0, 1}, said
    assert "is_healthy" in said, said
    found: dict[str, Any] = json.loads(said[said.index("{") :])
    assert code == (0 if found["is_healthy"] else 1)
    return found


def test_each_breakage_is_named_as_the_first_cause() -> None:
    with server("bookworm", CLONE) as made:
        code, said = made.run(f"{CLONE}/madang", "deploy", "--host", HOST, folder=CLONE)
        assert code == 0, said
        (made.root / "srv/answers.py").write_text(ANSWERS, "utf-8")
        made.must("sh", "-c", HOSTS)
        made.must("ip", "route", "replace", "default", "via", CLIENT)
        assert look(made) == {"is_healthy": True, "cause": None, "consequences": [], "besides": []}
        wrong = [told for breakage in BREAKAGES if (told := _misjudged(made, breakage))]
        assert wrong == []
        _mends_after_asking(made)


def _misjudged(made: Server, breakage: Breakage) -> str:
    """Nothing, or what was found instead of the breakage, or still after it was mended."""
    made.run("sh", "-c", breakage.broken)
    found = look(made)
    made.run("sh", "-c", breakage.mended)
    cause = found["cause"] or {"code": "", "cause": ""}
    if cause["code"] != breakage.code or breakage.named not in cause["cause"]:
        rest = [one["code"] for one in (*found["consequences"], *found["besides"])]
        return f"{breakage.code}: {cause['code']}: {cause['cause']} {rest}"
    try:
        eventually(lambda: look(made)["is_healthy"])
    except AssertionError:
        return f"{breakage.code} stays: {look(made)}"
    return ""


def _mends_after_asking(made: Server) -> None:
    """What is safe to mend is mended for whoever says yes, and for nobody else."""
    fix = f"{CLONE}/madang checkup {HOST} --fix"
    made.must("systemctl", "stop", "nginx")
    code, said = made.run("sh", "-c", f"echo n | {fix}", folder=CLONE)
    assert (code, "systemctl start nginx" in said) == (1, True), said
    assert not look(made)["is_healthy"]
    code, said = made.run("sh", "-c", f"echo y | {fix}", folder=CLONE)
    assert code == 1, said
    assert look(made)["is_healthy"]
    made.must("sh", "-c", f"rm {ENABLED}; {RELOAD}; sleep 2")
    for cause in ("nginx_not_enabled", "nginx_stale"):
        assert look(made)["cause"]["code"] == cause
        made.run("sh", "-c", f"echo y | {fix}", folder=CLONE)
    eventually(lambda: look(made)["is_healthy"])
    code, said = made.run(f"{CLONE}/madang", "checkup", HOST, folder=CLONE)
    assert (code, said.strip().splitlines()[-1]) == (0, f"{HOST}: nothing is wrong from here.")
