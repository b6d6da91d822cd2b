"""Pages for what went wrong, and JSON under /api/."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from madang.people.models import Member
from madang.ui import errors
from tests.cast import Enter

SENTENCES = {
    ("hana", 403): "다른 분들의 방입니다. 들어갈 수 있어야 한다면 운영자에게 말씀해 주세요.",
    ("emma", 403): "It belongs to others. If you think it should be yours, ask the operator.",
    ("hana", 404): "주소가 잘못되었거나, 있던 것이 없어졌거나, 다른 분의 것입니다.",
    ("emma", 404): "The address may be mistyped, or what was here has gone or belongs to somebody"
    " else.",
}


@pytest.mark.parametrize("handle", ["hana", "emma"])
@pytest.mark.parametrize(("path", "status"), [("/reservation/day/", 403), ("/nowhere/", 404)])
def test_a_page_says_what_happened_in_the_readers_language(
    request: pytest.FixtureRequest, enter: Enter, handle: str, path: str, status: int
) -> None:
    answer = enter(request.getfixturevalue(handle)).get(path)
    assert (answer.status_code, answer.context["status"]) == (status, status)
    assert answer.context["sentence"] == SENTENCES[handle, status]
    assert SENTENCES[handle, status] in answer.content.decode()


@pytest.mark.django_db
def test_a_stranger_reads_it_too(client: Client) -> None:
    answer = client.get("/nowhere/", headers={"accept-language": "en"})
    assert (answer.status_code, answer.context["sentence"]) == (404, SENTENCES["emma", 404])


def test_programs_get_json(hana: Member, enter: Enter) -> None:
    answer = enter(hana).get("/api/v1/nowhere")
    assert (answer.status_code, answer.json()) == (
        404,
        {"code": "not_found", "message": SENTENCES["hana", 404]},
    )


def _broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the password of hana is secret")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/reservation/", "/api/v1/me"])
def test_an_error_tells_nothing_of_itself(
    hana: Member, enter: Enter, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("madang.people.middleware.timezone.override", _broken)
    client = enter(hana)
    client.raise_request_exception = False
    answer = client.get(path)
    text = answer.content.decode()
    assert (answer.status_code, "secret" in text, "RuntimeError" in text) == (500, False, False)
    if path.startswith("/api/"):
        assert answer.json() == {"code": "error", "message": "Something went wrong."}
    else:
        assert "잠시 문제가 생겼습니다" in text
        assert "It is our fault, and it is noted for the operator." in text


def test_the_page_for_an_error_asks_nothing_of_the_site() -> None:
    """No database mark: a query would fail this test."""
    assert errors.server_error(RequestFactory().get("/")).status_code == 500
