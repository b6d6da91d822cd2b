"""Whose attempts are counted together, so that one guesser does not lock out a village.

Limits count by address, in the database's cache, across all processes; nothing is stored longer
than a limit lasts. A whole school may share one address, so a browser in which a member has
signed in before carries a signed cookie and is counted by itself: however much somebody else
guesses behind the same address, or at the same account, that member still gets in.
"""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from madang.people.models import Member

KNOWN = "madang_known"
SALT = "madang.people.known"
AGE = 60 * 60 * 24 * 365


def address(request: HttpRequest) -> str:
    """Where a request comes from: the peer, or whom the proxy on this machine speaks for.

    A peer without an address (a Unix socket) or at a loopback address is this machine's own
    proxy; the last entry of X-Forwarded-For is what it saw itself, all before may be invented.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if not peer or _is_loopback(peer):
        seen = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        return seen if _is_address(seen) else peer or "unknown"
    return peer


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(text: str) -> bool:
    return _is_address(text) and ip_address(text).is_loopback


def known(request: HttpRequest) -> int | None:
    """The member who has signed in with this browser before, by primary key."""
    try:
        found = signing.loads(request.COOKIES.get(KNOWN, ""), salt=SALT, max_age=AGE)
    except signing.BadSignature:
        return None
    return int(found)


def remember(response: HttpResponse, member: Member) -> None:
    """Have the browser say from now on that `member` has signed in with it."""
    response.set_cookie(
        KNOWN,
        signing.dumps(member.pk, salt=SALT),
        max_age=AGE,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def counted_by(request: HttpRequest) -> str:
    """Under which name this browser's attempts are counted."""
    member_id = known(request)
    return address(request) if member_id is None else f"member-{member_id}"


def account_key(request: HttpRequest, login: str) -> str:
    """Under which name attempts at the account `login` are counted.

    The owner's own browser is counted apart from all others.
    """
    login = login.strip().lower()
    member_id = known(request)
    if member_id is not None:
        own = Member.objects.filter(Q(handle=login) | Q(email=login), pk=member_id)
        if own.exists():
            return f"own:{member_id}"
    return f"login:{login}"
