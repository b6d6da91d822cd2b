"""The page on which a doctor keeps notes about a meeting."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from madang.people.access import member_of, role_required
from madang.reservation import noting
from madang.reservation.models import Reservation
from madang.reservation.models.note import LONGEST_NOTE


class NotesForm(forms.Form):
    """What the doctor writes."""

    text = forms.CharField(
        label=gettext_lazy("New note"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "Only you read it. It is part of what the patient is handed over on request, and is"
            " erased with the patient’s account."
        ),
    )


@role_required("doctor")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The notes about a meeting, and room for another; for its doctor alone."""
    row, member = _row(uid), member_of(request)
    form = NotesForm(request.POST if request.method == "POST" else None)
    try:
        found = noting.read(reservation=row, by=member)
        if request.method == "POST" and form.is_valid():
            text = form.cleaned_data["text"]
            noting.write(reservation=row, text=text, at=timezone.now(), by=member)
            messages.success(request, _("The note is kept."))
            return redirect("reservation:notes", row.uid)
    except noting.NotTheDoctor as error:
        raise PermissionDenied from error
    except noting.Forgotten:
        form.add_error(None, _("The patient has left and was erased. No note can be kept."))
    context = {"reservation": row, "notes": found, "form": form, "here": "notes"}
    return render(request, "reservation/notes.html", context, status=422 if form.errors else 200)


@role_required("doctor")
@require_POST
def take_back(request: HttpRequest, uid: uuid.UUID, note_id: int) -> HttpResponse:
    """Forget a note."""
    row = _row(uid)
    try:
        noting.take_back(reservation=row, note_id=note_id, by=member_of(request))
    except noting.NotTheDoctor as error:
        raise PermissionDenied from error
    messages.success(request, _("The note is deleted."))
    return redirect("reservation:notes", row.uid)


def _row(uid: uuid.UUID) -> Reservation:
    return get_object_or_404(Reservation.objects.with_people(), uid=uid)
