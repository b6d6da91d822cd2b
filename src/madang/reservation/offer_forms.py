"""What staff fills in about doctors, services and hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any  # a form takes what Django hands it

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madang.lib import hours
from madang.people.forms import zones_by_region
from madang.people.models.member import validate_name
from madang.reservation.models import Doctor, OpeningRule, Schedule, Service

MOST: Mapping[str, int] = {
    "buffer_before": 24 * 60,
    "buffer_after": 24 * 60,
    "notice_minutes": 366 * 24 * 60,
    "horizon_days": 3 * 366,
    "cancel_minutes": 366 * 24 * 60,
    "reschedule_minutes": 366 * 24 * 60,
    "offer_minutes": 7 * 24 * 60,
}
"""The most that makes sense of each number, the same on every database."""


class DoctorForm(forms.ModelForm[Doctor]):
    """Who can be met."""

    class Meta:
        model = Doctor
        fields = ["name", "specialty", "introduction", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].validators.append(validate_name)


class ServiceForm(forms.ModelForm[Service]):
    """What can be booked, and how."""

    class Meta:
        model = Service
        fields = [
            "name",
            "description",
            "minutes",
            "step",
            "buffer_before",
            "buffer_after",
            "capacity",
            "notice_minutes",
            "horizon_days",
            "cancel_minutes",
            "reschedule_minutes",
            "offer_minutes",
            "is_active",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["description"].widget.attrs["rows"] = 2
        for name, most in MOST.items():
            self.fields[name].validators.append(MaxValueValidator(most))


class ScheduleForm(forms.ModelForm[Schedule]):
    """Which service, in which zone's hours, from when until when; and the week."""

    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))

    class Meta:
        model = Schedule
        fields = ["service", "time_zone", "valid_from", "valid_until"]
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            for name in ("valid_from", "valid_until")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = zones_by_region()
        service = self.fields["service"]
        assert isinstance(service, forms.ModelChoiceField)
        service.queryset = Service.objects.filter(
            is_active=True, capacity=1
        ) | Service.objects.filter(pk=self.instance.service_id)
        rules = list(self.instance.opening_rules.all()) if self.instance.pk else []
        for day, name in OpeningRule.Weekday.choices:
            stretches = [(r.opens_minute, r.closes_minute) for r in rules if r.weekday == day]
            self.fields[f"day{day}"] = _DayField(
                label=name, required=False, max_length=200, initial=hours.show(stretches)
            )

    @property
    def days(self) -> list[forms.BoundField]:
        """The fields of the week."""
        return [self[f"day{day}"] for day in OpeningRule.Weekday.values]

    @property
    def rest(self) -> list[forms.BoundField]:
        """The other fields."""
        return [self[name] for name in self.Meta.fields]

    @property
    def week(self) -> dict[int, list[hours.Stretch]]:
        """The hours of each weekday; only after `is_valid()`."""
        return {day: self.cleaned_data[f"day{day}"] for day in OpeningRule.Weekday.values}


class _DayField(forms.CharField):
    """A day's hours as text, read into stretches."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return hours.parse(text)
        except hours.NoHours as error:
            sentence = _("“%(part)s” is not understood. Write, for example, 9:00–12:00.")
            raise ValidationError(sentence % {"part": error.args[0]}, code="hours") from error
        except hours.Overlapping as error:
            sentence = _("%(part)s overlaps with the hours before it.")
            raise ValidationError(sentence % {"part": error.args[0]}, code="overlap") from error
