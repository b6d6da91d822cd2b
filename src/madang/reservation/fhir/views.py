"""The addresses under `/fhir/`: who asks, what they get, how they are told no."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja.errors import HttpError

from madang.people.access import member_of
from madang.people.api import Bearer, Refusal, SignedIn
from madang.people.models import Member
from madang.reservation.fhir import answers, book, capability, parameters, resources, searching
from madang.reservation.fhir.answers import Problem, Resource
from madang.reservation.fhir.searching import Page

JSON: Final = ("application/fhir+json", "application/json")
FORM: Final = "application/x-www-form-urlencoded"
View = Callable[..., HttpResponseBase]
GUARDS: Final = (Bearer(), SignedIn())

SEARCH: Final[dict[str, Callable[[parameters.Query, Member, datetime], Page]]] = {
    "Practitioner": searching.practitioners,
    "Schedule": searching.schedules,
    "Slot": searching.free_and_busy,
    "Appointment": searching.appointments,
}


def served(*methods: str, is_public: bool = False) -> Callable[[View], View]:
    """Let in whom the JSON API lets in, and say no as FHIR does."""

    def guard(view: View) -> View:
        @csrf_exempt  # `SignedIn` looks after that, and a token needs none
        @wraps(view)
        def guarded(request: HttpRequest, **found: str) -> HttpResponseBase:
            try:
                _check_format(request)
                if request.method not in methods:
                    return _not_allowed(methods)
                if not is_public:
                    _let_in(request)
                return view(request, **found)
            except Problem as problem:
                response = answers.answer(problem.body, status=problem.status)
                if problem.status == 401:
                    response["WWW-Authenticate"] = "Bearer"
                return response

        return guarded

    return guard


def _not_allowed(methods: Iterable[str]) -> HttpResponse:
    text = _("This address takes no such request. Nothing was saved.")
    response = answers.answer(answers.outcome("not-supported", text), status=405)
    response["Allow"] = ", ".join(methods)
    return response


def _check_format(request: HttpRequest) -> None:
    """JSON alone; `_format` stands above Accept (FHIR R4, 3.1.0.1.11)."""
    wanted = request.GET.get("_format", "")
    is_json = wanted in {*JSON, "json"} if wanted else any(map(request.accepts, JSON))
    if not is_json:
        raise Problem(406, "not-supported", _("There is JSON here, and nothing else."))


def _let_in(request: HttpRequest) -> None:
    try:
        if not any(guard(request) for guard in GUARDS):
            raise Problem(401, "login", _("Please sign in or send a token."))
    except Refusal as refusal:
        raise Problem(refusal.status, "throttled", str(refusal.body["message"])) from None
    except HttpError:
        text = _("The form was open for too long. Please load the page again.")
        raise Problem(403, "forbidden", text) from None


@served("GET", "HEAD", is_public=True)
def metadata(request: HttpRequest) -> HttpResponseBase:
    """The CapabilityStatement."""
    return answers.answer(capability.statement())


@served("GET", "HEAD")
def search(request: HttpRequest, kind: str) -> HttpResponseBase:
    """A searchset of what is asked for in the address."""
    return _search(request, kind, _pairs(request.GET))


@served("POST")
def search_by_form(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same of what is asked for in a form, so that no log has it (FHIR R4, 3.1.1.3)."""
    if request.content_type != FORM:
        raise Problem(415, "not-supported", _("The request was refused."), FORM)
    return _search(request, kind, [*_pairs(request.GET), *_pairs(request.POST)])


def _pairs(fields: Any) -> list[tuple[str, str]]:
    """Every name with each of its values."""
    return [(name, value) for name, values in fields.lists() for value in values]


def _search(request: HttpRequest, kind: str, asked: list[tuple[str, str]]) -> HttpResponseBase:
    is_strict = "handling=strict" in request.headers.get("Prefer", "")
    query = parameters.query(kind, capability.SEARCHES[kind], asked, is_strict=is_strict)
    page = SEARCH[kind](query, member_of(request), timezone.now())
    links = [("self", page.query.link())]
    if page.after:
        links.append(("next", page.query.link(page.after)))
    return answers.answer(answers.bundle(page.found, total=page.total, links=links))


@served("GET", "HEAD")
def read(request: HttpRequest, kind: str, key: str) -> HttpResponseBase:
    """One resource, with its version; 304 where the client has it."""
    found = _found(kind, key, member_of(request), timezone.now())
    if found is None:
        raise Problem(404, "not-found", _("There is nothing here."))
    return answers.conditional(request, *found)


def _found(
    kind: str, key: str, member: Member, at: datetime
) -> tuple[Resource, datetime | None] | None:
    """The resource, and when it last changed where that is known."""
    if kind == "Practitioner":
        doctor = searching.practitioner(key, member, at)
        return (resources.practitioner(doctor), None) if doctor else None
    if kind == "Schedule":
        rows = searching.schedule(key, member, at)
        return (resources.schedule(rows), None) if rows else None
    if kind == "Slot":
        slot = searching.slot(key, member, at)
        return (resources.slot(*slot), None) if slot else None
    row = searching.appointment(key, member, at)
    return (resources.appointment(row, at=at), row.updated_at) if row else None


@served("POST")
def book_appointment(request: HttpRequest) -> HttpResponseBase:
    """`Appointment/$book`: a bundle with the appointment as it is now."""
    if request.content_type not in JSON:
        raise Problem(415, "not-supported", _("The request was refused."), JSON[0])
    at = timezone.now()
    try:
        row = book.run(request, member_of(request), at)
    except PermissionDenied:
        raise Problem(403, "forbidden", _("You may not do this.")) from None
    found = resources.appointment(row, at=at)
    links = [("self", answers.address(found))]
    return answers.answer(answers.bundle([found], total=1, links=links))


@served("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", is_public=True)
def nothing(request: HttpRequest, rest: str) -> HttpResponseBase:
    """404 for what this server does not have."""
    raise Problem(404, "not-found", _("There is nothing here."))
