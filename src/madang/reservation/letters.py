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


def offered(reservation: Reservation) -> None:
    """Tell the patient that a time is theirs to take, and until when."""
    _write(reservation, "offered")


def cancelled(reservation: Reservation) -> None:
    """Tell the patient that the time is free again, and take it out of the calendar."""
    _write(reservation, "cancelled", method="CANCEL")


def reminded(reservation: Reservation) -> None:
    """Remind the patient of what is to come soon."""
    _write(reservation, "reminded")


def _write(
    reservation: Reservation, letter: str, *, method: str = "", moved_from: datetime | None = None
) -> None:
    member = reservation.patient.member
    if member is None:
        return
    with translation.override(member.language), timezone.override(ZoneInfo(member.time_zone)):
        subject = {
            "offered": _("A time with %(doctor)s has become free"),
            "changed": _("Changed: your reservation with %(doctor)s"),
            "confirmed": _("Your reservation with %(doctor)s"),
            "reminded": _("A reminder: your reservation with %(doctor)s"),
            "cancelled": _("Cancelled: your reservation with %(doctor)s"),
        }[letter] % {"doctor": reservation.doctor.name}
        words = {**_words(reservation, member), "moved_from": moved_from}
        body = render_to_string(f"reservation/letters/{letter}.txt", words)
    files = [] if not method else [_calendar(reservation, member, method)]
    outbox.post(
        event=f"reservation/{reservation.uid}/{letter}/{reservation.sequence}",
        to=member,
        subject=f"[{settings.SITE_NAME}] {subject}",
        body=body,
        attachments=files,
    )


def _calendar(reservation: Reservation, member: Member, method: str) -> outbox.Attachment:
    return outbox.Attachment(
        name="reservation.ics",
        content=calendar(reservation, method=method, language=member.language),
        mimetype=f"text/calendar; charset=utf-8; method={method}",
    )


def _words(reservation: Reservation, member: Member) -> dict[str, object]:
    page = reverse("reservation:detail", args=[reservation.uid])
    return {
        "member": member,
        "reservation": reservation,
        "page": settings.SITE_ORIGIN + page,
        "list": settings.SITE_ORIGIN + reverse("reservation:mine"),
        "site_name": settings.SITE_NAME,
    }
