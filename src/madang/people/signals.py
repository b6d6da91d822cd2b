"""What follows when a member signs in, or has a new password."""

from allauth.account import signals as account
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone

from madang.people import sessions
from madang.people.devices import device
from madang.people.models import Member


def connect() -> None:
    """Called once, when the application is ready."""
    user_logged_in.connect(_remember_device, dispatch_uid="people.remember_device")
    for signal in (account.password_changed, account.password_set, account.password_reset):
        signal.connect(_sign_out_elsewhere, dispatch_uid="people.sign_out_elsewhere")


def _remember_device(sender: object, request: HttpRequest, **_: object) -> None:
    """So that the list of sessions can say which browser each one is."""
    request.session["device"] = device(request.headers.get("User-Agent", ""))
    request.session["begun_on"] = timezone.now().date().isoformat()


def _sign_out_elsewhere(
    sender: object,
    request: HttpRequest,
    user: Member,
    **_: object,
) -> None:
    """A new password ends every other session, and takes it off the list."""
    sessions.end_others(member=user, keep=request.session.session_key)
