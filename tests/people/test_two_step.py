"""The second step: turned on, asked for, lost, turned off."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from madang.people.models import Member

SECRET = "JBSWY3DPEHPK3PXP"
ACTIVATE = "/people/2fa/totp/activate/"
SECOND = "/people/2fa/authenticate/"


def code(secret: str = SECRET) -> str:
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def knock(client: Client) -> None:
    sent = {"login": "hana", "password": "madang-hana-1"}
    assert client.post("/people/login/", sent).status_code == 302


def is_in(client: Client) -> bool:
    return client.get("/people/").status_code == 200


def confirm(client: Client) -> None:
    """The password again, as pages that change how the account is opened ask for it."""
    sent = {"password": "madang-hana-1"}
    assert client.post("/people/reauthenticate/", sent).status_code == 302


def test_turning_it_on_asks_for_the_password_again(client: Client, hana: Member) -> None:
    knock(client)
    answer = client.get(ACTIVATE)
    assert answer["Location"] == "/people/reauthenticate/?" + urlencode({"next": ACTIVATE})
    wrong = client.post("/people/reauthenticate/", {"password": "guess"})
    assert (wrong.status_code, wrong.context["form"].errors["password"]) == (
        422,
        ["비밀번호가 맞지 않습니다."],
    )


def test_it_is_turned_on_with_the_first_code_and_gives_recovery_codes(
    client: Client, hana: Member
) -> None:
    knock(client)
    confirm(client)
    page = client.get(ACTIVATE)
    secret = page.context["form"].secret
    assert page.text.count(secret) == 1
    assert re.search(r'<img class="qr" src="data:image/svg\+xml[^"]+"', page.text)
    assert "img-src 'self' data:" in page["Content-Security-Policy"]
    wrong = client.post(ACTIVATE, {"code": "000000"})
    assert (wrong.status_code, wrong.context["form"].errors["code"]) == (
        422,
        ["인증 번호가 맞지 않습니다. 다음 번호가 나오면 다시 해 주세요."],
    )
    assert not Authenticator.objects.exists()
    on = client.post(ACTIVATE, {"code": code(secret)}, follow=True)
    assert on.redirect_chain[-1][0] == "/people/2fa/recovery-codes/"
    codes = on.context["unused_codes"]
    assert len(codes) == 10
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert not [each for each in [secret, *codes] if each in kept]
    assert client.get("/people/2fa/").status_code == 200


def test_half_in_is_not_in_and_a_code_opens(client: Client, hana: Member) -> None:
    TOTP.activate(hana, SECRET)
    knock(client)
    assert not is_in(client)
    assert client.get("/api/v1/me").status_code == 401
    wrong = client.post(SECOND, {"code": "000000"})
    assert (wrong.status_code, is_in(client)) == (422, False)
    assert client.post(SECOND, {"code": code()}).status_code == 302
    assert is_in(client)


def test_a_code_opens_once(client: Client, hana: Member) -> None:
    TOTP.activate(hana, SECRET)
    knock(client)
    once = code()
    client.post(SECOND, {"code": once})
    again = Client()
    knock(again)
    assert (again.post(SECOND, {"code": once}).status_code, is_in(again)) == (422, False)


def test_a_recovery_code_opens_once(client: Client, hana: Member) -> None:
    TOTP.activate(hana, SECRET)
    codes = RecoveryCodes.activate(hana).get_unused_codes()
    knock(client)
    assert client.post(SECOND, {"code": codes[0]}).status_code == 302
    assert is_in(client)
    again = Client()
    knock(again)
    assert again.post(SECOND, {"code": codes[0]}).status_code == 422
    assert again.post(SECOND, {"code": codes[1]}).status_code == 302
    confirm(again)
    left = again.get("/people/2fa/recovery-codes/").context["unused_codes"]
    assert left == codes[2:]


@pytest.mark.parametrize("code", ["", "x", "０００００0", "1" * 10_000, "' OR 1=1", "-1"])
def test_nonsense_is_no_code(client: Client, hana: Member, code: str) -> None:
    TOTP.activate(hana, SECRET)
    knock(client)
    assert (client.post(SECOND, {"code": code}).status_code, is_in(client)) == (422, False)


def test_guessing_codes_is_slowed_down(client: Client, hana: Member) -> None:
    TOTP.activate(hana, SECRET)
    knock(client)
    for _attempt in range(12):
        client.post(SECOND, {"code": "000000"})
    last = client.post(SECOND, {"code": code()})
    assert (last.status_code in {422, 429}, is_in(client)) == (True, False)


def test_new_recovery_codes_end_the_old_ones(client: Client, hana: Member) -> None:
    TOTP.activate(hana, SECRET)
    old = RecoveryCodes.activate(hana).get_unused_codes()
    knock(client)
    client.post(SECOND, {"code": code()})
    confirm(client)
    page = client.post("/people/2fa/recovery-codes/generate/", follow=True)
    new = page.context["unused_codes"]
    assert (len(new), set(new) & set(old)) == (10, set())


def test_it_is_turned_off_after_the_password(client: Client, hana: Member) -> None:
    TOTP.activate(hana, SECRET)
    RecoveryCodes.activate(hana)
    knock(client)
    client.post(SECOND, {"code": code()})
    assert client.post("/people/2fa/totp/deactivate/").status_code == 302
    assert Authenticator.objects.count() == 2, "not without the password again"
    confirm(client)
    assert client.post("/people/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.exists()
    again = Client()
    knock(again)
    assert is_in(again)


@pytest.mark.parametrize("path", [ACTIVATE, "/people/2fa/", "/people/2fa/recovery-codes/", SECOND])
@pytest.mark.django_db
def test_a_stranger_has_no_second_step(client: Client, path: str) -> None:
    assert client.get(path, follow=True).redirect_chain[-1][0].startswith("/people/login/")
