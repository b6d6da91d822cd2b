"""The issuer of passes, for programs: JSON of base64url messages (RFC 9578)."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from madang.lib import base64url
from madang.microblog import epochs, issuing, renewing
from madang.people.access import member_of

DIRECTORY_TYPE = "application/private-token-issuer-directory"
PROBLEMS = {
    issuing.NoRequests: (422, "no_requests", _("These are no requests for passes.")),
    issuing.WrongNumber: (422, "wrong_number", _("An epoch takes exactly {count} requests.")),
    issuing.TooLate: (
        403,
        "too_late",
        _("This epoch has begun; its passes were given out before."),
    ),
    issuing.AlreadyEnrolled: (
        409,
        "already_enrolled",
        _("You have your passes for this epoch already, on another device perhaps."),
    ),
    epochs.KeyGone: (
        503,
        "key_gone",
        _("This epoch’s passes cannot be signed any more. The next epoch will do."),
    ),
}


@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """A JSON array of TokenRequests in, one of TokenResponses out, in the same order.

    For who is signed in, with the token against forged forms in `X-CSRFToken`. 401 signed out,
    403 too late for this epoch, 409 asked for before otherwise, 422 no such requests.
    """
    if not request.user.is_authenticated:
        return _problem(401, "signed_out", _("Please sign in."))
    try:
        wanted = _requests(request.body)
        done = issuing.issue(member=member_of(request), requests=wanted, at=timezone.now())
    except tuple(PROBLEMS) as refusal:
        status, code, message = PROBLEMS[type(refusal)]
        return _problem(status, code, message.format(count=settings.ANON_PASSES))
    answer = JsonResponse([base64url.encode(each) for each in done], safe=False)
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
@cache_control(max_age=60, public=True)
def directory(request: HttpRequest) -> HttpResponse:
    """The keys in use (RFC 9578, section 4), for anybody."""
    at = timezone.now()
    epochs.prepare(at)
    return JsonResponse(epochs.directory(at), content_type=DIRECTORY_TYPE)


@require_safe
@cache_control(max_age=60, public=True)
def log(request: HttpRequest) -> HttpResponse:
    """All keys there ever were, chained, for anybody."""
    return JsonResponse({"log": epochs.log()})


@require_safe
@cache_control(max_age=5, public=True)
def renewals(request: HttpRequest) -> HttpResponse:
    """The passes that came back in the epochs that last, all of them, for anybody."""
    return JsonResponse({"renewals": renewing.public(timezone.now())})


def _requests(body: bytes) -> list[bytes]:
    try:
        wanted = json.loads(body)
        most = settings.ANON_PASSES * (epochs.AHEAD + 1)
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= most:
            raise issuing.NoRequests
        return [base64url.decode(each) for each in wanted]
    except (ValueError, TypeError, RecursionError):
        raise issuing.NoRequests from None


def _problem(status: int, code: str, message: object) -> JsonResponse:
    return JsonResponse({"code": code, "message": str(message)}, status=status)
