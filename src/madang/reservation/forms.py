"""From what an address or a form says to a doctor, a service and a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any  # Django's own signatures have no narrower type
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madang.lib import public_holidays
from madang.lib.clock import moments
from madang.people.models.member import validate_name
from madang.reservation import closing
from madang.reservation.models import Doctor, Patient, Schedule, Service
from madang.reservation.models.schedule import DAY_MINUTES

MOST_AHEAD = timedelta(days=366 * 3)
MOST_REPORTED = timedelta(days=366)
FIRST_YEAR, LAST_YEAR = 1900, 9000
NAME = 80
"""So long may the name of a patient be."""


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


def _day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class _ScheduleField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """The schedules of one doctor, each by what it offers."""

    def label_from_instance(self, obj: Schedule) -> str:
        """The service's name."""
        return obj.service.name


class ExceptionForm(forms.Form):
    """Hours that differ from the week: on which days, from when to when, of which schedule."""

    kind = forms.ChoiceField(
        label=_("Hours"),
        choices=[("closed", _("I am not there")), ("extra", _("I am there in extra hours"))],
    )
    first_on = forms.DateField(label=_("first day"), widget=_day_input())
    last_on = forms.DateField(
        label=_("last day"), required=False, widget=_day_input(), help_text=_("Empty: one day.")
    )
    opens = forms.TimeField(
        label=pgettext_lazy("a time of the day", "from"),
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    closes = forms.TimeField(
        label=pgettext_lazy("a time of the day", "to"),
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=_("On each of the days. Both empty: the whole day."),
    )
    schedule = _ScheduleField(
        Schedule.objects.none(), label=_("For"), required=False, empty_label=_("everything")
    )
    reason = forms.CharField(
        label=_("reason"),
        required=False,
        max_length=120,
        help_text=_("Patients do not see it."),
    )

    def __init__(self, *args: Any, doctor: Doctor, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["schedule"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = doctor.schedules.select_related("service").order_by("service__name", "pk")

    def clean(self) -> dict[str, Any]:
        """Both ends of the hours or neither, and days within three years, in their order."""
        cleaned = super().clean() or self.cleaned_data
        first, opens = cleaned.get("first_on"), cleaned.get("opens")
        last, closes = cleaned.get("last_on") or first, cleaned.get("closes")
        if first and last:
            if not (_is_near(first) and _is_near(last)):
                self.add_error("first_on", _("Choose a day within three years."))
            elif last < first:
                self.add_error("last_on", _("The last day comes before the first."))
        if (opens is None) != (closes is None) and not {"opens", "closes"} & set(self.errors):
            self.add_error("closes", _("Give both times, or neither for the whole day."))
        elif opens and closes and _minutes(closes, is_end=True) <= _minutes(opens):
            self.add_error("closes", _("The hours end before they begin."))
        elif opens is None and cleaned.get("kind") == "extra":
            self.add_error("opens", _("Extra hours need both times."))
        return cleaned

    def wanted(self) -> dict[str, Any]:
        """What the verb takes; only after `is_valid()`."""
        cleaned = self.cleaned_data
        opens, closes = cleaned["opens"], cleaned["closes"]
        when = closing.When(
            first_on=cleaned["first_on"],
            last_on=cleaned["last_on"] or cleaned["first_on"],
            opens_minute=0 if opens is None else _minutes(opens),
            closes_minute=DAY_MINUTES if closes is None else _minutes(closes, is_end=True),
        )
        return {"schedule": cleaned["schedule"], "when": when, "reason": cleaned["reason"]}


class ReportForm(forms.Form):
    """Which days a report is about, both included."""

    first_on = forms.DateField(label=_("first day"), widget=_day_input())
    last_on = forms.DateField(label=_("last day"), widget=_day_input())

    def clean(self) -> dict[str, Any]:
        """Days in their order, of a year at most."""
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if first and last:
            if not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR:
                self.add_error("first_on", _("There is nothing to report of such a year."))
            elif last < first:
                self.add_error("last_on", _("The last day comes before the first."))
            elif last - first >= MOST_REPORTED:
                self.add_error("last_on", _("A report is about a year at most."))
        return cleaned


class WalkInForm(forms.Form):
    """Who stands there, what for, from when, for how long."""

    name = forms.CharField(widget=forms.HiddenInput, max_length=NAME, validators=[validate_name])
    who = forms.ChoiceField(label=_("Who it is"), widget=forms.RadioSelect)
    service = forms.ModelChoiceField(Service.objects.none(), label=_("What for"), empty_label=None)
    time = forms.TimeField(
        label=pgettext_lazy("a time of the day", "from"),
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    minutes = forms.IntegerField(
        label=_("length in minutes"),
        required=False,
        min_value=1,
        max_value=DAY_MINUTES,
        help_text=_("Empty: as long as usual."),
    )

    def __init__(
        self, *args: Any, doctor: Doctor, people: list[tuple[str, str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        who, service = self.fields["who"], self.fields["service"]
        assert isinstance(who, forms.ChoiceField)
        assert isinstance(service, forms.ModelChoiceField)
        who.choices = [(key, " · ".join(filter(None, (name, hint)))) for key, name, hint in people]
        service.queryset = Service.objects.filter(schedules__doctor=doctor).distinct()

    def clean_time(self) -> clock_time:
        """A time that the reader's clock shows today."""
        clock: clock_time = self.cleaned_data["time"]
        if not self._today(clock):
            raise ValidationError(_("The clock does not show this time today."))
        return clock

    def wanted(self, at: datetime) -> dict[str, Any]:
        """What the verb takes; of two passes of one time the one nearer to `at`."""
        cleaned = self.cleaned_data
        return {
            "service": cleaned["service"],
            "starts_at": min(self._today(cleaned["time"]), key=lambda moment: abs(moment - at)),
            "minutes": cleaned["minutes"] or cleaned["service"].minutes,
        }

    @staticmethod
    def _today(clock: clock_time) -> list[datetime]:
        zone = ZoneInfo(timezone.get_current_timezone_name())
        return moments(datetime.combine(timezone.localdate(), clock), zone)


class HolidaysForm(forms.Form):
    """Whose public holidays: a country, and a part of it where it has some."""

    country = forms.ChoiceField(label=_("Country"), choices=public_holidays.choices)
    subdivision = forms.CharField(
        label=_("Part of the country"),
        required=False,
        max_length=20,
        help_text=_("For example BY for Bavaria; mostly empty."),
    )

    def clean(self) -> dict[str, Any]:
        """A part that the country has."""
        cleaned = super().clean() or self.cleaned_data
        part = str(cleaned.get("subdivision", "")).strip()
        known = public_holidays.parts().get(cleaned.get("country", ""), ())
        if part and "country" in cleaned and part not in known:
            self.add_error("subdivision", _("This country has no such part."))
        cleaned["subdivision"] = part
        return cleaned


def _minutes(clock: clock_time, *, is_end: bool = False) -> int:
    """Minutes after midnight; midnight as an end is that of the next day."""
    minute = clock.hour * 60 + clock.minute
    return DAY_MINUTES if is_end and minute == 0 else minute


class PatientForm(forms.ModelForm[Patient]):
    """A patient who has no account, or none yet."""

    name = forms.CharField(label=_("Name"), max_length=NAME, validators=[validate_name])

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
