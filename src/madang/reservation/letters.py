"""What patients are told by mail: one letter per event, in their own language and zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from madang.people import outbox
from madang.people.models import Member
from madang.reservation.calendar import calendar
from madang.reservation.models import Reservation


def confirm(reservation: Reservation) -> None:
    """Tell the patient that the time is theirs, with a file for the calendar."""
    _write(reservation, "confirmed", method="REQUEST")


def changed(reservation: Reservation, *, moved_from: datetime) -> None:
    """Tell the patient of the new time, and move it in the calendar."""
    _write(reservation, "changed", method="REQUEST", moved_from=moved_from)


def cancelled(reservation: Reservation) -> None:
    """Tell the patient that the time is free again, and take it out of the calendar."""
    _write(reservation, "cancelled", method="CANCEL")


def _write(
    reservation: Reservation, letter: str, *, method: str, moved_from: datetime | None = None
) -> None:
    member = reservation.patient.member
    if member is None:
        return
    with translation.override(member.language), timezone.override(ZoneInfo(member.time_zone)):
        subject = {
            "changed": _("Changed: your reservation with %(doctor)s"),
            "confirmed": _("Your reservation with %(doctor)s"),
            "cancelled": _("Cancelled: your reservation with %(doctor)s"),
        }[letter] % {"doctor": reservation.doctor.name}
        words = {**_words(reservation, member), "moved_from": moved_from}
        body = render_to_string(f"reservation/letters/{letter}.txt", words)
    file = outbox.Attachment(
        name="reservation.ics",
        content=calendar(reservation, method=method, language=member.language),
        mimetype=f"text/calendar; charset=utf-8; method={method}",
    )
    outbox.post(
        event=f"reservation/{reservation.uid}/{letter}/{reservation.sequence}",
        to=member,
        subject=f"[{settings.SITE_NAME}] {subject}",
        body=body,
        attachments=[file],
    )


def _words(reservation: Reservation, member: Member) -> dict[str, object]:
    page = reverse("reservation:detail", args=[reservation.uid])
    return {
        "member": member,
        "reservation": reservation,
        "page": settings.SITE_ORIGIN + page,
        "site_name": settings.SITE_NAME,
    }
