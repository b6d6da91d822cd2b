"""When a session is, and how many can come."""

from __future__ import annotations

from datetime import datetime
from typing import Any  # Django's own signatures have no narrower type
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madang.lib.clock import moments
from madang.reservation.models import GroupSession, Service
from madang.reservation.models.schedule import MOST_SEATS


class ChangeForm(forms.Form):
    """The day, the time on the reader's clock, and the seats."""

    on = forms.DateField(
        label=_("Day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    time = forms.TimeField(
        label=pgettext_lazy("a time of the day", "from"),
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    seats = forms.IntegerField(label=_("seats"), min_value=1, max_value=MOST_SEATS)

    def clean(self) -> dict[str, Any]:
        """A time that the clock shows on that day; of two passes the first."""
        cleaned = super().clean() or self.cleaned_data
        if "on" in cleaned and "time" in cleaned:
            zone = ZoneInfo(timezone.get_current_timezone_name())
            shown = moments(datetime.combine(cleaned["on"], cleaned["time"]), zone)
            if shown:
                cleaned["starts_at"] = shown[0]
            else:
                self.add_error("time", _("The clock does not show this time on that day."))
        return cleaned

    @classmethod
    def of(cls, session: GroupSession) -> ChangeForm:
        """What is said of the session so far."""
        begins = timezone.localtime(session.starts_at)
        initial = {"on": begins.date(), "time": begins.time(), "seats": session.seats}
        return cls(initial=initial)


class AnnounceForm(ChangeForm):
    """Also what it is."""

    service = forms.ModelChoiceField(Service.objects.none(), label=_("What"), empty_label=None)
    seats = forms.IntegerField(
        label=_("seats"),
        min_value=1,
        max_value=MOST_SEATS,
        required=False,
        help_text=_("Empty: as many as usual."),
    )
    field_order = ("service", "on", "time", "seats")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        service = self.fields["service"]
        assert isinstance(service, forms.ModelChoiceField)
        service.queryset = Service.objects.filter(is_active=True, capacity__gt=1)
