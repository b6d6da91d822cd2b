"""The page on which posts are written without a name, and the one that says what that is worth."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madang.microblog import epochs, whispering
from madang.microblog.models import AnonEpoch, Post
from madang.people.access import member_of


@login_required
@require_safe
def anonymous(request: HttpRequest, post_id: int | None = None) -> HttpResponse:
    """What the browser needs to write without a name, and how many one hides among.

    The browser does the rest; the server learns of it only that somebody looked at this page.
    """
    if not settings.ANON_ORIGIN:
        raise Http404
    at, found = timezone.now(), None
    if post_id is not None:
        posts = (
            Post.objects.visible()
            .readable_by(member_of(request))
            .select_related("author", "thread_key")
        )
        found = get_object_or_404(posts, pk=post_id)
    epochs.prepare(at)
    rows = list(AnonEpoch.objects.live(at).defer("private_key").annotate(held=Count("enrolments")))
    now = rows[0]
    context = {
        "found": found,
        "now": now,
        "coming": rows[1],
        "closed": _closed(now, rows[1], at),
        "passes": settings.ANON_PASSES,
    }
    return render(request, "microblog/anonymous.html", context)


def _closed(now: AnonEpoch, coming: AnonEpoch, at: datetime) -> str:
    """Why nothing is taken without a name at the moment; nothing where it is."""
    held: int = vars(now)["held"]
    if held < settings.ANON_FLOOR:
        text = _("Fewer than %(floor)s members hold passes for this epoch: nobody could hide.")
        return text % {"floor": settings.ANON_FLOOR}
    if not whispering.is_open(now, at):
        return _("The last stretch of an epoch is closed, so that nobody posts twice as much.")
    return ""


@login_required
@require_safe
def limits(request: HttpRequest) -> HttpResponse:
    """What a post without a name protects from, and what not."""
    if not settings.ANON_ORIGIN:
        raise Http404
    return render(request, "microblog/limits.html", {"passes": settings.ANON_PASSES})
