"""Who is staff: receptionists, and operators, who may do what receptionists do."""

from __future__ import annotations

from madang.people.access import role_required
from madang.people.models import Member
from madang.reservation.models.parties import STAFF

required = role_required(*STAFF)
"""Lets staff in: strangers are asked to sign in, others get 403."""


def is_staff(member: Member) -> bool:
    """Whether `member` works for everybody's calendar."""
    return member.is_active and not member.roles.isdisjoint(STAFF)
