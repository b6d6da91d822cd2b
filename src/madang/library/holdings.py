"""What this room holds of a member, handed over on request and erased with the account."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from madang.library import history, holding
from madang.library.models import Hold, Loan, Patron
from madang.people.holdings import Json
from madang.people.models import Member


def export(member: Member) -> Json:
    """The member's card, loans, holds, suspensions and money, as far as they are still known."""
    patron = Patron.objects.filter(member=member).select_related("category").first()
    if patron is None:
        return {}
    return {
        "card": patron.card,
        "category": patron.category.name,
        "expires_on": patron.expires_on and patron.expires_on.isoformat(),
        "keeps_reading_history": patron.is_history_kept,
        "gets_reminders": patron.wants_reminders,
        "note": patron.note,
        "loans": _loans(patron),
        "holds": [
            {"title": row.bib.title, "status": row.status, "placed_at": _moment(row.placed_at)}
            for row in Hold.objects.filter(patron=patron)
            .select_related("bib")
            .order_by("placed_at", "pk")
        ],
        "suspensions": [
            {
                "begins_on": row.begins_on.isoformat(),
                "ends_on": row.ends_on and row.ends_on.isoformat(),
                "rule": row.rule_name,
            }
            for row in patron.suspensions.order_by("begins_on", "pk")
        ],
        "charges": [
            {"kind": row.kind, "amount": row.amount, "made_at": _moment(row.made_at)}
            for row in patron.charges.order_by("made_at", "pk")
        ],
        "payments": [
            {"kind": row.kind, "amount": row.amount, "made_at": _moment(row.made_at)}
            for row in patron.payments.order_by("made_at", "pk")
        ],
    }


def _loans(patron: Patron) -> list[dict[str, object]]:
    rows = Loan.objects.filter(patron=patron).select_related("item__bib")
    return [
        {
            "title": row.item.bib.title,
            "barcode": row.item.barcode,
            "loaned_at": _moment(row.loaned_at),
            "due_on": row.due_on.isoformat(),
            "returned_at": row.returned_at and _moment(row.returned_at),
            "rule": row.rule_name,
        }
        for row in rows.order_by("loaned_at", "pk")
    ]


def erase(member: Member, at: datetime) -> None:
    """Cancel the holds, forget what was read, take name and card off.

    A copy that is still out stays out, with somebody who has no name.
    """
    patron = Patron.objects.filter(member=member).first()
    if patron is None:
        return
    for row in patron.holds.open():
        with suppress(holding.NotWaiting):  # picked up or expired this very moment
            holding.cancel(hold=row, at=at)
    history.erase(patron=patron)
    patron.charges.update(note="")
    patron.payments.update(note="")
    Patron.objects.filter(pk=patron.pk).update(
        name="", card=None, note="", member=None, is_history_kept=False
    )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
