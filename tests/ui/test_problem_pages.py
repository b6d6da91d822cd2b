"""Pages for what went wrong, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation import gettext

from madang.ui import errors

PAGES: list[tuple[int, str, Callable[[HttpRequest], HttpResponse]]] = [
    (400, "This could not be read", errors.bad_request),
    (403, "This room is not open to you", errors.forbidden),
    (403, "The page was open for too long", errors.csrf_failure),
    (404, "There is nothing here", errors.not_found),
    (413, "That is too much at once", errors.too_large),
    (429, "Too many attempts", lambda request: render(request, "429.html", status=429)),
]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(("status", "heading", "view"), PAGES)
def test_a_problem_has_a_page_in_the_readers_language(
    status: int, heading: str, view: Callable[[HttpRequest], HttpResponse], language: str
) -> None:
    with translation.override(language):
        response = view(RequestFactory().get("/somewhere/"))
        page = " ".join(response.content.decode().split())
        assert response.status_code == status
        assert f"<title>{gettext(heading)} · " in page
        assert f'<p class="status num">{status}</p> <h1>{gettext(heading)}</h1>' in page
    assert f'<html lang="{language}">' in page


def test_the_page_of_500_speaks_both_languages_and_asks_nothing_of_the_site() -> None:
    response = errors.server_error(RequestFactory().get("/somewhere/"))
    page = response.content.decode()
    assert response.status_code == 500
    assert ("잠시 문제가 생겼습니다" in page, "Something went wrong" in page) == (True, True)
    assert "<script" not in page
