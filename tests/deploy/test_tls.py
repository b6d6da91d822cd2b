"""A site behind TLS on a booted server: its own authority, and one that speaks ACME."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any  # JSON
from urllib.parse import urlencode

import pytest

from tests.booted import CLIENT, SERVER, Server, server
from tests.machines import unable
from tests.processes import eventually

pytestmark = [
    pytest.mark.once,
    pytest.mark.bare,
    pytest.mark.xdist_group("tls"),
    pytest.mark.skipif(bool(unable()), reason=unable() or "it is not"),
    pytest.mark.skipif(not shutil.which("pebble"), reason="pebble is missing"),
    pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is missing"),
]

HOST, ANONYMOUS = "example.org", "anon.example.org"
CLONE = "/srv/clone"
MORE = ("openssl", "certbot", "brotli", "libnginx-mod-http-brotli-static")
SYSTEMD = re.compile(r"(?:Starting|Started|Stopping|Stopped|madang-anonymous@\S+: )")
"""What systemd itself says of a unit."""
REFUSED = "https://127.0.0.1:1/dir"
"""An authority that nobody can reach."""
MANAGE = "cd /srv/madang/releases/*/code && set -a && . /etc/madang/madang.env && "
MANAGE += "runuser --user madang --preserve-environment -- env PYTHONPATH=src"
MANAGE += " ../venv/bin/python -m madang manage"


def deploy(made: Server, *words: str) -> None:
    """`./madang deploy` as root, in the clone."""
    made.must(f"{CLONE}/madang", "deploy", *words, folder=CLONE)


def test_tls_of_its_own_then_of_an_authority_that_browsers_know(tmp_path: Path) -> None:
    with server("bookworm", CLONE, *MORE) as made:
        _a_first_deployment_without_a_certificate_leaves_nothing(made)
        deploy(made, "--host", HOST, "--anonymous", ANONYMOUS, "--tls", "internal")
        own = tmp_path / "own.crt"
        own.write_bytes((made.root / "etc/madang/tls/ca.crt").read_bytes())
        _is_guarded(made, str(own))
        _its_authority_is_for_these_names_alone(made)
        _logs_in(made, str(own))
        _takes_anonymous_posts_without_a_word(made, str(own))
        _an_expired_certificate_is_named(made)
        with _authority(made, tmp_path) as directory:
            names = ["--host", HOST, "--anonymous", ANONYMOUS]
            _an_authority_that_refuses_changes_nothing(made, str(own), names)
            deploy(made, *names, "--tls", "certbot", "--acme", directory)
            assert "madang-certificate" not in made.must("systemctl", "list-timers")
        _is_guarded(made, str(tmp_path / "pebble.crt"), other=str(own))


def _a_first_deployment_without_a_certificate_leaves_nothing(made: Server) -> None:
    """Debian's own page is there as before, and no release is said to be."""
    words = ["deploy", "--host", HOST, "--tls", "certbot", "--acme", REFUSED]
    code, said = made.run(f"{CLONE}/madang", *words, folder=CLONE)
    assert (code, f"No certificate was given for {HOST}" in said) == (1, True), said
    [(status, _headers, text)] = made.ask(HOST, "/")
    assert (status, "Welcome to nginx" in text) == (200, True)
    code, said = made.run(f"{CLONE}/madang", "deploy", "status", folder=CLONE)
    assert (code, said) == (1, "madang deploy: No site is deployed on this server.\n")
    units = made.must("systemctl", "list-units", "--no-legend", "madang-*")
    assert units.strip() == ""
    made.must("sh", "-c", "truncate --size=0 /var/log/nginx/*.log")  # Debian's own page logs us


