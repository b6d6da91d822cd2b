"""The text of a post in pieces, and how long ago something was said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from madang.microblog import words
from madang.ui.templatetags.ui import clock, short_day

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


@register.simple_tag
def takes_anonymous_posts() -> bool:
    """Whether the site has an anonymous origin."""
    return bool(settings.ANON_ORIGIN)
