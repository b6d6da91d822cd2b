"""How allauth asks this community's rules."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any  # allauth ships no types

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone, translation

from madang.people import invitations, outbox
from madang.people.models import Member

INVITATION = "invitation"
"""Where the session keeps the code with which a stranger came."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """A community is closed unless the operator opened it; mail goes through the outbox."""

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
        """Take a place of the invitation and make the member, both or neither."""
        user.display_name = form.cleaned_data.get("display_name", "")
        user.language = translation.get_language() or user.language
        try:
            with transaction.atomic():
                if not settings.SITE_OPEN_JOINING:
                    code = request.session.get(INVITATION, "")
                    invitations.redeem(code=code, at=timezone.now())
                super().save_user(request, user, form, commit)
        except (invitations.InvitationUnknown, invitations.InvitationUsedUp) as lost:
            page = render(request, "account/signup_closed.html", status=409)
            raise ImmediateHttpResponse(page) from lost
        request.session.pop(INVITATION, None)
        return user

    def populate_username(self, request: HttpRequest, user: Member) -> None:
        """A handle is always given; none is made up."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Through the outbox, so that sign-in never waits for a post office."""
        message = self.render_mail(template_prefix, email, {"request": self.request, **context})
        event = f"{template_prefix}/{secrets.token_hex(16)}"
        outbox.post(event=event, to=email, subject=message.subject, body=message.body)

    def format_email_subject(self, subject: str) -> str:
        """The community's name first."""
        return f"[{settings.SITE_NAME}] {subject}"

    def get_client_ip(self, request: HttpRequest) -> str:
        """For counting attempts only; one for all behind a socket that tells none."""
        return get_client_ip(request) or "unknown"


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Secrets of the second step are stored encrypted under the site's secret key."""

    def encrypt(self, text: str) -> str:
        """For the database."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """From the database."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Told on the page; a member may have no e-mail address."""


def _cipher() -> Fernet:
    key = hashlib.sha256(b"madang.people.mfa" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
