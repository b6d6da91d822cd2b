"""The page on which a doctor, or staff, takes in who stands at the door."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madang.lib.clock import joined
from madang.people.access import member_of
from madang.people.models import Member
from madang.reservation import booking, day, forms, patients, staff, walking_in
from madang.reservation.models import Doctor, GroupSession, Patient, Reservation, Service

MOST = 10
"""So many people of a name are listed."""
Choice = tuple[str, str, str]
"""What the form says, who it is, what tells them apart."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def walk_in(request: HttpRequest, doctor_id: int) -> HttpResponse:
    """First the name, then who of that name it is, which service, and from when."""
    doctor = get_object_or_404(Doctor, pk=doctor_id)
    member, at = member_of(request), timezone.now()
    if not doctor.may_be_run_by(member):
        raise PermissionDenied
    asked = request.POST if request.method == "POST" else request.GET
    name = asked.get("name", "").strip()[: forms.NAME]
    people = choices(doctor, name, member, at) if name else []
    if request.method != "POST":
        form = forms.WalkInForm(doctor=doctor, people=people, initial=_usual(doctor, people, at))
        return _page(request, doctor, name, form)
    form = forms.WalkInForm(request.POST, doctor=doctor, people=people)
    if not form.is_valid():
        return _page(request, doctor, name, form, status=422)
    taken = _take_in(doctor, name, form, at, member)
    if isinstance(taken, int):
        return _page(request, doctor, name, form, taken)
    messages.success(request, _("%(name)s is here.") % {"name": _called(form, people)})
    if doctor.member_id != member.pk:
        return redirect("reservation:reception_detail", taken.uid)
    return redirect("reservation:day", timezone.localdate(taken.appointed_time).isoformat())


def _take_in(
    doctor: Doctor, name: str, form: forms.WalkInForm, at: datetime, by: Member
) -> Reservation | int:
    """The reservation, or the status of a refusal, which the form then tells."""
    wanted = form.wanted(at)
    who = _who(form.cleaned_data["who"], name)
    try:
        return walking_in.walk_in(doctor=doctor, who=who, at=at, by=by, **wanted)
    except booking.TooSoonOrLate:
        form.add_error("time", _("Only for today: at most 12 hours from now."))
        return 422
    except booking.PatientBusy:
        form.add_error(None, _("This patient is somewhere else at this time."))
        return 409
    except booking.SlotTaken:
        free = _next_gap(doctor, wanted["starts_at"], wanted["minutes"], at)
        text = _("Somebody else has this time. The doctor is free for so long from %(time)s on.")
        form.add_error(None, text % {"time": timezone.localtime(free).strftime("%H:%M")})
        return 409


def _called(form: forms.WalkInForm, people: list[Choice]) -> str:
    return next(name for key, name, _hint in people if key == form.cleaned_data["who"])


def choices(doctor: Doctor, name: str, member: Member, at: datetime) -> list[Choice]:
    """Who of this name it can be, and last of all somebody new.

    A doctor finds the own patients, staff all, and both a member by the whole handle.
    """
    rows = patients.find(name, at=at)
    if not staff.is_staff(member):
        met = doctor.reservations.values("patient")
        rows = rows.filter(Q(pk__in=met) | Q(pk__in=doctor.patients.values("pk")))
    found = [
        (f"p{row.pk}", row.name, row.member.handle if row.member else "") for row in rows[:MOST]
    ]
    handles = {handle for _key, _name, handle in found}
    members = [
        (f"m{one.pk}", str(one), one.handle)
        for one in Member.objects.filter(handle=name.lower(), is_active=True)
        if one.handle not in handles
    ]
    return [*found, *members, ("new", name, _("new, without an account"))]


def _who(key: str, name: str) -> Patient | str:
    """One of the choices the form has accepted."""
    if key == "new":
        return name
    if key.startswith("m"):
        return Patient.objects.of(Member.objects.get(pk=key[1:]))
    return Patient.objects.get(pk=key[1:])


def _usual(doctor: Doctor, people: list[Choice], at: datetime) -> dict[str, object]:
    """Whoever comes first, the first service, and now."""
    return {
        "who": people[0][0] if people else "",
        "service": Service.objects.filter(schedules__doctor=doctor).order_by("name", "pk").first(),
        "time": timezone.localtime(at).strftime("%H:%M"),
    }


def _next_gap(doctor: Doctor, start: datetime, minutes: int, at: datetime) -> datetime:
    """When nobody else is with the doctor for so long, from `start` on."""
    span = (start - timedelta(days=2), start + timedelta(days=2))
    meetings = [
        row.taken
        for row in day.meetings(doctor, span, at)
        if row.status in row.OCCUPYING and not row.overbook_reason
    ]
    sessions = [row.span for row in GroupSession.objects.filter(doctor=doctor).meeting(*span)]
    for begin, end in joined([*meetings, *sessions]):
        if begin < start + timedelta(minutes=minutes) and end > start:
            start = end
    return start


def _page(
    request: HttpRequest, doctor: Doctor, name: str, form: forms.WalkInForm, status: int = 200
) -> HttpResponse:
    context = {
        "doctor": doctor,
        "is_own": doctor.member_id == member_of(request).pk,
        "name": name,
        "form": form,
    }
    return render(request, "reservation/walk_in.html", context, status=status)
