"""What follows when a member signs in."""

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone

from madang.people.sessions import device


def connect() -> None:
    """Called once, when the application is ready."""
    user_logged_in.connect(_remember_device, dispatch_uid="people.remember_device")


def _remember_device(sender: object, request: HttpRequest, **_: object) -> None:
    """So that the list of sessions can say which browser each one is."""
    request.session["device"] = device(request.headers.get("User-Agent", ""))
    request.session["begun_on"] = timezone.now().date().isoformat()
