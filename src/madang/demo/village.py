"""Filling the village: members first, then what they do in the rooms."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from madang.demo import books, reservations, stories
from madang.demo.cast import CAST
from madang.people.models import Member


def build(*, at: datetime, language: str) -> bool:
    """Make the village as it is at `at`, with names in `language`; False if it stands already.

    All or nothing: a village that was interrupted is built again from the beginning.
    """
    with transaction.atomic():
        if Member.objects.exists():
            return False
        members = {person.handle: settle(person.handle, language) for person in CAST}
        reservations.build(members=members, at=at, language=language)
        books.build(members=members, at=at, language=language)
        stories.build(members=members, at=at, language=language)
    return True


def settle(handle: str, language: str) -> Member:
    """Let one of the cast join, with a confirmed address; the name is in `language`."""
    person = next(person for person in CAST if person.handle == handle)
    member = Member.objects.create_user(
        person.handle,
        person.password,
        email=person.email,
        display_name=person.named(language),
        language=person.language if language == "ko" else "en",
        time_zone=person.time_zone,
    )
    EmailAddress.objects.create(user=member, email=person.email, verified=True, primary=True)
    for role in person.roles:
        member.grant(role)
    return member
