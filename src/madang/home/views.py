"""The front page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from madang.people.models import Member
from madang.reservation.models import Reservation
from madang.ui import rooms


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """What a member has today, next reservation first; for a stranger, what the site is."""
    if not isinstance(request.user, Member):
        context = {
            "is_front": True,
            "everybody": rooms.for_everybody(),
            "is_catalogue_open": settings.LIBRARY_OPEN_CATALOGUE,
        }
        return render(request, "home/welcome.html", context)
    at = timezone.now()
    own = Reservation.objects.of(request.user).ahead(at=at).with_people()
    coming = list(own[:4])
    context = {
        "is_front": True,
        "today": at,
        "next": coming[0] if coming else None,
        "later": coming[1:],
        "offers": [(room, list(room.links(request))) for room in rooms.of(request)],
    }
    return render(request, "home/today.html", context)
