"""`GET /api/v1/me`: whose token or browser this is."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from madang.people import tokens
from madang.people.models import Member
from tests.cast import Enter

ME = "/api/v1/me"
HANA = {
    "handle": "hana",
    "display_name": "김하나",
    "language": "ko",
    "time_zone": "Asia/Seoul",
    "roles": [],
}
SIGNED_OUT = {
    "ko": {"code": "signed_out", "message": "로그인하거나 토큰을 보내 주세요."},
    "en": {"code": "signed_out", "message": "Please sign in or send a token."},
}


def ask(authorization: str, language: str = "ko") -> tuple[int, dict[str, object]]:
    headers = {"Authorization": authorization, "Accept-Language": language}
    answer = Client(REMOTE_ADDR="203.0.113.7").get(ME, headers=headers)
    return answer.status_code, answer.json()


def test_a_token_says_whose_it_is(hana: Member) -> None:
    _token, text = tokens.issue(member=hana, name="달력", at=timezone.now())
    assert ask(f"Bearer {text}") == (200, HANA)
    assert ask(f"bearer {text}")[0] == 200, "the scheme has no case (RFC 9110, 11.1)"


def test_a_browser_says_who_is_signed_in(enter: Enter, hana: Member, gwanu: Member) -> None:
    assert enter(hana).get(ME).json() == HANA
    assert enter(gwanu).get(ME).json()["roles"] == ["operator"]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer madang_wrong", "Basic aGFuYTp4", "Bearer a b", "é" * 50],
)
def test_a_stranger_is_told_so_in_the_own_language(authorization: str, language: str) -> None:
    headers = {"Accept-Language": language}
    if authorization:
        headers["Authorization"] = authorization
    answer = Client().get(ME, headers=headers)
    assert (answer.status_code, answer.json()) == (401, SIGNED_OUT[language])
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("ko", "틀린 토큰이 너무 많습니다. 잠시 기다려 주세요."),
        ("en", "Too many wrong tokens. Please wait a minute."),
    ],
)
def test_who_guesses_waits_and_who_knows_does_not(
    hana: Member, language: str, message: str
) -> None:
    _token, text = tokens.issue(member=hana, name="달력", at=timezone.now())
    assert [ask("Bearer madang_guess")[0] for _ in range(20)] == [401] * 20
    answer = ask("Bearer madang_guess", language)
    assert answer == (429, {"code": "throttled", "message": message})
    assert ask(f"Bearer {text}")[0] == 200, "others behind the address work on"


def test_an_expired_token_and_one_of_a_closed_account_are_wrong_ones(hana: Member) -> None:
    now = timezone.now()
    _token, expired = tokens.issue(member=hana, name="x", at=now, expires_at=now)
    assert ask(f"Bearer {expired}")[0] == 401
    _token, text = tokens.issue(member=hana, name="x", at=now)
    Member.objects.filter(pk=hana.pk).update(is_active=False)
    assert ask(f"Bearer {text}")[0] == 401


def test_a_token_speaks_its_members_language(emma: Member) -> None:
    _token, text = tokens.issue(member=emma, name="x", at=timezone.now())
    headers = {"Authorization": f"Bearer {text}", "Accept-Language": "ko"}
    answer = Client().get("/api/v1/reservations/nothing", headers=headers)
    assert answer.json()["message"] == "Something in the request is not as it should be."


def test_me_costs_the_same_for_all(
    hana: Member, gwanu: Member, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    for member in (hana, gwanu):
        _token, text = tokens.issue(member=member, name="x", at=timezone.now())
        ask(f"Bearer {text}")
        # The token with its member, the roles.
        with django_assert_num_queries(2):  # type: ignore[operator]
            ask(f"Bearer {text}")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_there_is_nothing_to_change(enter: Enter, hana: Member, method: str) -> None:
    assert getattr(enter(hana), method)(ME).status_code == 405
