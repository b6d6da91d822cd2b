"""The one API of the house; rooms bring routers."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from madang import __version__
from madang.library.account_api import router as account
from madang.library.api import router as library
from madang.microblog.api import router as microblog
from madang.microblog.finding_api import router as finding
from madang.microblog.members_api import router as members
from madang.microblog.moderation_api import router as moderation
from madang.microblog.threads_api import router as threads
from madang.people.api import Bearer, Refusal, SignedIn
from madang.people.api import router as people
from madang.reservation.api import router as reservation
from madang.reservation.seats_api import router as seats
from madang.reservation.waitlist_api import router as waitlist

api = NinjaAPI(
    title="Madang",
    version=__version__,
    description="Every answer other than 2xx is a JSON object with a code and a sentence.",
    auth=[Bearer(), SignedIn()],
    docs_url=None,  # its page loads scripts from elsewhere, which the content policy forbids
    urls_namespace="api",
)
api.add_router("", people)
api.add_router("", reservation)
api.add_router("", waitlist)
api.add_router("", seats)
api.add_router("", library)
api.add_router("", account)
api.add_router("/microblog", microblog)
api.add_router("/microblog", finding)
api.add_router("/microblog", members)
api.add_router("/microblog", moderation)
api.add_router("/microblog", threads)


def _answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    answer = api.create_response(request, refusal.body, status=refusal.status)
    if refusal.status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return _answer(request, refusal)


@api.exception_handler(AuthenticationError)
def _stranger(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return _answer(request, Refusal(401, "signed_out", _("Please sign in or send a token.")))


@api.exception_handler(PermissionDenied)
def _forbidden(request: HttpRequest, _error: PermissionDenied) -> HttpResponse:
    return _answer(request, Refusal(403, "forbidden", _("You may not do this.")))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, _error: Http404) -> HttpResponse:
    return _answer(request, Refusal(404, "not_found", _("There is nothing here.")))


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    return _answer(request, Refusal(413, "too_large", _("That is too much at once.")))


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    codes = {400: ("unreadable", _("The request could not be read."))}
    codes[403] = ("csrf", _("The form was open for too long. Please load the page again."))
    code, message = codes.get(error.status_code, ("refused", _("The request was refused.")))
    return _answer(request, Refusal(error.status_code, code, message))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {"where": [str(step) for step in each["loc"]], "type": each["type"]}
        for each in error.errors
    ]
    message = _("Something in the request is not as it should be.")
    return _answer(request, Refusal(422, "invalid", message, errors=errors))
