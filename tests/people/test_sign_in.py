"""Coming in by handle or e-mail, and what is answered to nonsense."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.contrib.auth.hashers import identify_hasher
from django.core import mail as post_office
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone

from madang.demo.cast import CAST
from madang.people import outbox
from madang.people.models import Member, OutboxMail, Session
from tests.cast import Enter

DOOR = "/people/login/"


def unmasked(answer: HttpResponseBase) -> str:
    """A page without the tokens of its forms, which differ each time."""
    page = answer.getvalue().decode()
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def knock(client: Client, login: str, password: str, **more: str) -> int:
    answer = client.post(DOOR, {"login": login, "password": password, **more})
    return answer.status_code


@pytest.mark.parametrize("login", ["hana", "hana@madang.example", "Hana", "HANA@Madang.Example"])
def test_a_member_comes_in_by_handle_or_e_mail(client: Client, hana: Member, login: str) -> None:
    assert knock(client, login, "madang-hana-1") == 302
    assert client.session["_auth_user_id"] == str(hana.pk)


@pytest.mark.parametrize(
    ("login", "password"),
    [("hana", "madang-hana-2"), ("nobody", "madang-hana-1"), ("hana", "")],
)
def test_a_wrong_name_and_a_wrong_password_look_the_same(
    client: Client, hana: Member, login: str, password: str
) -> None:
    assert knock(client, login, password) == 422
    assert "_auth_user_id" not in client.session


def test_a_member_who_may_not_sign_in_stays_out(client: Client, hana: Member) -> None:
    Member.objects.filter(pk=hana.pk).update(is_active=False)
    knock(client, "hana", "madang-hana-1")
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (urlencode({"login": "ha\x00na", "password": "x"}).encode(), 400),
        (b"login=hana\xff\xfe&password=x", 400),
        (b"login=hana%FF&password=x", 400),
        (b"login=hana&password=" + b"x" * 10_000_000, 413),
        (b"&".join(b"a%d=1" % number for number in range(5000)), 400),
        (b"%%%", 422),
        (b"", 422),
    ],
    ids=["NUL", "bytes", "escaped bytes", "10 MB", "5000 fields", "percent", "nothing"],
)
def test_nonsense_at_the_door_is_refused(client: Client, body: bytes, status: int) -> None:
    answer = client.post(DOOR, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == status


@pytest.mark.parametrize(
    "cookie",
    [
        '"' + r"\000" * 32 + '"',  # NULs, as RFC 2109 writes them
        '"' + "a" * 31 + r"\000" + '"',
        "é" * 32,
        "A" * 32,
        "a" * 5000,
        "'; DROP TABLE",
    ],
)
def test_a_cookie_that_no_session_made_is_no_session(
    client: Client, hana: Member, cookie: str
) -> None:
    sent = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}
    assert client.get("/", headers=sent).status_code == 200
    assert client.get("/people/", headers=sent).status_code == 302


def test_a_form_from_elsewhere_is_refused(hana: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    assert knock(client, "hana", "madang-hana-1") == 403
    assert "_auth_user_id" not in client.session


def test_a_stranger_comes_back_to_where_the_door_was_met(client: Client, hana: Member) -> None:
    asked = client.get("/people/tokens/")
    form = client.get(asked["Location"])
    assert form.status_code == 200
    sent = {"login": "hana", "password": "madang-hana-1", "next": "/people/tokens/"}
    assert client.post(DOOR, sent)["Location"] == "/people/tokens/"


@pytest.mark.parametrize("after", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_nobody_is_sent_to_a_foreign_site(client: Client, hana: Member, after: str) -> None:
    sent = {"login": "hana", "password": "madang-hana-1", "next": after}
    assert client.post(DOOR, sent)["Location"] == "/"


def test_passwords_are_kept_with_argon2(
    client: Client, hana: Member, settings: pytest.FixtureRequest
) -> None:
    settings.PASSWORD_HASHERS = [  # type: ignore[attr-defined]
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    assert knock(client, "hana", "madang-hana-1") == 302
    hana.refresh_from_db()
    assert identify_hasher(hana.password).algorithm == "argon2"


def test_every_password_of_the_cast_is_one_that_members_may_choose(hana: Member) -> None:
    from django.contrib.auth.password_validation import validate_password

    for person in CAST:
        validate_password(person.password, hana if person.handle == "hana" else None)


def test_asking_for_a_new_password_tells_nobody_who_is_a_member(
    client: Client, hana: Member
) -> None:
    answers = [
        client.post("/people/password/reset/", {"email": email}, follow=True)
        for email in ("hana@madang.example", "nobody@madang.example")
    ]
    pages = [(answer.status_code, answer.redirect_chain, unmasked(answer)) for answer in answers]
    assert pages[0] == pages[1]
    assert [mail.address for mail in OutboxMail.objects.all()] == ["hana@madang.example"]


def test_a_new_password_by_mail_ends_every_session(
    client: Client, hana: Member, enter: Enter
) -> None:
    elsewhere = enter(hana)
    client.post("/people/password/reset/", {"email": hana.email})
    outbox.deliver_left_over(timezone.now())
    [letter] = post_office.outbox
    [link] = [word for word in letter.body.split() if "/password/reset/key/" in word]
    form = client.get(link, follow=True)
    new = {"password1": "pine-and-paper-9", "password2": "pine-and-paper-9"}
    assert client.post(form.redirect_chain[-1][0], new).status_code == 302
    assert elsewhere.get("/people/").status_code == 302
    assert not Session.objects.filter(member=hana).exists()
    assert knock(Client(), "hana", "pine-and-paper-9") == 302
    assert "ok" not in OutboxMail.objects.get(event__contains="password_reset_key").body


def test_changing_the_password_keeps_this_browser_and_ends_the_others(
    client: Client, hana: Member, enter: Enter
) -> None:
    elsewhere = enter(hana)
    knock(client, "hana", "madang-hana-1")
    sent = {
        "oldpassword": "madang-hana-1",
        "password1": "pine-and-paper-9",
        "password2": "pine-and-paper-9",
    }
    assert client.post("/people/password/change/", sent).status_code == 302
    assert client.get("/people/").status_code == 200
    assert elsewhere.get("/people/").status_code == 302
    [kept] = Session.objects.filter(member=hana)
    assert kept.session_key == client.session.session_key


def test_the_second_step_is_asked_for_and_its_secret_is_not_readable(
    client: Client, hana: Member
) -> None:
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(hana, secret)
    assert secret not in str(Authenticator.objects.get(type="totp").data)
    assert knock(client, "hana", "madang-hana-1") == 302
    assert client.get("/people/").status_code == 302, "half in is not in"
    assert client.post("/people/2fa/authenticate/", {"code": "000000"}).status_code == 422
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert client.post("/people/2fa/authenticate/", {"code": code}).status_code == 302
    assert client.get("/people/").status_code == 200
    assert get_adapter().is_mfa_enabled(hana)


def test_the_desk_is_entered_by_the_same_door(client: Client, gwanu: Member) -> None:
    TOTP.activate(gwanu, "JBSWY3DPEHPK3PXP")
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith(DOOR)
    knock(client, "gwanu", "madang-gwanu-1")
    assert client.get("/admin/").status_code == 302


def test_signing_out_takes_a_form(client: Client, hana: Member, enter: Enter) -> None:
    browser = enter(hana)
    assert browser.get("/people/logout/").status_code == 200
    assert browser.get("/people/").status_code == 200
    assert browser.post("/people/logout/").status_code == 302
    assert browser.get("/people/").status_code == 302
