"""From what an address or a form says to a doctor, a service and a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from madang.people.models.member import validate_name
from madang.reservation.models import Doctor, Patient, Service

MOST_AHEAD = timedelta(days=366 * 3)


@dataclass(frozen=True)
class Wanted:
    """Which time of which service with which doctor."""

    doctor: Doctor
    service: Service
    time: datetime

    @property
    def ends_at(self) -> datetime:
        """When it would end."""
        return self.time + timedelta(minutes=self.service.minutes)


class WantedForm(forms.Form):
    """What the address of a free time says."""

    doctor = forms.ModelChoiceField(Doctor.objects.filter(is_active=True))
    service = forms.ModelChoiceField(Service.objects.filter(is_active=True))
    time = forms.CharField(max_length=40)

    def clean_time(self) -> datetime:
        """An aware moment of this age; the offset is part of the address."""
        return moment(str(self.cleaned_data["time"]))

    def wanted(self) -> Wanted:
        """What is asked for; only after `is_valid()`."""
        return Wanted(**self.cleaned_data)


class WaitForm(forms.Form):
    """What somebody waits for: a time with a doctor, within a window."""

    doctor = forms.ModelChoiceField(Doctor.objects.filter(is_active=True))
    service = forms.ModelChoiceField(Service.objects.filter(is_active=True))
    starts_at = forms.CharField(max_length=40)
    ends_at = forms.CharField(max_length=40)

    def clean_starts_at(self) -> datetime:
        """An aware moment of this age."""
        return moment(str(self.cleaned_data["starts_at"]))

    def clean_ends_at(self) -> datetime:
        """An aware moment of this age."""
        return moment(str(self.cleaned_data["ends_at"]))


def moment(text: str) -> datetime:
    """The aware moment that `text` says (RFC 3339), within three years; else ValidationError."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found) or not _is_near(found.date()):
        raise ValidationError("no moment", code="moment")
    return found


def day(text: str, otherwise: date) -> date:
    """The day that `text` says, within three years, or `otherwise` where it says none."""
    if not text:
        return otherwise
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or not _is_near(found):
        raise ValidationError("no day", code="day")
    return found


def _is_near(on: date) -> bool:
    return abs(on - timezone.localdate()) < MOST_AHEAD


class PatientForm(forms.ModelForm[Patient]):
    """A patient who has no account, or none yet."""

    name = forms.CharField(label=_("Name"), max_length=80, validators=[validate_name])

    class Meta:
        model = Patient
        fields = ["name"]


class OverbookForm(forms.Form):
    """Why somebody comes while another is there."""

    reason = forms.CharField(
        label=_("Why at the same time?"),
        max_length=200,
        help_text=_("The doctor sees it on the page of the day. It is kept in the history."),
    )


class NoteForm(forms.Form):
    """Why staff changes something; demanded where the patient could not do it any more."""

    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("Kept in the history. Only staff reads it."),
    )

    def __init__(self, data: QueryDict | None = None, *, is_required: bool) -> None:
        super().__init__(data)
        if is_required:
            self.fields["note"].required = True
            self.fields["note"].help_text = _(
                "The patient’s own deadline has passed: please say why. Only staff reads it."
            )
