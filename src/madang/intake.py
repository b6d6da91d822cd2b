"""What the house takes in: requests whose text cannot be read are refused at the door.

Django replaces bytes that are not UTF-8 and lets NUL through; a database may then store a
damaged name, or refuse with an error of its own. Here such a request is answered 400, and one
with too large a body 413, before any view sees it.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, QueryDict

from madang.ui.errors import too_large

FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
UNREADABLE = ("\x00", "\ufffd")


def readable(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: refuse NUL, text that is not UTF-8, and bodies over the limit."""

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
        return get_response(request)

    return answer


def _is_too_large(request: HttpRequest) -> bool:
    """Whether a body that is held in memory says that it is over the limit."""
    if request.content_type == "multipart/form-data":
        return False  # Django counts the fields itself; files go to disk
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdecimal() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


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
