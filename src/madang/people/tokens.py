"""Personal tokens, with which a member's programs speak for the member."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from madang.people.models import ApiToken, Member

PREFIX = "madang_"
"""What every token begins with, so that one left in a script or a log can be found."""


def digest(token: str) -> str:
    """What is stored of a token. The token has 256 random bits, so one round suffices."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def issue(
    *, member: Member, name: str, at: datetime, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token and its text, which cannot be read again."""
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        member=member,
        name=name,
        hint=text[: len(PREFIX) + 4],
        token_hash=digest(text),
        made_on=at.astimezone(UTC).date(),
        expires_at=expires_at,
    )
    return token, text


def revoke(*, member: Member, token_id: int) -> bool:
    """Make one of `member`'s tokens worthless at once; False if there is no such token."""
    return bool(member.api_tokens.filter(pk=token_id).delete()[0])


def bearer(*, text: str, at: datetime) -> Member | None:
    """Whose token this is, if it is one that works at `at`; notes the day on which it was used."""
    if not text.startswith(PREFIX):
        return None
    usable = ApiToken.objects.usable(at=at).select_related("member")
    token = usable.filter(token_hash=digest(text)).first()
    if token is None:
        return None
    today = at.astimezone(UTC).date()
    if token.last_used_on != today:
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
    return token.member