def _is_guarded(made: Server, cafile: str, other: str = "") -> None:
    """By a certificate that the client checks; who comes without TLS is sent to it."""
    [(status, headers, text)] = made.ask(HOST, "/people/login/", cafile=cafile)
    assert (status, "Strict-Transport-Security" in headers) == (200, True), text
    [sheet] = re.findall(r'href="(/static/ui/base\.[0-9a-f]{12}\.css)"', text)
    for wanted, packed in (("br, gzip", "br"), ("gzip", "gzip"), ("identity", None)):
        asked = {"Accept-Encoding": wanted}
        [(status, headers, _text)] = made.ask(HOST, sheet, cafile=cafile, headers=asked)
        assert (status, headers.get("Content-Encoding")) == (200, packed)
    misdirected = made.ask(HOST, "/", cafile=cafile, headers={"Host": "other.example.org"})
    assert [row[0] for row in misdirected] == [421]
    [(status, headers, _text)] = made.ask(HOST, "/people/login/?next=/")
    assert (status, headers["Location"]) == (301, f"https://{HOST}/people/login/?next=/")
    assert [row[0] for row in made.ask("other.example.org", "/", cafile=cafile)] == [0]
    if other:
        assert [row[0] for row in made.ask(HOST, "/", cafile=other)] == [0]


