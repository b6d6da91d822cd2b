"""Safe by default: what a site refuses to start without, and what browsers are told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from madang.people.models import Member
from tests.cast import Enter, Room

ROOT = Path(__file__).resolve().parents[1]
SITE = {"MADANG_SECRET_KEY": "".join(map(chr, range(40, 100))), "MADANG_HOSTS": "example.org"}
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def start(folder: Path, variables: dict[str, str], code: str) -> subprocess.CompletedProcess[str]:
    """A Django of its own that knows nothing but `variables`."""
    house = ("MADANG_", "DJANGO_")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(house)}
    environment |= {"MADANG_DATA": str(folder), "PYTHONPATH": str(ROOT / "src"), **variables}
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        env=environment | {"DJANGO_SETTINGS_MODULE": "madang.settings"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.once
@pytest.mark.parametrize("missing", list(SITE))
def test_a_site_without_key_or_host_does_not_start(tmp_path: Path, missing: str) -> None:
    variables = {name: text for name, text in SITE.items() if name != missing}
    done = start(tmp_path, variables, "print('started')")
    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"django.core.exceptions.ImproperlyConfigured: {missing}: it takes")
    assert start(tmp_path, {"MADANG_DEBUG": "yes"}, "print('started')").stdout == "started\n"


TOLD = """
from django.test import Client
client = Client()
plain = client.get("/", headers={"host": "example.org"})
print(plain.status_code, plain["Location"])
secure = client.get("/people/login/", secure=True, headers={"host": "example.org"})
print(secure.status_code, secure["Strict-Transport-Security"])
language = client.post("/people/language/", {"language": "en", "next": "/"}, secure=True,
    headers={"host": "example.org"})
for cookie in [*secure.cookies.values(), *language.cookies.values()]:
    print(cookie.key, bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"])
from django.conf import settings
print(settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY)
print(client.get("/healthz", headers={"host": "example.org"}).status_code)
"""


@pytest.mark.once
def test_behind_tls_cookies_and_addresses_are_for_tls_alone(tmp_path: Path) -> None:
    done = start(tmp_path, SITE, TOLD)
    assert done.stdout.splitlines() == [
        "301 https://example.org/",
        "200 max-age=31536000",
        "csrftoken True True Lax",
        "django_language True True Lax",
        "True True",
        "200",
    ], done.stderr


@pytest.mark.once
def test_the_site_passes_djangos_own_check_for_deployment(tmp_path: Path) -> None:
    code = "from django.core.management import call_command as c; c('check', deploy=True)"
    done = start(tmp_path, SITE, code)
    warned = {line.split()[1] for line in done.stderr.splitlines() if line.startswith("?: (")}
    assert (done.returncode, warned) == (0, {"(security.W005)", "(security.W021)"})


PAGES = [
    ("stranger", "/", 200),
    ("stranger", "/people/login/", 200),
    ("stranger", "/reservation/", 302),
    ("stranger", "/nowhere/", 404),
    ("stranger", "/?x=%00", 400),
    ("hana", "/", 200),
    ("hana", "/people/", 200),
    ("hana", "/people/tokens/", 200),
    ("hana", "/people/2fa/", 200),
    ("hana", "/reservation/", 200),
    ("hana", "/reservation/doctors/{}/", 200),
    ("hana", "/reservation/mine/", 200),
    ("hana", "/reservation/day/", 403),
    ("seoyun", "/reservation/day/", 200),
    ("hana", "/reservation/doctors/{}/keep/", 405),
    ("hana", "/api/v1/doctors", 200),
    ("gwanu", "/admin/", 200),
    ("gwanu", "/admin/reservation/reservation/", 200),
]


@pytest.mark.parametrize(("who", "path", "status"), PAGES)
def test_every_page_carries_the_policy_and_nothing_inline(
    request: pytest.FixtureRequest,
    room: Room,
    client: Client,
    enter: Enter,
    who: str,
    path: str,
    status: int,
) -> None:
    if who != "stranger":
        client = enter(request.getfixturevalue(who))
    answer = client.get(path.format(room.doctor.pk))
    assert answer.status_code == status
    assert set(answer["Content-Security-Policy"].split("; ")) == POLICY
    assert [
        answer[name] for name in ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy")
    ] == ["DENY", "nosniff", "same-origin"]
    text = answer.content.decode()
    assert (" style=" in text, "<style" in text, " onclick=" in text) == (False, False, False)


@pytest.mark.parametrize(("body", "status"), [(b"x" * 2_000_000, 413), (b"\xff", 400)])
def test_what_is_refused_at_the_door_carries_the_policy_too(
    hana: Member, enter: Enter, body: bytes, status: int
) -> None:
    answer = enter(hana).post(
        "/reservation/book/", body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == status
    assert set(answer["Content-Security-Policy"].split("; ")) == POLICY
    assert answer["X-Frame-Options"] == "DENY"
