"""The front page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def today(request: HttpRequest) -> HttpResponse:
    """What a member has today, next reservation first; for a stranger, what the site is."""
    return render(request, "home/today.html")
