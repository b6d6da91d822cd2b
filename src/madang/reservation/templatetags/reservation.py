"""Template filters of the reservation room."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language

from madang.lib.hours import Stretch, show
from madang.reservation.models import Schedule
from madang.ui.templatetags.ui import weekday

register = template.Library()


@register.filter
def short_clock(moment: datetime) -> str:
    """10:00, as it fits into a calendar."""
    return date_format(timezone.localtime(moment), "G:i")


@register.filter
def wall_clock(minute: int) -> str:
    """오전 10:00, 10:00: minutes after midnight, on the wall; midnight as an end is 24:00."""
    if minute == 24 * 60:
        return "24:00"
    korean = (get_language() or "").startswith("ko")
    wall = datetime(2000, 1, 1, *divmod(minute, 60), tzinfo=UTC)
    return date_format(wall, "A g:i" if korean else "H:i")


@register.filter
def month_name(day: date) -> str:
    """2026년 3월, March 2026."""
    korean = (get_language() or "").startswith("ko")
    return date_format(day, "Y년 n월" if korean else "F Y")


@register.filter
def weekly(schedule: Schedule) -> list[tuple[str, str]]:
    """The days with hours, each with its letters: 월 09:00–12:00. Loaded rules are enough."""
    monday = date(2001, 1, 1)
    week: dict[int, list[Stretch]] = {day: [] for day in range(1, 8)}
    for rule in schedule.opening_rules.all():
        week[rule.weekday].append((rule.opens_minute, rule.closes_minute))
    return [
        (weekday(monday + timedelta(days=day - 1)), show(stretches))
        for day, stretches in week.items()
        if stretches
    ]


@register.filter
def at(names: Mapping[int, str], key: int) -> str:
    """What `names` has for `key`."""
    return names.get(key, "")
