"""What the room has for a member on the front page."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from madang.people.access import member_of
from madang.reservation import staff
from madang.reservation.models import Doctor
from madang.ui.rooms import Link

MOST = 6
"""More of one's own doctors than this are found inside the room."""


def links(request: HttpRequest) -> Iterator[Link]:
    """For staff the reception and all hours, for a doctor the own day; then one's doctors."""
    member = member_of(request)
    if staff.is_staff(member):
        yield Link(_("Reception"), reverse("reservation:reception"))
    if "doctor" in member.roles:
        yield Link(_("My day as a doctor"), reverse("reservation:today"))
    if staff.is_staff(member):
        yield Link(_("Hours of the doctors"), reverse("reservation:hours"))
    for doctor in Doctor.objects.open().filter(patients__member=member)[:MOST]:
        address = reverse("reservation:doctor", args=[doctor.pk])
        yield Link(str(doctor), address, doctor.specialty)
