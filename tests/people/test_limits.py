"""Guessing is slowed down; a village behind one address is not locked out by one guesser."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from madang.people import limits
from madang.people.models import Member
from tests.promises.test_outbox import database_url

SCHOOL = "203.0.113.7"


def knock(client: Client, login: str, password: str) -> int:
    return client.post("/people/login/", {"login": login, "password": password}).status_code


def guess(login: str, times: int, address: str = SCHOOL) -> list[int]:
    return [knock(Client(REMOTE_ADDR=address), login, "guess") for _ in range(times)]


def test_guessing_at_one_account_is_slowed_down(hana: Member) -> None:
    assert guess("hana", 12) == [422] * 10 + [429] * 2
    assert guess("hana", 1, "198.51.100.1") == [429], "from elsewhere too"
    assert knock(Client(), "hana", "madang-hana-1") == 429


def test_the_page_says_so_in_the_readers_language(hana: Member) -> None:
    guess("hana", 10)
    sent = {"login": "hana", "password": "guess"}
    page = Client(REMOTE_ADDR=SCHOOL).post(
        "/people/login/", sent, headers={"Accept-Language": "en"}
    )
    assert (page.status_code, "Too many attempts" in page.text) == (429, True)


def test_one_who_guesses_does_not_lock_out_the_village(hana: Member, minjun: Member) -> None:
    own = Client(REMOTE_ADDR=SCHOOL)
    assert knock(own, "hana", "madang-hana-1") == 302
    own.post("/people/logout/")
    guess("hana", 12)
    for number in range(60):
        guess(f"name_{number}", 1)
    assert knock(Client(REMOTE_ADDR=SCHOOL), "minjun", "madang-minjun-1") == 429
    assert knock(own, "hana", "madang-hana-1") == 302, "her own browser is known"
    assert knock(Client(REMOTE_ADDR="198.51.100.1"), "minjun", "madang-minjun-1") == 302


def test_a_known_browser_guesses_no_more_than_others(hana: Member, minjun: Member) -> None:
    own = Client(REMOTE_ADDR=SCHOOL)
    assert knock(own, "hana", "madang-hana-1") == 302
    own.post("/people/logout/")
    assert [knock(own, "minjun", "guess") for _ in range(11)] == [422] * 10 + [429]
    assert [knock(own, "hana", "guess") for _ in range(11)] == [422] * 10 + [429]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("", "198.51.100.1", "198.51.100.1"),
        ("", "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("::1", "198.51.100.1", "198.51.100.1"),
        ("", "", "unknown"),
        ("", "nonsense, <script>", "unknown"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_only_the_own_proxy_is_believed(peer: str, forwarded: str, counted: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert limits.address(request) == counted


def test_behind_a_socket_without_an_address_the_door_opens(hana: Member) -> None:
    assert knock(Client(REMOTE_ADDR=""), "hana", "madang-hana-1") == 302


@pytest.mark.django_db
@pytest.mark.parametrize("cookie", ["", "1", "nonsense", "IjEi:1abc:forged", "\x00"])
def test_a_forged_cookie_makes_no_browser_known(cookie: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES[limits.KNOWN] = cookie
    assert limits.known(request) is None


@pytest.mark.django_db(transaction=True)
def test_limits_hold_across_processes(hana: Member) -> None:
    """Another process guesses until it is stopped; here the next guess is stopped as well."""
    script = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "sent = {'login': 'hana', 'password': 'guess'}\n"
        "print([Client().post('/people/login/', sent).status_code for _ in range(9)])\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "madang.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "MADANG_DATABASE_URL": database_url(),
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str([422] * 9)
    assert guess("hana", 2) == [422, 429]
    connection.close()
