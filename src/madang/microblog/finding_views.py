"""The page on which posts are looked for."""

from __future__ import annotations

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from madang.microblog import search, timelines
from madang.microblog.views import timeline
from madang.people.access import member_of


@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Posts by any part of what they say."""
    query = request.GET.get("q", "").strip()
    posts = search.find(query).heard_by(member_of(request))
    return timeline(request, "search", partial(timelines.page, posts), {"query": query})
