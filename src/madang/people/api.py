"""Who asks the API, by a signed-in browser or a personal token, and how it says no."""

from __future__ import annotations

from typing import Any

from allauth.core.internal import ratelimit
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.security import HttpBearer, SessionAuth

from madang.people import tokens
from madang.people.access import member_of
from madang.people.models import Member

ATTEMPTS = {"api_token": "20/m/ip"}
"""Wrong tokens a minute and address, counted across all processes."""


class Refusal(Exception):
    """An answer other than 2xx: a status, a code for programs, a sentence for people.

    `extras` are further members of the JSON object, such as the nearest free times.
    """

    def __init__(self, status: int, code: str, message: str, **extras: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "message": message, **extras}


class Problem(Schema):
    """What every answer other than 2xx holds."""

    code: str
    message: str


class Bearer(HttpBearer):
    """`Authorization: Bearer madang_…` (RFC 6750)."""

    def authenticate(self, request: HttpRequest, token: str) -> Member | None:
        """The member whose token it is; after too many wrong ones, wrong ones get 429."""
        member = tokens.bearer(text=token, at=timezone.now())
        if member is not None:
            request.user = member
            translation.activate(member.language)
            return member
        if not ratelimit.consume(
            request, app="madang.people", action="api_token", config=ATTEMPTS, limit_get=True
        ):
            raise Refusal(429, "throttled", _("Too many wrong tokens. Please wait a minute."))
        return None


class SignedIn(SessionAuth):
    """The site's own cookie, with Django's check against forged requests."""

    def __call__(self, request: HttpRequest) -> Any:
        """The member who is signed in; a stranger is no forger and gets 401, not 403."""
        return super().__call__(request) if request.user.is_authenticated else None


router = Router(tags=["people"])


class Me(Schema):
    """The member who asks."""

    handle: str
    display_name: str
    language: str
    time_zone: str
    roles: list[str]


@router.get("/me", response={200: Me, 401: Problem, 429: Problem}, summary="Who am I")
def me(request: HttpRequest) -> Me:
    """Whose token or browser this is."""
    member = member_of(request)
    return Me(
        handle=member.handle,
        display_name=member.display_name,
        language=member.language,
        time_zone=member.time_zone,
        roles=sorted(member.roles),
    )
