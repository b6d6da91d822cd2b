"""Template tags of the look: days and clocks as people say them, Korean particles, fields."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from madang.lib.hangul import particle as with_particle
from madang.lib.money import written

register = template.Library()


def _day(moment: date | datetime) -> date:
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment


def _is_korean() -> bool:
    return (translation.get_language() or "").startswith("ko")


@register.filter
def weekday(moment: date | datetime) -> str:
    """수, Wed."""
    name = date_format(_day(moment), "l" if _is_korean() else "D")
    return name[0] if _is_korean() else name


@register.filter
def money(amount: int) -> str:
    """5,000원, KRW 5,000: an amount in the smallest unit of the site's currency."""
    language = "ko" if _is_korean() else "en"
    return written(amount, settings.CURRENCY, language=language)


@register.filter
def month(moment: date | datetime) -> str:
    """3월, Mar."""
    return date_format(_day(moment), "n월" if _is_korean() else "M")


@register.filter
def day_of_month(moment: date | datetime) -> int:
    """4."""
    return _day(moment).day


@register.filter
def span(first: date, last: date) -> str:
    """3월 1일 – 7일, 29 March – 4 April."""
    if _is_korean():
        until = date_format(last, "j일" if first.month == last.month else "n월 j일")
        return f"{date_format(first, 'n월 j일')} – {until}"
    since = date_format(first, "j" if first.month == last.month else "j F")
    return f"{since} – {date_format(last, 'j F')}"


@register.filter
def day(moment: date | datetime) -> str:
    """2026년 3월 4일 수요일, Wednesday 4 March 2026."""
    return date_format(_day(moment), "Y년 n월 j일 l" if _is_korean() else "l j F Y")


@register.filter
def short_day(moment: date | datetime) -> str:
    """3월 4일 (수), Wed 4 March; today and tomorrow by their names."""
    on = _day(moment)
    today = timezone.localdate()
    if on == today:
        return _("Today")
    if on == today + timedelta(days=1):
        return _("Tomorrow")
    if _is_korean():
        return f"{date_format(on, 'n월 j일')} ({weekday(on)})"
    return date_format(on, "D j F")


@register.filter
def clock(moment: datetime) -> str:
    """오전 10:00, 10:00."""
    return date_format(timezone.localtime(moment), "A g:i" if _is_korean() else "H:i")


@register.filter
def clock_in(moment: datetime, zone: str) -> str:
    """The clock of another zone, with its day where that differs from the reader's."""
    there = moment.astimezone(ZoneInfo(zone))
    text = date_format(there, "A g:i" if _is_korean() else "H:i")
    if there.date() == timezone.localtime(moment).date():
        return text
    return f"{date_format(there, 'n월 j일' if _is_korean() else 'j F')} {text}"


@register.filter
def particle(word: object, pair: str) -> str:
    """The word with its Korean particle; as it is in other languages."""
    if _is_korean():
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


@register.simple_tag(takes_context=True)
def here_in_room(context: template.Context, address: str) -> str:
    """`page` at the room's own `address`, `true` elsewhere in that room, else nothing.

    A room is everything under the first step of its address.
    """
    request = context.get("request")
    if request is None or request.path.split("/")[1] != address.split("/")[1]:
        return ""
    return "page" if request.path == address else "true"
