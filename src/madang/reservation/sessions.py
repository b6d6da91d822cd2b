"""Pages about sessions of one doctor with many: to find one and a seat, to announce and change."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madang.people.access import member_of
from madang.people.models import Member
from madang.reservation import attending, booking, day, seating
from madang.reservation.models import Doctor, GroupSession, Patient, Reservation, Service
from madang.reservation.session_forms import AnnounceForm, ChangeForm
from madang.ui.parts import render_part

MOST = 100
"""So many are listed at once, the soonest."""


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is announced, soonest first."""
    member, at = member_of(request), timezone.now()
    rows = list(GroupSession.objects.ahead(at=at).to_be_joined().with_people()[:MOST])
    mine = set(GroupSession.objects.of(member).ahead(at=at).values_list("pk", flat=True))
    run = [one for one in _run_by(member) if one.is_active]
    context = {"rows": [(row, row.pk in mine) for row in rows], "run": run}
    return render(request, "reservation/sessions.html", context)


def _run_by(member: Member) -> list[Doctor]:
    """The doctors whose sessions `member` may announce."""
    return [doctor for doctor in Doctor.objects.all() if doctor.may_be_run_by(member)]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest, group_id: int) -> HttpResponse:
    """The seats by their numbers; who runs it sees who sits where. POST takes `seat`."""
    row = get_object_or_404(GroupSession.objects.with_people(), pk=group_id)
    if request.method != "POST":
        return _page(request, row)
    text = request.POST.get("seat", "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < len("1000")):
        raise BadRequest("no number")
    member = member_of(request)
    try:
        seat = seating.take(
            session=row,
            patient=Patient.objects.of(member),
            seat=int(text) if text else None,
            at=timezone.now(),
            by=member,
        )
    except (booking.AlreadyOver, booking.TooSoonOrLate, seating.NoSuchSeat):
        messages.warning(request, _("This seat cannot be taken any more."))
    except seating.Full:
        messages.warning(request, _("Every seat is taken by now."))
    except seating.SeatTaken:
        messages.warning(request, _("Somebody was a moment faster. Please take another seat."))
    except booking.PatientBusy:
        messages.warning(request, _("You have another reservation at this time."))
    except booking.SlotTaken:
        messages.warning(request, _("The doctor cannot be there. Please ask."))
    else:
        messages.success(
            request, _("Seat %(seat)s is yours. Nobody else can take it.") % {"seat": seat.seat}
        )
        return redirect("reservation:detail", uid=seat.uid)
    return _page(request, GroupSession.objects.with_people().get(pk=row.pk), status=409)


def _page(request: HttpRequest, row: GroupSession, status: int = 200) -> HttpResponse:
    member, at = member_of(request), timezone.now()
    people = seating.people(row)
    mine = next((one for one in people if one.patient.member_id == member.pk), None)
    taken = {one.seat for one in people if one.status in Reservation.OCCUPYING}
    context = {
        "session": row,
        "mine": mine,
        "seats": [(number, number in taken) for number in range(1, row.seats + 1)],
        "can_join": row.can_be_joined(at=at),
        "is_run": row.doctor.may_be_run_by(member),
        "is_ahead": row.is_on and at < row.starts_at,
        "people": [
            day.Line(one.appointed_time, one.ends_at, one, tuple(attending.possible(one, at=at)))
            for one in people
        ],
    }
    return render(request, "reservation/session.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def announce(request: HttpRequest, doctor_id: int) -> HttpResponse:
    """A new session of a doctor, for the doctor and staff."""
    doctor = get_object_or_404(Doctor, pk=doctor_id, is_active=True)
    member, at = member_of(request), timezone.now()
    if not doctor.may_be_run_by(member):
        raise PermissionDenied
    tomorrow = timezone.localdate(at) + timedelta(days=1)
    form = AnnounceForm(request.POST or None, initial={"on": tomorrow, "time": "15:00"})
    if request.method == "POST" and form.is_valid():
        made = _announce(form, doctor, member, at)
        if made is not None:
            messages.success(request, _("Announced. Its seats can be taken from now on."))
            return redirect("reservation:session", made.pk)
    context = {
        "doctor": doctor,
        "form": form,
        "has_services": Service.objects.filter(is_active=True, capacity__gt=1).exists(),
    }
    status = 422 if form.errors else 200
    return render(request, "reservation/announce.html", context, status=status)


def _announce(
    form: AnnounceForm, doctor: Doctor, member: Member, at: datetime
) -> GroupSession | None:
    """The session, or None with the reason in the form."""
    wanted = form.cleaned_data
    service = wanted["service"]
    try:
        return seating.announce(
            doctor=doctor,
            service=service,
            starts_at=wanted["starts_at"],
            seats=wanted["seats"] or service.capacity,
            at=at,
            by=member,
        )
    except booking.TooSoonOrLate:
        form.add_error("time", _("This time is past."))
    except booking.SlotTaken:
        form.add_error("time", _("The doctor has something else at this time."))
    return None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, group_id: int) -> HttpResponse:
    """Another time, or more or fewer seats; everybody with a seat is told of a new time."""
    row = _run(request, group_id)
    member, at = member_of(request), timezone.now()
    if request.method != "POST":
        return _change_page(request, row, ChangeForm.of(row))
    form = ChangeForm(request.POST)
    if not form.is_valid():
        return _change_page(request, row, form)
    wanted = form.cleaned_data
    try:
        seating.change(
            session=row, starts_at=wanted["starts_at"], seats=wanted["seats"], at=at, by=member
        )
    except booking.AlreadyOver:
        messages.warning(request, _("This session was called off."))
    except seating.SeatsInUse:
        form.add_error("seats", _("Somebody sits on a seat that would be gone."))
    except booking.TooSoonOrLate:
        form.add_error("time", _("This time is past."))
    except booking.SlotTaken:
        form.add_error("time", _("The doctor has something else at this time."))
    except booking.PatientBusy:
        form.add_error("time", _("Somebody who has a seat is elsewhere at this time."))
    else:
        messages.success(request, _("Saved."))
    if form.errors:
        return _change_page(request, row, form)
    return redirect("reservation:session", row.pk)


def _change_page(request: HttpRequest, row: GroupSession, form: ChangeForm) -> HttpResponse:
    context = {"session": row, "form": form}
    status = 422 if form.errors else 200
    return render(request, "reservation/session_change.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def call_off(request: HttpRequest, group_id: int) -> HttpResponse:
    """Ask once more, then cancel it for everybody; each is told by mail."""
    row = _run(request, group_id)
    if request.method != "POST":
        return render_part(request, "reservation/session_call_off.html", "ask", {"session": row})
    note = request.POST.get("note", "").strip()[:200]
    try:
        seating.call_off(session=row, at=timezone.now(), by=member_of(request), note=note)
    except booking.AlreadyOver:
        messages.info(request, _("This session was called off already."))
    except booking.TooSoonOrLate:
        messages.warning(request, _("This session has begun already."))
    else:
        messages.success(request, _("Called off. Everybody who had a seat is told."))
    return redirect("reservation:session", row.pk)


def _run(request: HttpRequest, group_id: int) -> GroupSession:
    """The session, for who runs it."""
    row = get_object_or_404(GroupSession.objects.with_people(), pk=group_id)
    if not row.doctor.may_be_run_by(member_of(request)):
        raise PermissionDenied
    return row
