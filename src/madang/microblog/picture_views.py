"""Pictures of posts, for those who may read the post."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from madang.microblog.models import Attachment
from madang.people.access import member_of

KEPT = "private, max-age=31536000, immutable"
"""The bytes of a key never change; a browser of somebody else's gets none of them."""
NOTHING_ELSE = "default-src 'none'; sandbox"


@login_required
@require_safe
def picture(request: HttpRequest, key: str) -> HttpResponse:
    """A picture."""
    found = get_object_or_404(
        Attachment.objects.seen_by(member_of(request)).defer("preview"), pk=key
    )
    return _answer(bytes(found.full))


@login_required
@require_safe
def small(request: HttpRequest, key: str) -> HttpResponse:
    """The small one of a picture."""
    found = get_object_or_404(Attachment.objects.seen_by(member_of(request)).defer("full"), pk=key)
    return _answer(bytes(found.preview))


def _answer(data: bytes) -> HttpResponse:
    answer = HttpResponse(data, content_type="image/jpeg")
    answer["Cache-Control"] = KEPT
    answer["Content-Security-Policy"] = NOTHING_ELSE
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer
