"""What the rooms hold of a member: handed over on request, erased with the account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from allauth.account.models import EmailAddress
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model

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
        _unname_log(member)
        for _room, holding in sorted(_holdings.items()):
            holding.erase(member, at)
        member.delete()


def _unname_log(member: Member) -> None:
    """Take the name out of what the desk's log says about the member and about what is theirs.

    Entries about rows that hang on the member, and on those: a patient, a patient's reservations.
    Of rows that are deleted by now only the name is left, so it is looked for by the name.
    """
    entries = LogEntry.objects.filter(
        action_flag=DELETION, object_repr__in=[member.display_name or member.handle, member.handle]
    )
    for model, keys in _belongings(member).items():
        entries |= LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(model), object_id__in=keys
        )
    entries.update(object_repr="", change_message="")


def _belongings(member: Member) -> dict[type[Model], set[str]]:
    """Rows, by model, that point at the member or at rows that do; keys as the log has them."""
    found: dict[type[Model], set[str]] = {Member: {str(member.pk)}}
    frontier: dict[type[Model], set[str]] = dict(found)
    for _step in range(2):
        reached: dict[type[Model], set[str]] = {}
        for model, keys in frontier.items():
            for relation in model._meta.related_objects:
                if relation.many_to_many or relation.related_model is LogEntry:
                    continue
                rows = relation.related_model._base_manager.filter(
                    **{f"{relation.field.name}__in": keys}
                )
                reached.setdefault(relation.related_model, set()).update(
                    str(key) for key in rows.values_list("pk", flat=True)
                )
        for model, keys in reached.items():
            found.setdefault(model, set()).update(keys)
        frontier = reached
    return found


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
        "email_addresses": [
            {"address": row.email, "is_confirmed": row.verified}
            for row in EmailAddress.objects.filter(user=member).order_by("pk")
        ],
        "sessions": _rows(member.sessions.values("device", "begun_on", "last_seen_on")),
        "api_tokens": _rows(
            member.api_tokens.values("name", "hint", "made_on", "last_used_on", "expires_at")
        ),
        "invitations": _rows(member.invitations.values("note", "made_at", "expires_at")),
        "mails": _rows(member.mails.values("event", "address", "subject", "made_at", "sent_at")),
    }


def _rows(values: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Days and moments as ISO 8601, the rest as it is."""
    return [
        {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in row.items()
        }
        for row in values
    ]


def erase_account(member: Member, at: datetime) -> None:
    """End the member's invitations; the rest goes with the row."""
    member.invitations.update(uses_left=0, note="")
