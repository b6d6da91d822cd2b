"""What patrons are told by mail, in their own language. Titles stand in the text alone.

The event of a letter is a number that stands for nothing: who had which book cannot be found out
by it, and the text is dropped when the letter is sent.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from madang.library.models import Hold, Loan, Patron
from madang.people import outbox


def due_soon(*, patron: Patron, loans: Sequence[Loan]) -> None:
    """Tell of loans before they are due. Nothing is written where there are none."""
    _write(patron, "due", loans)


def overdue(*, patron: Patron, loans: Sequence[Loan]) -> None:
    """Tell of loans that should be back."""
    _write(patron, "overdue", loans)


def ready(*, patron: Patron, holds: Sequence[Hold]) -> None:
    """Tell what is kept, and until when."""
    _write(patron, "ready", holds)


def _write(patron: Patron, letter: str, rows: Sequence[Loan] | Sequence[Hold]) -> None:
    member = patron.member
    if member is None or not rows:
        return
    count = len(rows)
    with translation.override(member.language), timezone.override(ZoneInfo(member.time_zone)):
        subject = {
            "due": ngettext("%(count)s book is due soon", "%(count)s books are due soon", count),
            "overdue": ngettext(
                "%(count)s book should be back", "%(count)s books should be back", count
            ),
            "ready": ngettext(
                "%(count)s book is ready for you", "%(count)s books are ready for you", count
            ),
        }[letter] % {"count": count}
        words = {
            "member": member,
            "rows": rows,
            "page": settings.SITE_ORIGIN + reverse("library:mine"),
            "site_name": settings.SITE_NAME,
        }
        body = render_to_string(f"library/letters/{letter}.txt", words)
    outbox.post(
        event=f"library/{letter}/{uuid.uuid4()}",
        to=member,
        subject=f"[{settings.SITE_NAME}] {subject}",
        body=body,
    )
