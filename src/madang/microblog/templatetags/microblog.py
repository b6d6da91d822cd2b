"""The text of a post in pieces, how long ago something was said, and what a notice says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from madang.microblog import words
from madang.microblog.noticing import Notice
from madang.ui.templatetags.ui import clock, particle, short_day

register = template.Library()


@register.filter
def pieces(text: str) -> Iterator[words.Piece]:
    """Where a text leads somewhere; see `words.pieces`."""
    return words.pieces(text)


@register.filter
def ago(moment: datetime) -> str:
    """Just now, 5 min, 3 h; from a day on the day and the clock."""
    seconds = (timezone.now() - moment).total_seconds()
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        return _("%(count)s min ago") % {"count": int(seconds // 60)}
    if seconds < 86_400:
        return _("%(count)s h ago") % {"count": int(seconds // 3600)}
    return f"{short_day(moment)} {clock(moment)}"


ONE = {
    "answered": gettext_lazy("%(name)s answered you"),
    "mentioned": gettext_lazy("%(name)s mentioned you"),
    "continued": gettext_lazy("%(name)s said something in a conversation that you follow"),
    "liked": gettext_lazy("%(name)s likes what you said"),
    "passed on": gettext_lazy("%(name)s passed on what you said"),
    "followed": gettext_lazy("%(name)s follows you"),
}
MANY = {
    "liked": ngettext_lazy(
        "%(name)s and %(n)d other like what you said",
        "%(name)s and %(n)d others like what you said",
        "n",
    ),
    "passed on": ngettext_lazy(
        "%(name)s and %(n)d other passed on what you said",
        "%(name)s and %(n)d others passed on what you said",
        "n",
    ),
    "followed": ngettext_lazy(
        "%(name)s and %(n)d other follow you", "%(name)s and %(n)d others follow you", "n"
    ),
}


@register.filter
def told(notice: Notice) -> str:
    """What a notice says: who did what, the latest by name and the others by their number."""
    others = len(notice.people) - 1
    if others > 0:
        return str(MANY[notice.kind] % {"name": notice.people[0], "n": others})
    name = notice.people[0] if notice.people else notice.post and notice.post.name
    return str(ONE[notice.kind] % {"name": particle(name, "이/가")})


@register.simple_tag
def takes_anonymous_posts() -> bool:
    """Whether the site has an anonymous origin."""
    return bool(settings.ANON_ORIGIN)
