"""Each reads in the own language and zone."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from madang.people.middleware import preferences
from madang.people.models import Member
from tests.cast import Enter


def test_a_member_reads_in_the_own_language_whatever_the_browser_asks(
    enter: Enter, hana: Member, emma: Member
) -> None:
    asks = {"Accept-Language": "en"}
    assert '<html lang="ko">' in enter(hana).get("/people/", headers=asks).text
    asks = {"Accept-Language": "ko"}
    assert '<html lang="en">' in enter(emma).get("/people/", headers=asks).text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "given"), [("en", "en"), ("ko-KR", "ko"), ("fr", "ko"), ("", "ko"), ("\x00", "ko")]
)
def test_a_stranger_reads_in_what_the_browser_asks(client: Client, asked: str, given: str) -> None:
    page = client.get("/people/login/", headers={"Accept-Language": asked})
    assert f'<html lang="{given}">' in page.text


def test_the_view_runs_in_the_members_zone_and_leaves_none_behind(emma: Member) -> None:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.extend([timezone.get_current_timezone_name(), translation.get_language() or ""])
        return HttpResponse()

    before = timezone.get_current_timezone_name()
    request = RequestFactory().get("/")
    request.user = emma
    request.session = {}  # type: ignore[assignment]
    with translation.override("ko"):
        preferences(view)(request)
    assert seen == ["Europe/London", "en"]
    assert timezone.get_current_timezone_name() == before


def test_a_form_that_is_shown_again_says_422(client: Client, hana: Member) -> None:
    assert client.post("/people/password/reset/", {"email": "nonsense"}).status_code == 422
    assert client.get("/people/password/reset/").status_code == 200
