"""Who may join: by an invitation, which admits as many as it says."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import F

from madang.lib.constraints import refused
from madang.people.models import Invitation, Member

VALID_FOR = timedelta(days=14)
CODE_BYTES = 16
MOST_PEOPLE = 500


class InvitationUnknown(Exception):
    """No such code, or its time is over."""


class InvitationUsedUp(Exception):
    """The invitation has admitted as many as it may."""


def digest(code: str) -> str:
    """What is stored of a code. The code has 128 random bits, so one round suffices."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def invite(*, by: Member, note: str, people: int, at: datetime) -> tuple[Invitation, str]:
    """A new invitation for `people` persons and its code, which cannot be read again."""
    code = secrets.token_urlsafe(CODE_BYTES)
    invitation = Invitation.objects.create(
        code_hash=digest(code),
        hint=code[:4],
        note=note,
        uses_left=people,
        made_by=by,
        made_at=at,
        expires_at=at + VALID_FOR,
    )
    return invitation, code


def find(*, code: str, at: datetime) -> Invitation | None:
    """The invitation behind `code`, if it admits somebody at `at`."""
    return Invitation.objects.usable(at=at).filter(code_hash=digest(code)).first()


def withdraw(invitation: Invitation) -> None:
    """Admit nobody else by `invitation`."""
    Invitation.objects.filter(pk=invitation.pk).update(uses_left=0)


def redeem(*, code: str, at: datetime) -> None:
    """Take one place of the invitation; of two who race for the last, one is refused.

    Kept by the constraint `people_invitation_uses_left`. Raises `InvitationUnknown` or
    `InvitationUsedUp`.
    """
    mine = Invitation.objects.filter(code_hash=digest(code), expires_at__gt=at)
    with refused({"people_invitation_uses_left": InvitationUsedUp}):
        if not mine.update(uses_left=F("uses_left") - 1):
            raise InvitationUnknown
