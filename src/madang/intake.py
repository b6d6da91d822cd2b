"""What the house takes in: requests whose text cannot be read are refused at the door.

Django replaces bytes that are not UTF-8 and lets NUL through; a database may then store a
damaged name, or refuse with an error of its own. Here such a request is answered 400, and one
with too large a body 413, before any view sees it.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.urls import Resolver404, resolve

from madang.people.models import Member
from madang.ui.errors import not_allowed, too_large

FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
UNREADABLE = ("\x00", "\ufffd")


def cookies(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: leave out cookies with NUL, which are none of ours; the rest is answered."""

    def answer(request: HttpRequest) -> HttpResponse:
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\x00" not in name + value
        }
        return get_response(request)

    return answer


def readable(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: refuse NUL, text that is not UTF-8, and bodies over the limit.

    A method that an address does not know is refused in the reader's language, too.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        try:
            if _is_too_large(request):
                return too_large(request)
            _check(request.path_info)
            _check_fields(request.GET)
            if request.content_type in FORMS:
                _check_body(request)
                _check_fields(request.POST)
        except RequestDataTooBig:
            return too_large(request)
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            return not_allowed(request, response["Allow"])
        return response

    return answer


def _is_too_large(request: HttpRequest) -> bool:
    """Whether the body says that it is over the limit."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal() and len(length) < 20):
        return True
    return int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and int(length) > _most(request)


def _most(request: HttpRequest) -> int:
    """How many bytes this member may send to this view, where that is more than usual."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return 0
    role, most = getattr(view, "takes_files", ("", 0))
    roles = {"", *request.user.roles} if isinstance(request.user, Member) else ()
    return most if role in roles else 0


def _check_body(request: HttpRequest) -> None:
    """Django takes bytes that are not UTF-8 for Latin-1; that would store a damaged word."""
    if request.content_type == "application/x-www-form-urlencoded":
        try:
            request.body.decode()
        except UnicodeDecodeError as error:
            raise BadRequest("text that is not UTF-8") from error


def _check_fields(fields: QueryDict) -> None:
    for name, values in fields.lists():
        _check(name)
        for value in values:
            _check(value)


def _check(text: str) -> None:
    if any(sign in text for sign in UNREADABLE):
        raise BadRequest("text that is not UTF-8")
