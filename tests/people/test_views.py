"""A member's own pages."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from madang.people import holdings, invitations, tokens
from madang.people.models import ApiToken, Invitation, Member
from tests.cast import Enter

PROFILE = {"display_name": "하나", "language": "en", "time_zone": "Europe/Paris"}


def test_a_profile_is_saved_and_answered_in_the_new_language(enter: Enter, hana: Member) -> None:
    answer = enter(hana).post("/people/", PROFILE, follow=True)
    assert answer.redirect_chain == [("/people/", 302)]
    assert [str(message) for message in answer.context["messages"]] == ["Saved."]
    hana.refresh_from_db()
    kept = {name: getattr(hana, name) for name in PROFILE}
    assert kept == PROFILE


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        (
            "time_zone",
            "Moon/Sea",
            "올바르게 선택해 주세요. Moon/Sea 이/가 선택가능항목에 없습니다.",
        ),
        ("language", "fr", "올바르게 선택해 주세요. fr 이/가 선택가능항목에 없습니다."),
        ("display_name", "", "필수 항목입니다."),
        ("display_name", "   ", "필수 항목입니다."),
        ("display_name", "하\u202e나", "이름에는 제어 문자를 쓸 수 없습니다."),
        ("display_name", "하\n나", "이름에는 제어 문자를 쓸 수 없습니다."),
        ("display_name", "하\u2028나", "이름에는 제어 문자를 쓸 수 없습니다."),
        (
            "display_name",
            "x" * 81,
            "이 값이 최대 80 개의 글자인지 확인하세요(입력값 81 자).",
        ),
    ],
)
def test_nonsense_in_a_profile_is_told_beside_its_field(
    enter: Enter, hana: Member, field: str, value: str, error: str
) -> None:
    before = Member.objects.values().get(pk=hana.pk)
    answer = enter(hana).post("/people/", {**PROFILE, field: value})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {field: [error]}
    assert Member.objects.values().get(pk=hana.pk) == before
    assert "김하나" in answer.text, "the page still calls her by the name that is kept"


@pytest.mark.parametrize(
    ("after", "where"),
    [
        ("/people/tokens/?a=1", "/people/tokens/?a=1"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\\\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http:///evil.example", "/"),
        ("https:evil.example", "/"),
    ],
)
@pytest.mark.django_db
def test_after_the_language_nobody_is_sent_elsewhere(
    client: Client, after: str, where: str
) -> None:
    answer = client.post("/people/language/", {"language": "en", "next": after})
    assert (answer.status_code, answer["Location"]) == (302, where)
    assert answer.cookies["django_language"].value == "en"


def test_a_members_language_is_remembered(enter: Enter, hana: Member) -> None:
    enter(hana).post("/people/language/", {"language": "en"})
    hana.refresh_from_db()
    assert hana.language == "en"


@pytest.mark.parametrize("language", ["", "fr", "ko-KR", "../en"])
def test_no_other_language_is_taken(enter: Enter, hana: Member, language: str) -> None:
    answer = enter(hana).post("/people/language/", {"language": language})
    assert (answer.status_code, "django_language" in answer.cookies) == (400, False)
    assert enter(hana).get("/people/language/").status_code == 405


def test_a_token_is_shown_once(enter: Enter, hana: Member) -> None:
    browser = enter(hana)
    made = browser.post("/people/tokens/", {"name": "달력", "days": "30"})
    text = made.context["text"]
    assert tokens.bearer(text=text, at=timezone.now()) == hana
    assert made.text.count(text) == 1
    assert "no-store" in made["Cache-Control"]
    again = browser.get("/people/tokens/")
    assert (text in again.text, again.text.count(text[:11])) == (False, 1)
    token = ApiToken.objects.get()
    assert token.expires_at is not None
    assert round((token.expires_at - timezone.now()).total_seconds() / 86400) == 30


def test_a_token_may_have_no_end(enter: Enter, hana: Member) -> None:
    enter(hana).post("/people/tokens/", {"name": "달력", "days": "0"})
    assert ApiToken.objects.get().expires_at is None


@pytest.mark.parametrize(
    "sent", [{}, {"name": "", "days": "30"}, {"name": "a\x07", "days": "30"}, {"name": "a"}]
)
@pytest.mark.parametrize("days", ["-1", "", "x", "31", "1e3"])
def test_nonsense_makes_no_token(
    enter: Enter, hana: Member, sent: dict[str, str], days: str
) -> None:
    sent = {"days": days, **sent}
    assert enter(hana).post("/people/tokens/", sent).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_by_its_member_alone(enter: Enter, hana: Member, minjun: Member) -> None:
    token, _text = tokens.issue(member=hana, name="달력", at=timezone.now())
    path = f"/people/tokens/{token.pk}/revoke/"
    assert enter(minjun).post(path).status_code == 404
    assert enter(hana).get(path).status_code == 405
    assert ApiToken.objects.count() == 1
    answer = enter(hana).post(path, follow=True)
    assert [str(each) for each in answer.context["messages"]] == ["이제 이 토큰은 쓸 수 없습니다."]
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_tokens_cost_the_same_with_one_and_with_three(
    enter: Enter, hana: Member, rows: int, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    for _number in range(rows):
        tokens.issue(member=hana, name="달력", at=timezone.now())
    browser = enter(hana)
    # The session, the member, the rows, the roles.
    with django_assert_num_queries(4):  # type: ignore[operator]
        page = browser.get("/people/tokens/")
    assert len(page.context["tokens"]) == rows


def test_an_invitation_is_shown_once_and_withdrawn(enter: Enter, gwanu: Member) -> None:
    browser = enter(gwanu)
    made = browser.post("/people/invitations/", {"note": "새 이웃", "people": "3"})
    link = made.context["link"]
    code = link.removeprefix("http://localhost/people/join/").removesuffix("/")
    invitation = invitations.find(code=code, at=timezone.now())
    assert invitation is not None
    assert (invitation.note, invitation.uses_left, invitation.made_by) == ("새 이웃", 3, gwanu)
    assert "no-store" in made["Cache-Control"]
    assert code not in browser.get("/people/invitations/").text
    answer = browser.post(f"/people/invitations/{invitation.pk}/withdraw/", follow=True)
    assert [str(each) for each in answer.context["messages"]] == [
        "이 초대로는 더 이상 가입할 수 없습니다."
    ]
    assert invitations.find(code=code, at=timezone.now()) is None


@pytest.mark.parametrize("people", ["0", "-1", "501", "", "many", "1.5", "9" * 40])
def test_nonsense_makes_no_invitation(enter: Enter, gwanu: Member, people: str) -> None:
    sent = {"note": "새 이웃", "people": people}
    assert enter(gwanu).post("/people/invitations/", sent).status_code == 422
    assert not Invitation.objects.exists()


def test_a_member_invites_where_the_community_has_it_so(
    enter: Enter, hana: Member, gwanu: Member, settings: pytest.FixtureRequest
) -> None:
    sent = {"note": "동생", "people": "1"}
    assert enter(hana).post("/people/invitations/", sent).status_code == 403
    settings.SITE_MEMBERS_INVITE = True  # type: ignore[attr-defined]
    theirs, _code = invitations.invite(by=gwanu, note="", people=1, at=timezone.now())
    page = enter(hana).post("/people/invitations/", sent)
    assert [invitation.note for invitation in page.context["invitations"]] == ["동생"]
    assert enter(hana).post(f"/people/invitations/{theirs.pk}/withdraw/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.uses_left == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_invitations_cost_the_same_with_one_and_with_three(
    enter: Enter, gwanu: Member, rows: int, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    for _number in range(rows):
        invitations.invite(by=gwanu, note="이웃", people=1, at=timezone.now())
    browser = enter(gwanu)
    # The session, the member, the roles, the rows with those who invited.
    with django_assert_num_queries(4):  # type: ignore[operator]
        page = browser.get("/people/invitations/")
    assert len(page.context["invitations"]) == rows


def test_the_download_is_all_that_is_held_as_a_file(enter: Enter, hana: Member) -> None:
    answer = enter(hana).get("/people/data/download/")
    assert answer["Content-Disposition"] == 'attachment; filename="madang-hana.json"'
    assert "no-store" in answer["Cache-Control"]
    assert json.loads(answer.content) == holdings.hand_over(hana)
    assert "김하나" in answer.text, "readable without a program"


@pytest.mark.parametrize("password", ["", "wrong", "madang-minjun-1"])
def test_without_the_password_nothing_is_deleted(enter: Enter, hana: Member, password: str) -> None:
    answer = enter(hana).post("/people/delete/", {"password": password})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["password"])
    assert Member.objects.filter(pk=hana.pk).exists()


def test_with_the_password_the_account_is_gone(enter: Enter, hana: Member) -> None:
    browser = enter(hana)
    answer = browser.post("/people/delete/", {"password": "madang-hana-1"}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "계정을 지웠습니다. 함께해 주셔서 고맙습니다."
    ]
    assert not Member.objects.exists()
    assert browser.get("/people/").status_code == 302


def test_guessing_at_an_open_screen_is_counted_as_at_the_door(enter: Enter, hana: Member) -> None:
    browser = enter(hana)
    answers = [browser.post("/people/delete/", {"password": "guess"}) for _ in range(12)]
    assert {answer.status_code for answer in answers[:10]} == {422}
    last = browser.post("/people/delete/", {"password": "madang-hana-1"})
    assert last.status_code in {422, 429}
    assert Member.objects.filter(pk=hana.pk).exists()
