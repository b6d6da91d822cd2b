"""Pages for reporting a post, for those who look at it, and the public log of what they did."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madang.microblog import moderating, posting, reporting
from madang.microblog.forms import ReasonForm
from madang.microblog.models import ModAction, Post, Report
from madang.people.access import member_of, role_required

PAGE = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, post_id: int) -> HttpResponse:
    """Ask moderators to look at a post."""
    reader = member_of(request)
    posts = Post.objects.visible().readable_by(reader).select_related("author", "thread_key")
    found = get_object_or_404(posts, pk=post_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        context, status = {"post": found, "form": form}, 422 if form.is_bound else 200
        return render(request, "microblog/report.html", context, status=status)
    try:
        reporting.report(post=found, reporter=reader, at=timezone.now(), **form.cleaned_data)
    except reporting.AlreadyReported:
        messages.info(request, _("You have reported this already. Nobody has looked at it yet."))
    except posting.PostGone:
        messages.info(request, _("This was taken back a moment ago."))
    else:
        messages.success(request, _("Thank you. A moderator will look at it."))
    return redirect("microblog:post", post_id=found.opener_id)


@role_required("moderator")
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Posts that were reported and that nobody has looked at yet, the longest waiting first."""
    page = Paginator(reporting.queue(), PAGE).get_page(request.GET.get("page"))
    return render(request, "microblog/moderation/queue.html", {"page": page})


@role_required("moderator")
@require_http_methods(["GET", "HEAD", "POST"])
def moderate(request: HttpRequest, post_id: int) -> HttpResponse:
    """One post with its reports, and what can be done about it."""
    posts = Post.objects.select_related("author", "thread", "thread_key").with_pictures()
    found = get_object_or_404(posts, pk=post_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _do(request, found, form)
    reports = found.reports.filter(state=Report.State.OPEN).select_related("reporter")
    context = {
        "post": found,
        "opener": found.thread or found,
        "reports": list(reports),
        "actions": ModAction.objects.newest_first().filter(post__in={found.pk, found.opener_id}),
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "microblog/moderation/post.html", context, status=status)


def _do(request: HttpRequest, found: Post, form: ReasonForm) -> HttpResponse:
    verb = moderating.DEEDS.get(request.POST.get("deed", ""))
    if verb is None:
        messages.info(request, _("Please say what is to be done."))
        return redirect("microblog:moderate", post_id=found.pk)
    why = moderating.Why(**form.cleaned_data)
    try:
        verb(post=found, why=why, by=member_of(request), at=timezone.now())
    except moderating.AlreadyDone:
        messages.info(request, _("Somebody has done that already."))
    except moderating.NotAnonymous:
        messages.info(request, _("Only a name in a conversation can be silenced."))
    except posting.PostGone:
        messages.info(request, _("This was taken back a moment ago."))
    else:
        messages.success(request, _("It is done, and stands in the log."))
    return redirect("microblog:moderate", post_id=found.pk)


@role_required("moderator")
@require_POST
def undo(request: HttpRequest, action_id: int) -> HttpResponse:
    """Take back what a moderator did."""
    action = get_object_or_404(ModAction, pk=action_id)
    try:
        moderating.undo(action=action, by=member_of(request), at=timezone.now())
    except moderating.AlreadyDone:
        messages.info(request, _("Somebody has done that already."))
    except moderating.NotUndoable:
        messages.info(request, _("This cannot be undone."))
    else:
        messages.success(request, _("It is undone, and stands in the log."))
    return redirect("microblog:moderate", post_id=action.post_id)


@login_required
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """What moderators did, the latest first, for everybody."""
    page = Paginator(ModAction.objects.newest_first(), PAGE).get_page(request.GET.get("page"))
    return render(request, "microblog/moderation/log.html", {"page": page})
