"""Each member reads in the own language and the own time zone."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import timezone, translation

from madang.people.sessions import SessionStore

CLOSED = "account/signup_closed.html"


class Unprocessable:
    """Say no where a page of allauth says it in words alone.

    422 where a form is shown again because something in it is wrong, 410 for a link that is over,
    403 for joining without an invitation.

    A class, since Django asks the hook for its `__self__`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing before the view, nothing after it."""
        return self.get_response(request)

    def process_template_response(
        self,
        request: HttpRequest,
        response: SimpleTemplateResponse,
    ) -> SimpleTemplateResponse:
        """Django's hook between a view and the rendering of its template."""
        if response.status_code == 200:
            data = response.context_data or {}
            form = data.get("form")
            if isinstance(form, BaseForm) and form.errors:
                response.status_code = 422
            elif data.get("token_fail") or data.get("confirmation", self) is None:
                response.status_code = 410
            elif request.method == "POST" and response.template_name == CLOSED:
                response.status_code = 403
        return response


def preferences(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer in the member's language and zone; strangers keep what the browser asks for."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        if isinstance(request.session, SessionStore):
            request.session.touch()
        translation.activate(request.user.language)
        request.LANGUAGE_CODE = request.user.language
        with timezone.override(ZoneInfo(request.user.time_zone)):
            return get_response(request)

    return answer
