"""What the house writes to members about their account, in their own language."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail as post_office
from django.test import Client
from django.utils import timezone

from madang.people import outbox
from madang.people.models import Member, OutboxMail
from tests.cast import Enter

IF_NOT_YOU = {
    "ko": "직접 하신 일이 아니라면 바로 비밀번호를 바꾸고 운영자에게 알려 주세요.",
    "en": "If it was not you, set a new password at once and tell the operator:",
}


def letter() -> tuple[str, str, str]:
    """To whom, subject, text of the last letter; links are cut after their path's beginning."""
    outbox.deliver_left_over(timezone.now())
    sent = post_office.outbox[-1]
    text = re.sub(r"(/(?:confirm-email|password/reset/key)/)\S+", r"\1…", str(sent.body))
    return sent.to[0], str(sent.subject), text


def known(enter: Enter, member: Member) -> Client:
    """A browser that has just confirmed the password again."""
    browser = enter(member)
    sent = {"password": f"madang-{member.handle}-1"}
    assert browser.post("/people/reauthenticate/", sent).status_code == 302
    return browser


@pytest.mark.parametrize("asks_in", ["ko", "en"])
def test_a_forgotten_password_in_korean(client: Client, hana: Member, asks_in: str) -> None:
    """Whatever language the browser of whoever asks has."""
    headers = {"Accept-Language": asks_in}
    client.post("/people/password/reset/", {"email": hana.email}, headers=headers)
    assert letter() == (
        "hana@madang.example",
        "[마당] 새 비밀번호",
        (
            "김하나 님, 안녕하세요.\n\n"
            "아래에서 비밀번호를 새로 정하실 수 있습니다.\n"
            "http://testserver/people/password/reset/key/…\n\n"
            "아이디는 hana입니다.\n"
            "직접 요청하지 않으셨다면 이 메일은 그냥 두셔도 됩니다. 비밀번호는 그대로입니다.\n\n"
            "마당\nhttp://localhost\n"
        ),
    )


def test_a_forgotten_password_in_english(client: Client, emma: Member) -> None:
    client.post("/people/password/reset/", {"email": emma.email})
    assert letter() == (
        "emma@madang.example",
        "[마당] A new password",
        (
            "Dear 엠마 클라크,\n\n"
            "here you can set a new password:\n"
            "http://testserver/people/password/reset/key/…\n\n"
            "Your handle is emma.\n"
            "If you did not ask for this, ignore this letter. Your password stays as it is.\n\n"
            "마당\nhttp://localhost\n"
        ),
    )


@pytest.mark.parametrize(
    ("handle", "subject", "text"),
    [
        (
            "hana",
            "[마당] 이메일 주소를 확인해 주세요",
            (
                "김하나 님, 안녕하세요.\n\n"
                "이 주소가 회원님의 것인지 확인해 주세요. 앞으로 이 주소로 메일을 보내고, "
                "로그인에도 쓰실 수 있습니다.\n"
                "http://testserver/people/confirm-email/…\n\n"
                "모르는 일이라면 이 메일은 그냥 두셔도 됩니다.\n\n"
                "마당\nhttp://localhost\n"
            ),
        ),
        (
            "emma",
            "[마당] Is this your address?",
            (
                "Dear 엠마 클라크,\n\n"
                "please confirm that this address is yours. Letters will come here, and you can "
                "sign in with it:\n"
                "http://testserver/people/confirm-email/…\n\n"
                "If you do not know what this is about, ignore this letter.\n\n"
                "마당\nhttp://localhost\n"
            ),
        ),
    ],
)
def test_a_new_address_is_confirmed(
    request: pytest.FixtureRequest, enter: Enter, handle: str, subject: str, text: str
) -> None:
    browser = known(enter, request.getfixturevalue(handle))
    browser.post("/people/email/", {"action_add": "1", "email": "new@madang.example"})
    assert letter() == ("new@madang.example", subject, text)
    page = browser.get("/people/email/").text
    assert "<b>new@madang.example</b>" in page
    assert f"<b>{handle}@madang.example</b>" in page
    [link] = re.findall(r"http://testserver(\S+confirm-email\S+)", str(post_office.outbox[-1].body))
    assert browser.get(link).status_code == 200
    assert browser.post(link).status_code == 302
    kept = EmailAddress.objects.values_list("email", "verified", "primary")
    assert list(kept) == [("new@madang.example", True, True)]
    assert Member.objects.get(handle=handle).email == "new@madang.example"


