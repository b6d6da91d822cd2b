"""What the room has for a member on the front page."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from madang.microblog import noticing
from madang.microblog.models import Report
from madang.people.access import member_of
from madang.ui.rooms import Link


def links(request: HttpRequest) -> Iterator[Link]:
    """Whom one follows, what is new, what one said, no names; for moderators what was reported."""
    yield Link(_("Whom I follow"), reverse("microblog:home"))
    new = noticing.unread(member=member_of(request), at=timezone.now())
    if new:
        note = ngettext("%(n)d is new", "%(n)d are new", new) % {"n": new}
        yield Link(_("For me"), reverse("microblog:notices"), note)
    own = reverse("microblog:member", args=[member_of(request).handle])
    yield Link(_("What I said"), own)
    if settings.ANON_ORIGIN:
        yield Link(_("Without a name"), reverse("microblog:anonymous"))
    if "moderator" in member_of(request).roles:
        waiting = Report.objects.filter(state=Report.State.OPEN).count()
        note = ngettext("%(n)d report", "%(n)d reports", waiting) % {"n": waiting}
        yield Link(_("Reported posts"), reverse("microblog:queue"), note if waiting else "")
