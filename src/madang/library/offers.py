"""What the room has for a member on the front page: what is due, what is ready."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from madang.library.models import Hold, Loan
from madang.people.access import member_of
from madang.ui.rooms import Link
from madang.ui.templatetags.ui import short_day

MOST = 3
"""More than this of each are found inside the room."""


def links(request: HttpRequest) -> Iterator[Link]:
    """The search; the desk for a librarian; for everybody what is ready and what is due next."""
    member, address = member_of(request), reverse("library:mine")
    yield Link(_("Find a book"), reverse("library:search"))
    if "librarian" in member.roles:
        yield Link(_("Lending desk"), reverse("library:desk"))
    for hold in Hold.objects.ready().filter(patron__member=member)[:MOST]:
        yield Link(str(hold.bib), address, _("ready to be picked up"))
    for loan in Loan.objects.current().filter(patron__member=member)[:MOST]:
        note = _("due: %(day)s") % {"day": short_day(loan.due_on)}
        yield Link(str(loan.item.bib), address, note)
