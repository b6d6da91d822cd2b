"""Pages, and for programs JSON, for what went wrong: what happened and what to do next."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.translation import gettext as _

from madang.lib.masking import mask
from madang.ui.context import STYLE_SHEETS

logger = logging.getLogger("madang")
PROGRAMS = ("/api/", "/anon/")
"""Where programs ask, and are answered in JSON."""


def problem(
    request: HttpRequest, status: int, code: str, title: str, sentence: str
) -> HttpResponse:
    """A page in the reader's language; for programs JSON, in /fhir/ the outcome of the standard."""
    if request.path_info.startswith("/fhir/"):
        return _outcome(status, OUTCOMES[code], sentence)
    if request.path_info.startswith(PROGRAMS):
        return JsonResponse({"code": code, "message": sentence}, status=status)
    here = request.get_full_path()
    context = {
        "status": status,
        "title": title,
        "sentence": sentence,
        "back_to": here if mask(here) == here else "/",
    }
    return render(request, "ui/problem.html", context, status=status)


OUTCOMES = {
    "unreadable": "structure",
    "forbidden": "forbidden",
    "csrf": "forbidden",
    "not_found": "not-found",
    "not_allowed": "not-supported",
    "too_large": "too-long",
}
"""What FHIR R4 calls them (IssueType)."""


def _outcome(status: int, code: str, sentence: str) -> HttpResponse:
    issue = {"severity": "error", "code": code, "details": {"text": sentence}}
    return JsonResponse(
        {"resourceType": "OperationOutcome", "issue": [issue]},
        status=status,
        content_type="application/fhir+json",
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: text that is not UTF-8, a field too many, a host that is not ours."""
    return problem(
        request,
        400,
        "unreadable",
        _("This could not be read"),
        _("The request was damaged on its way. Nothing was saved. Please try again."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, and not allowed."""
    return problem(
        request,
        403,
        "forbidden",
        _("This room is not open to you"),
        _("It belongs to others. If you think it should be yours, ask the operator."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was left open too long, or came from elsewhere."""
    return problem(
        request,
        403,
        "csrf",
        _("The page was open for too long"),
        _("To be safe, nothing was saved. Please go back, load the page again and repeat it."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing here, or nothing of yours."""
    return problem(
        request,
        404,
        "not_found",
        _("There is nothing here"),
        _("The address may be mistyped, or what was here has gone or belongs to somebody else."),
    )


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """405: a method that the address does not know; `allowed` are those it does (RFC 9110)."""
    answer = problem(
        request,
        405,
        "not_allowed",
        _("This cannot be done here"),
        _("This address takes no such request. Nothing was saved."),
    )
    answer["Allow"] = allowed
    return answer


def too_large(request: HttpRequest) -> HttpResponse:
    """413: a body over the limit."""
    return problem(
        request,
        413,
        "too_large",
        _("That is too much at once"),
        _("Nothing was saved. Please send less."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: in both languages, without asking anything of the site that just failed."""
    if request.path_info.startswith(PROGRAMS):
        return JsonResponse({"code": "error", "message": "Something went wrong."}, status=500)
    if request.path_info.startswith("/fhir/"):
        return _outcome(500, "exception", "Something went wrong.")
    page = get_template("500.html").render({"style_sheets": STYLE_SHEETS})
    return HttpResponse(page, status=500)
