"""A reservation as other calendars read it (RFC 5545, RFC 5546)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vDuration, vText, vUri

from madang.people.models import Member
from madang.reservation.models import GroupSession, Reservation

STATUSES = {"pending": "TENTATIVE", "cancelled": "CANCELLED", "entered-in-error": "CANCELLED"}
"""What calendars call them (RFC 5545, 3.8.1.11); the others are CONFIRMED."""
CONTENT_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=1)
"""How often a program may ask again (RFC 7986, 5.7)."""


def calendar(reservation: Reservation, *, method: str, language: str) -> bytes:
    """One VEVENT as an iCalendar file; `method` is PUBLISH, REQUEST or CANCEL.

    The UID never changes, SEQUENCE grows with each change, times are in UTC. It names the service
    and the doctor, and nothing else of the patient than the address it is sent to.
    """
    document = _document(method)
    with translation.override(language):
        event = _event(reservation)
    if method != "PUBLISH":
        _add_people(event, reservation)
    document.add_component(event)
    return bytes(document.to_ical())


def feed(
    reservations: Iterable[Reservation], *, member: Member, sessions: Iterable[GroupSession] = ()
) -> bytes:
    """All of `reservations`, and a doctor's `sessions`, for `member`'s calendar program.

    The same bytes while none changes.

    Where the member is the doctor it names the service alone, never the patient: what programs
    read lies with whoever runs them. The day's page, to which it leads, has the name.
    """
    document = _document("PUBLISH")
    document.add("x-wr-calname", settings.SITE_NAME)
    document.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    document.add("x-published-ttl", vDuration(REFRESH))
    zone = ZoneInfo(member.time_zone)
    with translation.override(member.language):
        for row in reservations:
            event = _event(row)
            if row.doctor.member_id == member.pk:
                day = row.appointed_time.astimezone(zone).date().isoformat()
                page = reverse("reservation:day", args=[day])
                event["summary"] = vText(row.service.name if row.service else _("Reservation"))
                event["url"] = vUri(settings.SITE_ORIGIN + page)
            document.add_component(event)
        for each in sessions:
            document.add_component(_session(each))
    return bytes(document.to_ical())


def _session(session: GroupSession) -> Event:
    """One event for the doctor, however many come."""
    page = reverse("reservation:session", args=[session.pk])
    event = Event()
    event.add("uid", f"{session.uid}@{urlsplit(settings.SITE_ORIGIN).hostname}")
    event.add("sequence", session.sequence)
    event.add("dtstamp", session.updated_at)
    event.add("created", session.created_at)
    event.add("last-modified", session.updated_at)
    event.add("dtstart", session.starts_at)
    event.add("dtend", session.ends_at)
    event.add("summary", session.service.name)
    event.add("status", "CONFIRMED" if session.is_on else "CANCELLED")
    event.add("class", "PRIVATE")
    event.add("url", vUri(settings.SITE_ORIGIN + page))
    return event


def _document(method: str) -> Calendar:
    document = Calendar()
    document.add("prodid", "-//Madang//madang//EN")
    document.add("version", "2.0")
    document.add("method", method)
    return document


def uid(reservation: Reservation) -> str:
    """The same for the life of the reservation, different on every site (RFC 7986, 5.3)."""
    return f"{reservation.uid}@{urlsplit(settings.SITE_ORIGIN).hostname}"


def _event(reservation: Reservation) -> Event:
    title = _("%(service)s with %(doctor)s") % {
        "service": reservation.service.name if reservation.service else _("Reservation"),
        "doctor": reservation.doctor.name,
    }
    event = Event()
    event.add("uid", uid(reservation))
    event.add("sequence", reservation.sequence)
    event.add("dtstamp", reservation.updated_at)
    event.add("created", reservation.created_at)
    event.add("last-modified", reservation.updated_at)
    event.add("dtstart", reservation.appointed_time)
    event.add("dtend", reservation.ends_at)
    event.add("summary", title)
    event.add("status", STATUSES.get(reservation.status, "CONFIRMED"))
    event.add("class", "PRIVATE")
    page = reverse("reservation:detail", args=[reservation.uid])
    event.add("url", vUri(settings.SITE_ORIGIN + page))
    return event


def _add_people(event: Event, reservation: Reservation) -> None:
    """Who sends and who receives, as REQUEST and CANCEL demand (RFC 5546, 3.2.2 and 3.2.5)."""
    organizer = vCalAddress(f"mailto:{settings.DEFAULT_FROM_EMAIL}")
    organizer.params["cn"] = reservation.doctor.name
    event.add("organizer", organizer)
    member = reservation.patient.member
    if member is not None and member.email:
        attendee = vCalAddress(f"mailto:{member.email}")
        attendee.params["partstat"] = "ACCEPTED"
        event.add("attendee", attendee)