def note(name: str, language: str, sentence: str) -> str:
    greeting = {"ko": f"{name} 님, 안녕하세요.", "en": f"Dear {name},"}[language]
    return (
        f"{greeting}\n\n{sentence}\n\n{IF_NOT_YOU[language]}\n"
        "http://localhost/people/password/reset/\n\n마당\nhttp://localhost\n"
    )


@pytest.mark.parametrize(
    ("handle", "language", "subject", "sentence"),
    [
        ("hana", "ko", "비밀번호가 바뀌었습니다", "비밀번호가 바뀌었습니다."),
        ("emma", "en", "Your password has been changed", "your password has been changed."),
    ],
)
def test_a_changed_password_is_told(
    request: pytest.FixtureRequest,
    enter: Enter,
    handle: str,
    language: str,
    subject: str,
    sentence: str,
) -> None:
    member: Member = request.getfixturevalue(handle)
    sent = {
        "oldpassword": f"madang-{handle}-1",
        "password1": "pine-and-paper-9",
        "password2": "pine-and-paper-9",
    }
    agent = "Mozilla/5.0 (Secret Agent)"
    browser = enter(member)
    browser.post("/people/password/change/", sent, headers={"User-Agent": agent})
    text = note(str(member), language, sentence)
    assert letter() == (member.email, f"[마당] {subject}", text)
    assert OutboxMail.objects.get().member == member


@pytest.mark.django_db(transaction=True)  # some of these are written after the commit
def test_a_second_step_turned_on_and_off_is_told(enter: Enter, hana: Member) -> None:
    browser = known(enter, hana)
    secret = browser.get("/people/2fa/totp/activate/").context["form"].secret
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert browser.post("/people/2fa/totp/activate/", {"code": code}).status_code == 302
    outbox.deliver_left_over(timezone.now())
    assert [(sent.subject, sent.body) for sent in post_office.outbox] == [
        (
            "[마당] 2단계 로그인이 켜졌습니다",
            note(
                "김하나",
                "ko",
                "2단계 로그인이 켜졌습니다. 이제 비밀번호와 함께 앱의 인증 번호가 필요합니다.",
            ),
        ),
    ]
    browser.post("/people/2fa/recovery-codes/generate/")
    sentence = "새 복구 코드를 만들었습니다. 예전 코드는 이제 쓸 수 없습니다."
    assert letter()[1:] == ("[마당] 새 복구 코드", note("김하나", "ko", sentence))
    browser.post("/people/2fa/totp/deactivate/")
    sentence = "2단계 로그인이 꺼졌습니다. 이제 비밀번호만으로 로그인합니다."
    text = note("김하나", "ko", sentence)
    assert letter()[1:] == ("[마당] 2단계 로그인이 꺼졌습니다", text)


def test_a_letter_about_a_new_password_goes_with_the_account(client: Client, hana: Member) -> None:
    TOTP.activate(hana, "JBSWY3DPEHPK3PXP")
    client.post("/people/password/reset/", {"email": hana.email})
    assert [mail.member for mail in OutboxMail.objects.all()] == [hana]


def test_nobody_gets_a_letter_about_an_unknown_address(client: Client, hana: Member) -> None:
    client.post("/people/password/reset/", {"email": "nobody@madang.example"})
    assert not OutboxMail.objects.exists()
