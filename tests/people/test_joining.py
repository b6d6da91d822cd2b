"""Joining: by invitation, or openly where the community has it so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from madang.people import invitations
from madang.people.models import Invitation, Member
from tests.cast import Enter

JOIN = "/people/signup/"
SOL = {
    "display_name": "솔",
    "username": "sol",
    "email": "sol@madang.example",
    "password1": "courtyard-with-pines",
    "password2": "courtyard-with-pines",
}


def invited(gwanu: Member, people: int = 1) -> tuple[Client, Invitation]:
    invitation, code = invitations.invite(by=gwanu, note="", people=people, at=timezone.now())
    client = Client(headers={"Accept-Language": "ko"})
    assert client.get(f"/people/join/{code}/")["Location"] == JOIN
    return client, invitation


def test_who_is_invited_joins_and_is_in(gwanu: Member) -> None:
    client, invitation = invited(gwanu)
    assert client.post(JOIN, SOL).status_code == 302
    sol = Member.objects.get(handle="sol")
    assert (sol.display_name, sol.email, sol.language, sol.time_zone, sorted(sol.roles)) == (
        "솔",
        "sol@madang.example",
        "ko",
        "Asia/Seoul",
        [],
    )
    assert list(EmailAddress.objects.filter(user=sol).values_list("email", "verified")) == [
        ("sol@madang.example", False)
    ]
    assert client.get("/people/").status_code == 200
    invitation.refresh_from_db()
    assert invitation.uses_left == 0
    assert "invitation" not in client.session


def test_an_address_may_be_left_out(gwanu: Member) -> None:
    client, _invitation = invited(gwanu)
    assert client.post(JOIN, {**SOL, "email": ""}).status_code == 302
    assert Member.objects.get(handle="sol").email == ""


def test_who_reads_english_joins_in_english(gwanu: Member) -> None:
    client, _invitation = invited(gwanu)
    client.post(JOIN, SOL, headers={"Accept-Language": "en"})
    assert Member.objects.get(handle="sol").language == "en"


@pytest.mark.django_db
def test_without_an_invitation_nobody_joins(client: Client) -> None:
    for answer, status in ((client.get(JOIN), 200), (client.post(JOIN, SOL), 403)):
        assert (answer.status_code, "초대받은 분만 함께합니다" in answer.text) == (status, True)
    assert not Member.objects.exists()


@pytest.mark.parametrize("code", ["nonsense", "x" * 2000, "%ED%95%98%EB%82%98", "a.b"])
@pytest.mark.django_db
def test_a_code_that_is_none_is_over(client: Client, code: str) -> None:
    answer = client.get(f"/people/join/{code}/")
    assert (answer.status_code, "끝난 초대입니다" in answer.text) == (410, True)
    assert "invitation" not in client.session


def test_a_code_whose_time_has_passed_is_over(client: Client, gwanu: Member) -> None:
    past = timezone.now() - invitations.VALID_FOR - timedelta(seconds=1)
    _invitation, code = invitations.invite(by=gwanu, note="", people=1, at=past)
    assert client.get(f"/people/join/{code}/").status_code == 410


def test_an_invitation_that_ends_while_the_form_is_filled_in_admits_nobody(gwanu: Member) -> None:
    client, invitation = invited(gwanu)
    assert client.get(JOIN).status_code == 200
    invitations.withdraw(invitation)
    answer = client.post(JOIN, SOL)
    assert (answer.status_code, "초대받은 분만 함께합니다" in answer.text) == (403, True)
    assert not Member.objects.filter(handle="sol").exists()


def test_a_member_needs_no_invitation(enter: Enter, gwanu: Member, hana: Member) -> None:
    _invitation, code = invitations.invite(by=gwanu, note="", people=1, at=timezone.now())
    assert enter(hana).get(f"/people/join/{code}/")["Location"] == "/"
    assert enter(hana).get(JOIN)["Location"] == "/"


def test_an_open_community_asks_for_no_invitation(
    client: Client, db: None, settings: pytest.FixtureRequest
) -> None:
    settings.SITE_OPEN_JOINING = True  # type: ignore[attr-defined]
    assert client.post(JOIN, SOL).status_code == 302
    assert [member.handle for member in Member.objects.all()] == ["sol"]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        (
            {"username": "Sol!"},
            {"username": ["아이디는 영문 소문자, 숫자, 밑줄로 2자에서 30자까지입니다."]},
        ),
        ({"username": "gwanu"}, {"username": ["이미 쓰는 분이 있는 아이디입니다."]}),
        ({"display_name": "솔\u202e"}, {"display_name": ["이름에는 제어 문자를 쓸 수 없습니다."]}),
        ({"email": "nonsense"}, {"email": ["올바른 이메일 주소를 입력하세요."]}),
        ({"password2": "other"}, {"password2": ["동일한 비밀번호를 입력해야 합니다."]}),
        (
            {"password1": "12345678", "password2": "12345678"},
            {
                "password1": [
                    "너무 흔히 사용되는 비밀번호입니다.",
                    "비밀번호가 전부 숫자로 되어 있습니다.",
                ]
            },
        ),
    ],
)
def test_what_is_wrong_is_told_and_takes_no_place(
    gwanu: Member, changes: dict[str, str], errors: dict[str, list[str]]
) -> None:
    client, invitation = invited(gwanu)
    answer = client.post(JOIN, {**SOL, **changes})
    assert answer.status_code == 422
    assert answer.context["form"].errors == errors
    assert not Member.objects.exclude(pk=gwanu.pk).exists()
    invitation.refresh_from_db()
    assert invitation.uses_left == 1


def test_the_form_says_each_thing_once(gwanu: Member) -> None:
    client, _invitation = invited(gwanu)
    form = client.get(JOIN).context["form"]
    assert {
        name: (str(field.label), str(field.help_text)) for name, field in form.fields.items()
    } == {
        "display_name": ("이름", ""),
        "username": ("아이디", "영문 소문자, 숫자, 밑줄. 예: kim_hana"),
        "email": ("이메일 (없어도 됩니다)", ""),
        "password1": ("비밀번호", "8자 이상으로, 숫자만 쓰거나 흔한 것은 쓸 수 없습니다."),
        "password2": ("한 번 더", ""),
    }
    assert not [f for f in form.fields.values() if "placeholder" in f.widget.attrs]


def test_whose_an_address_is_the_page_does_not_tell_and_its_owner_keeps_it(
    gwanu: Member, hana: Member
) -> None:
    client, _invitation = invited(gwanu)
    answer = client.post(JOIN, {**SOL, "email": "hana@madang.example"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    known = EmailAddress.objects.filter(email="hana@madang.example").order_by("pk")
    assert [(row.user.handle, row.verified) for row in known] == [("hana", True), ("sol", False)]
    sent = {"login": "hana@madang.example", "password": "madang-hana-1"}
    owner = Client()
    assert owner.post("/people/login/", sent).status_code == 302
    assert owner.session["_auth_user_id"] == str(hana.pk)
