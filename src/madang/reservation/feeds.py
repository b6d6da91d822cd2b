"""A member's calendar as a program reads it, at an address that nobody else knows."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from madang.people.models import Member
from madang.people.tokens import digest
from madang.reservation.models import FeedToken, GroupSession, Reservation

PAST = timedelta(days=90)
"""How long a reservation stays in the calendar after its time."""
MOST = 1000
"""More are not handed out at once; the soonest are."""


def issue(*, member: Member, at: datetime) -> str:
    """A new key, which cannot be read again; the one before is worthless from the same moment."""
    text = secrets.token_urlsafe(32)
    FeedToken.objects.update_or_create(
        member=member,
        defaults={
            "token_hash": digest(text),
            "made_on": at.astimezone(UTC).date(),
            "last_used_on": None,
        },
    )
    return text


def revoke(*, member: Member) -> bool:
    """Make `member`'s key worthless at once; False if there is none."""
    return bool(FeedToken.objects.filter(member=member).delete()[0])


def reader(*, text: str, at: datetime) -> Member | None:
    """Whose key this is, if it works at `at`; notes the day on which it was used (in UTC)."""
    usable = FeedToken.objects.filter(member__is_active=True).select_related("member")
    token = usable.filter(token_hash=digest(text)).first()
    if token is None:
        return None
    today = at.astimezone(UTC).date()
    if token.last_used_on != today:
        FeedToken.objects.filter(pk=token.pk).update(last_used_on=today)
    return token.member


def reservations(*, member: Member, at: datetime) -> list[Reservation]:
    """What stands in the calendar, soonest first: as a patient's and as a doctor's.

    Cancelled ones stay, so that programs take them out; what was only ever held is left out.
    """
    found = (
        Reservation.objects.filter(
            Q(patient__member=member) | Q(doctor__member=member, session__isnull=True)
        )
        .exclude(status__in=[Reservation.Status.PENDING, Reservation.Status.WAITLIST])
        .that_were_made()
        .starting_from(at - PAST)
        .select_related("doctor__member", "patient", "service")
    )
    return list(found[:MOST])


def sessions(*, member: Member, at: datetime) -> list[GroupSession]:
    """The sessions of a doctor, soonest first; those that were called off stay."""
    found = GroupSession.objects.filter(doctor__member=member, starts_at__gte=at - PAST)
    return list(found.select_related("service").order_by("starts_at", "id")[:MOST])
