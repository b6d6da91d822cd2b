"""How allauth asks this community's rules."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any  # allauth ships no types

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madang.lib.constraints import refused
from madang.people import invitations, limits, outbox
from madang.people.models import Member

INVITATION = "invitation"
"""Where the session keeps the code with which a stranger came."""


WRONG = gettext_lazy("This handle or address and this password do not belong together.")


class HandleTaken(Exception):
    """Somebody else took the handle a moment ago."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """A community is closed unless the operator opened it; mail goes through the outbox."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": gettext_lazy("This account is closed."),
        "duplicate_email": gettext_lazy("This is your address already."),
        "email_password_mismatch": WRONG,
        "username_password_mismatch": WRONG,
        "enter_current_password": gettext_lazy("That is not your password."),
        "incorrect_password": gettext_lazy("That is not your password."),
        "too_many_login_attempts": gettext_lazy("Too many attempts. Please wait a few minutes."),
        "rate_limited": gettext_lazy("Too many attempts. Please wait a few minutes."),
        "username_blacklisted": gettext_lazy("This handle is taken."),
        "username_taken": gettext_lazy("This handle is taken."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether this stranger may join: the site is open, or there is an invitation."""
        code = request.session.get(INVITATION, "")
        return bool(
            settings.SITE_OPEN_JOINING or (code and invitations.find(code=code, at=timezone.now()))
        )

    def save_user(
        self,
        request: HttpRequest,
        user: Member,
        form: BaseForm,
        commit: bool = True,  # noqa: FBT001, FBT002 - allauth's signature
    ) -> Member:
        """Take a place of the invitation and make the member, both or neither.

        Who loses a race, for the last place or for the handle, is told so with 409.
        """
        user.display_name = form.cleaned_data.get("display_name", "")
        user.language = translation.get_language() or user.language
        try:
            with refused({"people_handle_once": HandleTaken}):
                if not settings.SITE_OPEN_JOINING:
                    code = request.session.get(INVITATION, "")
                    invitations.redeem(code=code, at=timezone.now())
                super().save_user(request, user, form, commit)
        except (invitations.InvitationUnknown, invitations.InvitationUsedUp) as lost:
            page = render(request, "account/signup_closed.html", status=409)
            raise ImmediateHttpResponse(page) from lost
        except HandleTaken as lost:
            form.add_error("username", _("This handle is taken."))
            page = render(request, "account/signup.html", {"form": form}, status=409)
            raise ImmediateHttpResponse(page) from lost
        request.session.pop(INVITATION, None)
        return user

    def populate_username(self, request: HttpRequest, user: Member) -> None:
        """A handle is always given; none is made up."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Through the outbox, so that sign-in never waits for a post office.

        In the member's own language, whoever asked for the letter.
        """
        member = context.get("user") or self._owner(email)
        words = {
            **context,
            "request": self.request,
            "member": member,
            "site_name": settings.SITE_NAME,
            "site_origin": settings.SITE_ORIGIN,
        }
        language = member.language if member else translation.get_language()
        with translation.override(language):
            message = self.render_mail(template_prefix, email, words)
        outbox.post(
            event=f"{template_prefix}/{secrets.token_hex(16)}",
            to=email,
            subject=message.subject,
            body=message.body.strip() + "\n",
            member=member,
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Member,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Say whose letter it is, so that it goes with the account."""
        super().send_notification_mail(
            template_prefix, user, {**(context or {}), "user": user}, email
        )

    def _owner(self, email: str) -> Member | None:
        """Whose confirmed address this is."""
        return Member.objects.filter(emailaddress__email=email, emailaddress__verified=True).first()

    def format_email_subject(self, subject: str) -> str:
        """The community's name first."""
        return f"[{settings.SITE_NAME}] {subject}"

    def get_client_ip(self, request: HttpRequest) -> str:
        """For counting attempts only: an address, or a browser that is known."""
        return limits.counted_by(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Under which name wrong passwords for one account are counted."""
        login = credentials.get("email") or credentials.get("username") or ""
        return limits.account_key(request, str(login))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt; one too many is answered 429."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise ImmediateHttpResponse(respond_429(request)) from error

    def post_login(self, request: HttpRequest, user: Member, **facts: Any) -> HttpResponse:
        """Go on, in a browser that is known from now on."""
        answer: HttpResponse = super().post_login(request, user, **facts)
        limits.remember(answer, user)
        return answer


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Secrets of the second step are stored encrypted under the site's secret key."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code does not fit. Wait for the next one."),
        "unverified_email": gettext_lazy("Please confirm your e-mail address first."),
        "add_email_blocked": gettext_lazy(
            "With two-step sign-in on, an address cannot be added. Turn it off first."
        ),
    }

    def encrypt(self, text: str) -> str:
        """For the database."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """From the database."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    key = hashlib.sha256(b"madang.people.mfa" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
