"""A personal token's life, and the command that makes one."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from madang.people import tokens
from madang.people.models import ApiToken, Member
from tests.cast import NOW

DAY = timedelta(days=1)


def test_only_a_hash_of_the_token_is_kept(hana: Member) -> None:
    token, text = tokens.issue(member=hana, name="달력", at=NOW)
    kept = ApiToken.objects.values().get()
    assert kept == {
        "id": token.pk,
        "member_id": hana.pk,
        "name": "달력",
        "hint": text[:11],
        "token_hash": tokens.digest(text),
        "made_on": date(2027, 3, 1),
        "last_used_on": None,
        "expires_at": None,
    }
    assert text.startswith(tokens.PREFIX)
    assert len(text) == len(tokens.PREFIX) + 43
    assert str(token) == "달력"


def test_it_speaks_for_its_member_and_notes_the_day(hana: Member) -> None:
    token, text = tokens.issue(member=hana, name="달력", at=NOW)
    assert tokens.bearer(text=text, at=NOW + DAY) == hana
    token.refresh_from_db()
    assert token.last_used_on == date(2027, 3, 2)


def test_a_second_use_on_the_same_day_writes_nothing(
    hana: Member, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    _token, text = tokens.issue(member=hana, name="달력", at=NOW)
    with django_assert_num_queries(2):  # type: ignore[operator]  # the token with its member; the day
        tokens.bearer(text=text, at=NOW)
    with django_assert_num_queries(1):  # type: ignore[operator]
        tokens.bearer(text=text, at=NOW + timedelta(hours=1))


def test_it_ends_when_it_says(hana: Member) -> None:
    token, text = tokens.issue(member=hana, name="달력", at=NOW, expires_at=NOW + DAY)
    assert tokens.bearer(text=text, at=NOW + DAY - timedelta(seconds=1)) == hana
    assert tokens.bearer(text=text, at=NOW + DAY) is None
    assert token.expires_at == NOW + DAY


def test_a_closed_account_has_no_voice(hana: Member) -> None:
    _token, text = tokens.issue(member=hana, name="달력", at=NOW)
    Member.objects.filter(pk=hana.pk).update(is_active=False)
    assert tokens.bearer(text=text, at=NOW) is None


@pytest.mark.parametrize(
    "text", ["", "madang_", "madang_nonsense", "\x00", "madang_\x00", "madang_\ud800", "x" * 43]
)
def test_nonsense_speaks_for_nobody(hana: Member, text: str) -> None:
    tokens.issue(member=hana, name="달력", at=NOW)
    assert tokens.bearer(text=text, at=NOW) is None


def test_only_its_member_can_revoke_it(hana: Member, minjun: Member) -> None:
    token, text = tokens.issue(member=hana, name="달력", at=NOW)
    assert not tokens.revoke(member=minjun, token_id=token.pk)
    assert tokens.bearer(text=text, at=NOW) == hana
    assert tokens.revoke(member=hana, token_id=token.pk)
    assert tokens.bearer(text=text, at=NOW) is None
    assert not tokens.revoke(member=hana, token_id=token.pk)


def command(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("token", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_prints_the_token_and_nothing_else(hana: Member) -> None:
    out, err = command("hana", "--name", "백업")
    text = out.removesuffix("\n")
    assert (len(text), err) == (len(tokens.PREFIX) + 43, "")
    assert tokens.bearer(text=text, at=NOW) == hana
    assert [token.name for token in ApiToken.objects.all()] == ["백업"]


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("ko_KR.UTF-8", "로그인할 수 있는 회원 가운데 아이디가 {}인 분이 없습니다."),
        ("C.UTF-8", "no member who may sign in has the handle {}."),
    ],
)
@pytest.mark.parametrize("handle", ["nobody", "minjun", "\udcff", "하나"])
def test_the_command_says_in_the_terminals_language_that_nobody_is_called_so(
    hana: Member,
    minjun: Member,
    monkeypatch: pytest.MonkeyPatch,
    locale: str,
    sentence: str,
    handle: str,
) -> None:
    Member.objects.filter(pk=minjun.pk).update(is_active=False)
    monkeypatch.setenv("LC_ALL", locale)
    with pytest.raises(CommandError) as refusal:
        command(handle)
    assert (str(refusal.value), refusal.value.returncode) == (sentence.format(handle), 1)
    assert not ApiToken.objects.exists()


def test_a_name_that_is_no_text_and_too_long_is_made_fit(hana: Member) -> None:
    command("hana", "--name", "\udcff" + "x" * 100)
    assert ApiToken.objects.get().name == "?" + "x" * 79
