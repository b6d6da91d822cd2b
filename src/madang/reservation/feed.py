"""The page where a member makes, renews and ends the calendar's address, and what it answers."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from madang.people.access import member_of
from madang.reservation import calendar, feeds
from madang.reservation.models import FeedToken


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The member's address; a new one is shown once, on the answer to its making."""
    member, address = member_of(request), ""
    if request.method == "POST":
        text = feeds.issue(member=member, at=timezone.now())
        address = settings.SITE_ORIGIN + reverse("reservation:feed_file", args=[text])
    context = {
        "token": FeedToken.objects.filter(member=member).first(),
        "address": address,
        "subscription": "webcal:" + address.partition(":")[2],
        "is_doctor": "doctor" in member.roles,
    }
    return render(request, "reservation/feed.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """End the address."""
    if feeds.revoke(member=member_of(request)):
        messages.success(request, _("The calendar address no longer works."))
    else:
        messages.info(request, _("There was no calendar address any more."))
    return redirect("reservation:feed")


@csrf_exempt  # it only reads, and a page of refusal would show the address
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The calendar, for whoever has the address. What is refused is refused without a page."""
    if request.method not in {"GET", "HEAD"}:
        return _plain("Method Not Allowed", 405, Allow="GET, HEAD")
    at = timezone.now()
    member = feeds.reader(text=token, at=at)
    if member is None:
        return _plain("Not Found", 404)
    content = calendar.feed(
        feeds.reservations(member=member, at=at),
        member=member,
        sessions=feeds.sessions(member=member, at=at),
    )
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    answer = HttpResponse(content, content_type=calendar.CONTENT_TYPE)
    answer["Content-Disposition"] = 'inline; filename="reservations.ics"'
    answer["Cache-Control"] = "private, no-cache"
    answer["ETag"] = etag
    found = get_conditional_response(request, etag=etag, response=answer)
    assert found is not None  # it answers with `answer` where no condition decides
    return found


def _plain(text: str, status: int, **headers: str) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain", headers=headers)
