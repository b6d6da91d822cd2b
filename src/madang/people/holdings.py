"""What the rooms hold of a member: handed over on request, erased with the account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from madang.people.models import Member

Json = dict[str, object] | list[dict[str, object]]


@dataclass(frozen=True)
class Holding:
    """How one room hands over and erases; `erase` must leave nothing that names the member."""

    export: Callable[[Member], Json]
    erase: Callable[[Member, datetime], None]


_holdings: dict[str, Holding] = {}


def register(
    room: str,
    *,
    export: Callable[[Member], Json],
    erase: Callable[[Member, datetime], None],
) -> None:
    """Tell the house how `room` hands over and erases what it holds; called from `ready()`."""
    _holdings[room] = Holding(export, erase)


def hand_over(member: Member) -> dict[str, Json]:
    """Everything the site holds about `member`, room by room, ready for JSON."""
    return {room: holding.export(member) for room, holding in sorted(_holdings.items())}


def erase(*, member: Member, at: datetime) -> None:
    """Delete the account and let every room erase what it holds, all or nothing."""
    with transaction.atomic():
        for _room, holding in sorted(_holdings.items()):
            holding.erase(member, at)
        member.delete()


def export_account(member: Member) -> Json:
    """What `people` itself holds."""
    return {
        "handle": member.handle,
        "email": member.email,
        "display_name": member.display_name,
        "language": member.language,
        "time_zone": member.time_zone,
        "joined_at": member.joined_at.isoformat(),
        "roles": sorted(member.roles),
        "sessions": [
            {
                "device": session.device,
                "begun_on": session.begun_on.isoformat(),
                "last_seen_on": session.last_seen_on.isoformat(),
            }
            for session in member.sessions.all()
        ],
        "api_tokens": [
            {"name": token.name, "made_on": token.made_on.isoformat()}
            for token in member.api_tokens.all()
        ],
    }


def erase_account(member: Member, at: datetime) -> None:
    """Nothing to do: what `people` holds goes with the member's row."""
