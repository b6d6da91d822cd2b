"""Pages about a member: what they say, following, blocking, muting; and whom one got rid of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madang.microblog import blocking, following, timelines
from madang.microblog.models import Block, Follow, Mute
from madang.microblog.models.keeping_apart import apart
from madang.microblog.views import timeline
from madang.people.access import member_of
from madang.people.models import Member


@login_required
@require_safe
def member(request: HttpRequest, handle: str) -> HttpResponse:
    """What one member says and passes on."""
    reader, found = member_of(request), _found(handle)
    context = {
        "member": found,
        "is_followed": Follow.objects.filter(follower=reader, followed=found).exists(),
        "is_blocked": Block.objects.filter(blocker=reader, blocked=found).exists(),
        "is_muted": Mute.objects.filter(muter=reader, muted=found).exists(),
        "is_apart": Block.objects.between(reader, [found.pk]).exists(),
        "followers": found.followers.count(),
        "followed": found.followed.count(),
    }
    line = partial(timelines.told, timelines.of(found), hidden=apart)
    return timeline(request, "member", line, context)


@login_required
@require_POST
def follow(request: HttpRequest, handle: str) -> HttpResponse:
    """Follow a member, or no longer."""
    reader, found = member_of(request), _found(handle)
    if request.POST.get("follow") == "no":
        following.unfollow(follower=reader, followed=found)
    else:
        try:
            following.follow(follower=reader, followed=found, at=timezone.now())
        except following.Oneself:
            messages.info(request, _("Your own posts are on your page already."))
        except blocking.Blocked:
            messages.info(request, _("One of you two has blocked the other."))
    return redirect("microblog:member", handle=handle)


@login_required
@require_POST
def block(request: HttpRequest, handle: str) -> HttpResponse:
    """Block a member, or no longer."""
    reader, found = member_of(request), _found(handle)
    verb = partial(blocking.block, blocker=reader, blocked=found, at=timezone.now())
    if request.POST.get("block") == "no":
        verb = partial(blocking.unblock, blocker=reader, blocked=found)
    return _do(request, handle, verb)


@login_required
@require_POST
def mute(request: HttpRequest, handle: str) -> HttpResponse:
    """Mute a member, or no longer."""
    reader, found = member_of(request), _found(handle)
    verb = partial(blocking.mute, muter=reader, muted=found, at=timezone.now())
    if request.POST.get("mute") == "no":
        verb = partial(blocking.unmute, muter=reader, muted=found)
    return _do(request, handle, verb)


def _do(request: HttpRequest, handle: str, verb: Callable[[], None]) -> HttpResponse:
    try:
        verb()
    except blocking.Oneself:
        messages.info(request, _("You cannot get rid of yourself."))
    if request.POST.get("next") == "hidden":
        return redirect("microblog:hidden")
    return redirect("microblog:member", handle=handle)


@login_required
@require_safe
def hidden(request: HttpRequest) -> HttpResponse:
    """Whom the member blocked and muted, to take it back."""
    reader = member_of(request)
    context = {
        "blocks": reader.blocks.select_related("blocked"),
        "mutes": reader.mutes.select_related("muted"),
    }
    return render(request, "microblog/hidden.html", context)


def _found(handle: str) -> Member:
    return get_object_or_404(Member, handle=handle, is_active=True)