def _its_authority_is_for_these_names_alone(made: Server) -> None:
    """A certificate for another name, signed with its key, convinces nobody."""
    folder = made.root / "etc/madang/tls"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "ca.key").stat().st_mode & 0o077 == 0
    for name, is_trusted in ((HOST, True), ("bank.example", False)):
        request = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        request += ["-nodes", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
        made.must(*request, "-keyout", "/tmp/k", "-out", "/tmp/r")
        sign = ["openssl", "x509", "-req", "-in", "/tmp/r", "-copy_extensions", "copy"]
        sign += ["-CA", "/etc/madang/tls/ca.crt", "-CAkey", "/etc/madang/tls/ca.key"]
        made.must(*sign, "-CAcreateserial", "-out", "/tmp/c")
        verify = ["openssl", "verify", "-CAfile", "/etc/madang/tls/ca.crt", "/tmp/c"]
        assert (made.run(*verify)[0] == 0) is is_trusted


def _logs_in(made: Server, cafile: str) -> None:
    """The form's POST passes CSRF over TLS; one from elsewhere does not."""
    made.must("sh", "-c", f'{MANAGE} shell -c "{MEMBER}"')
    [(_status, headers, text)] = made.ask(HOST, "/people/login/", cafile=cafile)
    jar = SimpleCookie(headers["Set-Cookie"])
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())
    [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', text))
    body = urlencode({"csrfmiddlewaretoken": token, "login": "hana", "password": PASSWORD})
    told = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    for origin, expected in ((f"https://{HOST}", 302), ("https://elsewhere.example", 403)):
        headers = {**told, "Origin": origin, "Referer": f"{origin}/people/login/"}
        more: dict[str, Any] = {"method": "POST", "body": body, "headers": headers}
        [(status, _headers, text)] = made.ask(HOST, "/people/login/", cafile=cafile, **more)
        assert status == expected, text


PASSWORD = "a password of some length"
MEMBER = "from madang.people.models import Member;"
MEMBER += f" Member.objects.create_user(handle='hana', password='{PASSWORD}')"


def _takes_anonymous_posts_without_a_word(made: Server, cafile: str) -> None:
    """At a name of its own, by a process of its own; neither it nor nginx writes that one came."""
    [(status, _headers, text)] = made.ask(ANONYMOUS, "/anon/health", cafile=cafile)
    assert (status, json.loads(text)) == (200, {"state": "well"})
    [(status, _headers, text)] = made.ask(ANONYMOUS, "/people/login/", cafile=cafile)
    assert (status, json.loads(text)["code"]) == (404, "not_found")
    refused = made.ask(ANONYMOUS, "/anon/posts", cafile=cafile, method="POST", body="{}")
    assert [row[0] for row in refused] == [401]
    logged = made.must("sh", "-c", "cat /var/log/nginx/*.log")
    assert "/people/login/" in logged
    assert ("anon" in logged, CLIENT in logged) == (False, False)
    words = made.must("journalctl", "--no-pager", "--unit=madang-anonymous@*", "--output=cat")
    said = [line for line in words.splitlines() if not SYSTEMD.match(line)]
    assert (bool(words), said) == (True, [])
    page = made.ask(HOST, "/people/login/", cafile=cafile)[0][1]["Content-Security-Policy"]
    assert f"https://{ANONYMOUS}" in page


def _an_expired_certificate_is_named(made: Server) -> None:
    made.must("sh", "-c", f"echo {SERVER} {HOST} {ANONYMOUS} >> /etc/hosts")
    made.must("ip", "route", "replace", "default", "via", CLIENT)
    assert _found(made) == {"is_healthy": True, "cause": None, "consequences": [], "besides": []}
    old = "openssl x509 -req -in /tmp/e -copy_extensions copy -CA ca.crt -CAkey ca.key -days -1"
    new = "openssl req -new -key site.key -subj /CN=example.org -addext subjectAltName="
    names = f"DNS:{HOST},DNS:{ANONYMOUS}"
    made.must("sh", "-c", f"cp site.crt /srv/kept && {new}{names} -out /tmp/e && {old}"
              " -out site.crt && systemctl reload nginx", folder="/etc/madang/tls")  # fmt: skip
    cause = _found(made)["cause"]
    assert cause["code"] == "certificate_expired"
    assert "/etc/madang/tls/site.crt" in cause["cause"]
    assert cause["mend"] == ["./madang", "deploy", "certificate"]
    assert "madang-certificate.timer" in made.must("systemctl", "list-timers", "--no-legend")
    made.must("systemctl", "start", "madang-certificate.service")  # as the timer does every day
    assert _found(made)["is_healthy"]


def _found(made: Server) -> dict[str, Any]:
    """What `madang checkup` finds."""
    said = made.run(f"{CLONE}/madang", "checkup", "--json", HOST, folder=CLONE)[1]
    found: dict[str, Any] = json.loads(said[said.index("{") :])
    return found


def _an_authority_that_refuses_changes_nothing(made: Server, cafile: str, names: list[str]) -> None:
    """Here one that nobody can reach."""
    words = ["deploy", *names, "--tls", "certbot", "--acme", REFUSED]
    code, said = made.run(f"{CLONE}/madang", *words, folder=CLONE)
    assert (code, "No certificate was given for example.org" in said) == (1, True), said
    _is_guarded(made, cafile)


@contextmanager
def _authority(made: Server, folder: Path) -> Iterator[str]:
    """Pebble, outside; the server trusts the key by which it speaks, and not what it signs."""
    key, chain = folder / "acme.key", folder / "acme.crt"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=acme", "-addext", f"subjectAltName=IP:{CLIENT}"]
    subprocess.run(
        [*command, "-keyout", str(key), "-out", str(chain)], check=True, capture_output=True
    )
    shutil.copy(chain, made.root / "usr/local/share/ca-certificates/acme.crt")
    made.must("update-ca-certificates")
    told: dict[str, Any] = {"listenAddress": f"{CLIENT}:14000"}
    told |= {"managementListenAddress": f"{CLIENT}:15000"}
    told |= {"certificate": str(chain), "privateKey": str(key), "httpPort": 80, "tlsPort": 443}
    (folder / "pebble.json").write_text(json.dumps({"pebble": told}), "utf-8")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    names = made.outside(
        "pebble-challtestsrv", "-defaultIPv4", SERVER, "-defaultIPv6", "", "-http01", "",
        "-https01", "", "-tlsalpn01", "", "-management", "", "-dns01", f"{CLIENT}:8053", **quiet,
    )  # fmt: skip
    settings = ["-config", str(folder / "pebble.json"), "-dnsserver", f"{CLIENT}:8053"]
    pebble = made.outside("pebble", *settings, **quiet, env={"PEBBLE_VA_NOSLEEP": "1"})
    try:
        root = ["python3", "-c", ROOT, CLIENT]
        eventually(lambda: made.run(*root)[0] == 0)
        (folder / "pebble.crt").write_text(made.must(*root), "utf-8")
        yield f"https://{CLIENT}:14000/dir"
    finally:
        for process in (pebble, names):
            process.terminate()
            process.wait(30)


ROOT = "import ssl, sys, urllib.request as u; c = ssl.create_default_context()\n"
ROOT += "print(u.urlopen(f'https://{sys.argv[1]}:15000/roots/0', context=c).read().decode())"
