"""Personal tokens, with which a member's programs speak for the member."""

import hashlib
import secrets
from datetime import datetime

from madang.people.models import ApiToken, Member

PREFIX = "madang_"


def digest(token: str) -> str:
    """What is stored of a token. The token has 256 random bits, so one round suffices."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(*, member: Member, name: str, at: datetime) -> tuple[ApiToken, str]:
    """A new token and its text, which cannot be read again."""
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        member=member, name=name, token_hash=digest(text), made_on=at.date()
    )
    return token, text


def bearer(*, text: str, at: datetime) -> Member | None:
    """Whose token this is, if it is one; notes the day on which it was used."""
    if not text.startswith(PREFIX):
        return None
    token = (
        ApiToken.objects.select_related("member")
        .filter(token_hash=digest(text), member__is_active=True)
        .first()
    )
    if token is None:
        return None
    if token.last_used_on != at.date():
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=at.date())
    return token.member
