"""A member's own pages, and the operator's invitations."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from madang.people import holdings, invitations, tokens
from madang.people.access import member_of, role_required
from madang.people.adapter import INVITATION
from madang.people.forms import DeleteForm, InvitationForm, ProfileForm, TokenForm
from madang.people.models import Invitation, Member
from madang.ui.errors import bad_request


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language, time zone."""
    member = member_of(request)
    form = ProfileForm(request.POST or None, instance=Member.objects.get(pk=member.pk))
    if request.method == "POST" and form.is_valid():
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
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    member_of(request).sessions.exclude(session_key=request.session.session_key).delete()
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("people:sessions")


@login_required
@never_cache
def api_tokens(request: HttpRequest) -> HttpResponse:
    """The member's tokens; a new one is shown once, on the answer to its making."""
    member = member_of(request)
    form = TokenForm(request.POST or None)
    text = ""
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        _token, text = tokens.issue(member=member, name=name, at=timezone.now())
        form = TokenForm()
    context = {"form": form, "tokens": member.api_tokens.all(), "text": text}
    return render(request, "people/tokens.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one token."""
    get_object_or_404(member_of(request).api_tokens, pk=token_id).delete()
    messages.success(request, _("The token no longer works."))
    return redirect("people:tokens")


@role_required("operator")
@never_cache
def invite(request: HttpRequest) -> HttpResponse:
    """Invitations; the address of a new one is shown once, on the answer to its making."""
    form = InvitationForm(request.POST or None)
    link = ""
    if request.method == "POST" and form.is_valid():
        _invitation, code = invitations.invite(
            by=member_of(request), at=timezone.now(), **form.cleaned_data
        )
        link = settings.SITE_ORIGIN + reverse("people:join", args=[code])
        form = InvitationForm()
    context = {
        "form": form,
        "link": link,
        "invitations": Invitation.objects.select_related("made_by")[:200],
    }
    return render(request, "people/invitations.html", context, status=422 if form.errors else 200)


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
    member = Member.objects.get(pk=member_of(request).pk)
    form = DeleteForm(member, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        holdings.erase(member=member, at=timezone.now())
        logout(request)
        messages.success(request, _("Your account is deleted. Thank you for having been here."))
        return redirect("home:today")
    return render(request, "people/delete.html", {"form": form}, status=422 if form.errors else 200)
