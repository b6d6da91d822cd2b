"""The page where a doctor brings the times of another calendar, so that nobody books them."""

from __future__ import annotations

from typing import Any  # a form's cleaned values

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from madang.people.access import member_of, role_required
from madang.reservation import elsewhere, foreign
from madang.reservation.models import Doctor

SHOWN = 50


class CalendarForm(forms.Form):
    """A file, or what is in it."""

    file = forms.FileField(
        label=gettext_lazy("Calendar file"),
        required=False,
        help_text=gettext_lazy("An .ics file, as calendar programs export it; at most 1 MB."),
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Or what is in the file"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    is_whole = forms.BooleanField(
        label=gettext_lazy("This is the whole calendar: forget what is not in it any more"),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """One of the two, as bytes under `content`."""
        cleaned = super().clean() or {}
        file, text = cleaned.get("file"), cleaned.get("text", "")
        if "file" not in self.errors and bool(file) == bool(text.strip()):
            raise forms.ValidationError(_("Please choose a file, or paste what is in it."))
        cleaned["content"] = file.read() if file else text.strip().encode()
        return cleaned


@role_required("doctor")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What is taken over, what lies over a reservation, and a form for a file."""
    doctor, at = _doctor(request), timezone.now()
    sent = request.method == "POST"
    form = CalendarForm(request.POST, request.FILES) if sent else CalendarForm()
    if sent and form.is_valid() and _take_over(request, doctor, form):
        return redirect("reservation:elsewhere")
    coming = doctor.busy_times.filter(ends_at__gt=at)
    context = {
        "form": form,
        "count": coming.count(),
        "times": coming[:SHOWN],
        "here": "hours",
        "over": elsewhere.over(doctor=doctor, at=at),
    }
    return render(request, "reservation/elsewhere.html", context, status=422 if sent else 200)


def _take_over(request: HttpRequest, doctor: Doctor, form: CalendarForm) -> bool:
    """Whether the file could be read; else the form says what is wrong with it."""
    try:
        done = elsewhere.take_over(
            doctor=doctor,
            content=form.cleaned_data["content"],
            zone=member_of(request).time_zone,
            at=timezone.now(),
            is_whole=form.cleaned_data["is_whole"],
        )
    except foreign.NoCalendar:
        form.add_error(None, _("This is no calendar file."))
    except foreign.TooLarge:
        form.add_error(None, _("There is too much in this file."))
    else:
        taken = ngettext(
            "%(count)s time is taken over.", "%(count)s times are taken over.", done.busy
        )
        messages.success(request, taken % {"count": done.busy})
        if done.unread:
            text = ngettext(
                "%(count)s entry could not be read and is not taken over.",
                "%(count)s entries could not be read and are not taken over.",
                done.unread,
            )
            messages.warning(request, text % {"count": done.unread})
        return True
    return False


@role_required("doctor")
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Forget everything that was taken over."""
    elsewhere.forget(doctor=_doctor(request), at=timezone.now())
    messages.success(request, _("The times of the other calendar are forgotten."))
    return redirect("reservation:elsewhere")


def _doctor(request: HttpRequest) -> Doctor:
    """The doctor who asks: one may hold the role and have no profile yet."""
    doctor = Doctor.objects.filter(member=member_of(request)).first()
    if doctor is None:
        raise PermissionDenied
    return doctor
