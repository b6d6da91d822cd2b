"""Pages on which a member looks for posts, and finds what others did about them."""

from __future__ import annotations

from functools import partial

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from madang.microblog import noticing, search, timelines
from madang.microblog.views import timeline
from madang.people.access import member_of


@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Posts by any part of what they say."""
    query = request.GET.get("q", "").strip()
    posts = search.find(query).heard_by(member_of(request))
    return timeline(request, "search", partial(timelines.page, posts), {"query": query})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """What others did about the member; and that the member has seen what was shown."""
    member = member_of(request)
    if request.method == "POST":
        try:
            upto = noticing.UpTo.read(request.POST.get("upto", ""))
        except noticing.NoUpTo:
            raise BadRequest("no place") from None
        noticing.see(member=member, upto=upto)
        return redirect("microblog:notices")
    at = timezone.now()
    context = {
        "found": noticing.notices(member=member, at=at),
        "line": "notices",
        "unread": noticing.unread(member=member, at=at),
    }
    return render(request, "microblog/notices.html", context)
