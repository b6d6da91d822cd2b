"""A member's own pages, and the operator's invitations."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from madang.people import holdings, invitations, tokens
from madang.people import sessions as devices
from madang.people.access import member_of
from madang.people.adapter import INVITATION
from madang.people.forms import DeleteForm, InvitationForm, ProfileForm, TokenForm
from madang.people.models import Invitation, Member
from madang.ui.errors import bad_request


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language, time zone."""
    member = member_of(request)
    sent = request.POST if request.method == "POST" else None
    form = ProfileForm(sent, instance=Member.objects.get(pk=member.pk))
    if form.is_valid():
        saved = form.save()
        with translation.override(saved.language):
            messages.success(request, _("Saved."))
        return redirect("people:profile")
    status = 422 if form.errors else 200
    return render(request, "people/profile.html", {"form": form}, status=status)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Read on in the other language; a member's choice is remembered."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return bad_request(request)
    after = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(after, {request.get_host()}):
        after = reverse("home:today")
    answer = redirect(after)
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=60 * 60 * 24 * 365,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
    )
    if request.user.is_authenticated:
        Member.objects.filter(pk=request.user.pk).update(language=chosen)
    return answer


@login_required
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the member is signed in."""
    mine = member_of(request).sessions.filter(expire_date__gt=timezone.now())
    return render(request, "people/sessions.html", {"sessions": mine})


@login_required
@require_POST
def end_session(request: HttpRequest, label: str) -> HttpResponse:
    """Sign out of one other browser."""
    if not devices.end(member=member_of(request), label=label):
        raise Http404
    messages.success(request, _("You are signed out there."))
    return redirect("people:sessions")


@login_required
@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    devices.end_others(member=member_of(request), keep=request.session.session_key)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("people:sessions")


@login_required
@never_cache
def api_tokens(request: HttpRequest) -> HttpResponse:
    """The member's tokens; a new one is shown once, on the answer to its making."""
    member = member_of(request)
    form = TokenForm(request.POST if request.method == "POST" else None)
    text = ""
    if form.is_valid():
        now = timezone.now()
        name, end = form.cleaned_data["name"], form.expires_at(at=now)
        _token, text = tokens.issue(member=member, name=name, at=now, expires_at=end)
        form = TokenForm()
    context = {"form": form, "tokens": member.api_tokens.all(), "text": text}
    return render(request, "people/tokens.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one token."""
    if not tokens.revoke(member=member_of(request), token_id=token_id):
        raise Http404
    messages.success(request, _("The token no longer works."))
    return redirect("people:tokens")


@login_required
@never_cache
def invite(request: HttpRequest) -> HttpResponse:
    """Invitations; the address of a new one is shown once, on the answer to its making.

    Operators see all of them, others (where members may invite) their own.
    """
    member = member_of(request)
    if not member.may_invite:
        raise PermissionDenied
    form = InvitationForm(request.POST if request.method == "POST" else None)
    link = ""
    if form.is_valid():
        _invitation, code = invitations.invite(by=member, at=timezone.now(), **form.cleaned_data)
        link = settings.SITE_ORIGIN + reverse("people:join", args=[code])
        form = InvitationForm()
    context = {
        "form": form,
        "link": link,
        "invitations": Invitation.objects.seen_by(member).select_related("made_by")[:200],
    }
    return render(request, "people/invitations.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def withdraw_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Admit nobody else by an invitation."""
    mine = Invitation.objects.seen_by(member_of(request))
    invitations.withdraw(get_object_or_404(mine, pk=invitation_id))
    messages.success(request, _("The invitation admits nobody else."))
    return redirect("people:invitations")


@require_safe
@never_cache
def join(request: HttpRequest, code: str) -> HttpResponse:
    """Come with an invitation: remember the code and go on to signing up."""
    if request.user.is_authenticated:
        return redirect("home:today")
    if invitations.find(code=code, at=timezone.now()) is None:
        return render(request, "account/signup_closed.html", {"was_invited": True}, status=410)
    request.session[INVITATION] = code
    return redirect("account_signup")


@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """What the site holds about the member, and how to take it or end it."""
    return render(request, "people/data.html")


@login_required
@require_safe
@never_cache
def download(request: HttpRequest) -> HttpResponse:
    """Everything the site holds about the member, as one JSON file."""
    member = member_of(request)
    answer = JsonResponse(
        holdings.hand_over(member), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    answer["Content-Disposition"] = f'attachment; filename="madang-{member.handle}.json"'
    return answer


@sensitive_post_parameters("password")
@login_required
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the account, after the password."""
    form = DeleteForm(request)
    if form.is_valid():
        holdings.erase(member=Member.objects.get(pk=member_of(request).pk), at=timezone.now())
        logout(request)
        messages.success(request, _("Your account is deleted. Thank you for having been here."))
        return redirect("home:today")
    return render(request, "people/delete.html", {"form": form}, status=422 if form.errors else 200)
