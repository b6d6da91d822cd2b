"""Template tags of the look: days and clocks as people say them, Korean particles, fields."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField, CheckboxInput
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from madang.lib.hangul import particle as with_particle

register = template.Library()


def _day(moment: date | datetime) -> date:
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment


@register.filter
def day(moment: date | datetime) -> str:
    """2026년 3월 4일 수요일, Wednesday 4 March 2026."""
    korean = (translation.get_language() or "").startswith("ko")
    return date_format(_day(moment), "Y년 n월 j일 l" if korean else "l j F Y")


@register.filter
def short_day(moment: date | datetime) -> str:
    """3월 4일 (수), Wed 4 March; today and tomorrow by their names."""
    on = _day(moment)
    today = timezone.localdate()
    if on == today:
        return _("Today")
    if on == today + timedelta(days=1):
        return _("Tomorrow")
    if (translation.get_language() or "").startswith("ko"):
        return f"{date_format(on, 'n월 j일')} ({date_format(on, 'l')[0]})"
    return date_format(on, "D j F")


@register.filter
def clock(moment: datetime) -> str:
    """오전 10:00, 10:00."""
    korean = (translation.get_language() or "").startswith("ko")
    return date_format(timezone.localtime(moment), "A g:i" if korean else "H:i")


@register.filter
def clock_in(moment: datetime, zone: str) -> str:
    """The clock of another zone, with its day where that differs from the reader's."""
    there = moment.astimezone(ZoneInfo(zone))
    korean = (translation.get_language() or "").startswith("ko")
    text = date_format(there, "A g:i" if korean else "H:i")
    if there.date() == timezone.localtime(moment).date():
        return text
    return f"{date_format(there, 'n월 j일' if korean else 'j F')} {text}"


@register.filter
def particle(word: object, pair: str) -> str:
    """The word with its Korean particle; as it is in other languages."""
    if (translation.get_language() or "").startswith("ko"):
        return with_particle(str(word), pair)
    return str(word)


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """A form field with label, hint and errors, tied together for screen readers."""
    return render_to_string(
        "ui/field.html",
        {"field": bound, "is_checkbox": isinstance(bound.field.widget, CheckboxInput)},
    )


@register.simple_tag(takes_context=True)
def here(context: template.Context, prefix: str) -> str:
    """`page` for aria-current when the reader is under `prefix`, else nothing."""
    request = context.get("request")
    return "page" if request is not None and request.path.startswith(prefix) else ""
