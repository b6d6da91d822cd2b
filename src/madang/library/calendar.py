"""Due dates as other calendars read them (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vUri

from madang.library.models import Loan


def calendar(loans: Iterable[Loan], *, language: str) -> bytes:
    """An iCalendar file with a whole-day VEVENT for each of `loans` on the day it is due.

    The UID of a loan never changes, so that reading the file again moves what was renewed.
    """
    document = Calendar()
    document.add("prodid", "-//Madang//madang//EN")
    document.add("version", "2.0")
    document.add("method", "PUBLISH")
    with translation.override(language):
        for loan in loans:
            document.add_component(_event(loan))
    return bytes(document.to_ical())


def _event(loan: Loan) -> Event:
    event = Event()
    host = urlsplit(settings.SITE_ORIGIN).hostname
    event.add("uid", f"loan-{loan.pk}@{host}")
    event.add("sequence", (loan.due_on - loan.loaned_at.date()).days)  # grows as it is renewed
    event.add("dtstamp", loan.loaned_at)
    event.add("dtstart", loan.due_on)
    event.add("dtend", loan.due_on + timedelta(days=1))
    event.add("summary", _("To return: %(title)s") % {"title": loan.item.bib})
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    event.add("url", vUri(settings.SITE_ORIGIN + reverse("library:mine")))
    return event
