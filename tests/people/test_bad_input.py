"""Every form of `people`, answered with nonsense: a clear 4xx, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from madang.people import invitations, tokens
from madang.people.models import Member
from tests.cast import Enter

FORMS = [
    "/people/",
    "/people/language/",
    "/people/tokens/",
    "/people/invitations/",
    "/people/delete/",
    "/people/email/",
    "/people/password/change/",
    "/people/reauthenticate/",
]
DOORS = ["/people/login/", "/people/signup/", "/people/password/reset/"]
FIELDS = [
    "display_name",
    "language",
    "time_zone",
    "name",
    "days",
    "note",
    "people",
    "password",
    "email",
    "action_add",
    "oldpassword",
    "password1",
    "password2",
    "login",
    "username",
    "next",
]
BODIES = {
    "NUL": (urlencode(dict.fromkeys(FIELDS, "a\x00b")).encode(), 400),
    "bytes": (b"&".join(b"%s=\xff\xfe" % name.encode() for name in FIELDS), 400),
    "escaped bytes": (b"&".join(b"%s=%%FF" % name.encode() for name in FIELDS), 400),
    "10 MB": (b"name=" + b"x" * 10_000_000, 413),
    "5000 fields": (b"&".join(b"a%d=1" % number for number in range(5000)), 400),
}
SAID = {
    400: {"ko": "읽을 수 없습니다", "en": "This could not be read"},
    403: {"ko": "페이지를 너무 오래 열어 두었습니다", "en": "The page was open for too long"},
    413: {"ko": "한 번에 너무 많습니다", "en": "That is too much at once"},
}
FORM = "application/x-www-form-urlencoded"


def kept() -> dict[str, list[dict[str, object]]]:
    """Every row of this house, except sessions and counts of attempts."""
    models = [model for model in apps.get_models() if model._meta.label != "people.Session"]
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models
    }


@contextmanager
def nothing_written() -> Iterator[None]:
    before = kept()
    yield
    assert kept() == before


@pytest.mark.parametrize("nonsense", BODIES)
@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("handle", ["gwanu", "emma"])
def test_unreadable_text_is_refused_in_the_readers_language(
    request: pytest.FixtureRequest, enter: Enter, handle: str, path: str, nonsense: str
) -> None:
    member: Member = request.getfixturevalue(handle)
    body, status = BODIES[nonsense]
    browser = enter(member)
    with nothing_written():
        answer = browser.post(
            path, body, content_type=FORM, headers={"Accept-Language": member.language}
        )
    assert answer.status_code == status
    assert f"<h1>{SAID[status][member.language]}</h1>" in answer.text


@pytest.mark.parametrize("nonsense", BODIES)
@pytest.mark.parametrize("path", DOORS)
@pytest.mark.django_db
def test_a_stranger_is_refused_in_the_same_way(client: Client, path: str, nonsense: str) -> None:
    body, status = BODIES[nonsense]
    with nothing_written():
        answer = client.post(path, body, content_type=FORM, headers={"Accept-Language": "en"})
    assert answer.status_code == status
    assert f"<h1>{SAID[status]['en']}</h1>" in answer.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"display_name": ["a"], "days": {}}'),
        ("application/json", b"\xff"),
        ("text/plain", b"x" * 1000),
        ("multipart/form-data; boundary=x", b"nonsense"),
        ("multipart/form-data", b"no boundary"),
        ("", b""),
        (FORM, b""),
        (FORM, b"%%%&&&===;;;"),
        (FORM, urlencode({name: ["a", "b"] for name in FIELDS}, doseq=True).encode()),
    ],
)
@pytest.mark.parametrize("path", [path for path in FORMS if path != "/people/email/"])
def test_what_is_no_form_is_refused_and_writes_nothing(
    enter: Enter, gwanu: Member, path: str, content_type: str, body: bytes
) -> None:
    with nothing_written():
        answer = enter(gwanu).post(path, body, content_type=content_type)
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_form_without_its_token_is_refused(gwanu: Member, path: str, language: str) -> None:
    """As one that was open for too long, or came from another site."""
    Member.objects.filter(pk=gwanu.pk).update(language=language)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(gwanu)
    headers = {"Accept-Language": language}
    for more in ({}, {"csrfmiddlewaretoken": "x" * 64}, {"csrfmiddlewaretoken": "é"}):
        with nothing_written():
            answer = browser.post(path, {"display_name": "x", **more}, headers=headers)
        assert answer.status_code == 403
        assert f"<h1>{SAID[403][language]}</h1>" in answer.text


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "x", "1.5", "%00", "１"])
def test_numbers_that_name_nothing_find_nothing(
    enter: Enter, hana: Member, gwanu: Member, number: str
) -> None:
    tokens.issue(member=hana, name="x", at=timezone.now())
    invitations.invite(by=gwanu, note="x", people=1, at=timezone.now())
    browser = enter(gwanu)
    with nothing_written():
        statuses = [
            browser.post(f"/people/{path}").status_code
            for path in (
                f"tokens/{number}/revoke/",
                f"invitations/{number}/withdraw/",
                f"sessions/{number}/end/",
            )
        ]
    assert set(statuses) <= {400, 404}


@pytest.mark.parametrize("key", ["1-abc", "x", "zzzzzzzzzzzzzz-set-password", "1-" + "a" * 5000])
@pytest.mark.django_db
def test_a_link_of_no_letter_is_over(client: Client, hana: Member, key: str) -> None:
    with nothing_written():
        answer = client.get(f"/people/password/reset/key/{key}/")
    over = {410: "끝난 링크입니다", 404: "여기에는 아무것도 없습니다"}
    assert f"<h1>{over[answer.status_code]}</h1>" in answer.text
    with nothing_written():
        page = client.get(f"/people/confirm-email/{key}/")
    assert (page.status_code, "<h1>끝난 링크입니다</h1>" in page.text) == (410, True)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("path", [*FORMS, *DOORS])
def test_other_methods_write_nothing(enter: Enter, gwanu: Member, path: str, method: str) -> None:
    with nothing_written():
        answer = getattr(enter(gwanu), method)(path, b"display_name=x", content_type=FORM)
    assert answer.status_code < 500
