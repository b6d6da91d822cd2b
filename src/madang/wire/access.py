"""Who may see requests, and the row that says who did."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast  # Any: what a template is given

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string

from madang.wire import taping
from madang.wire.configuration import configuration
from madang.wire.models import Look

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
LONGEST = 100


def guarded(view: View[P]) -> View[P]:
    """Behind the decorator that `WIRE["GUARD"]` names, looked up with each request."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        guard: Callable[[View[P]], View[P]] = import_string(configuration().guard)
        return guard(view)(request, *args, **kwargs)

    return cast("View[P]", answer)


def trusted(view: View[P]) -> View[P]:
    """Let in superusers; on the developer's own machine, with DEBUG, everybody; others get 403."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = getattr(request, "user", None)
        is_super = bool(user and user.is_active and user.is_superuser)
        is_here = settings.DEBUG and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}
        if not (is_super or is_here):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return cast("View[P]", answer)


def note(request: HttpRequest, page: Look.Page, what: str, *, at: datetime) -> None:
    """Write down that the page was looked at."""
    key = getattr(getattr(request, "user", None), "pk", None)
    by = "" if key is None else str(key)
    Look.objects.create(at=at, by=by, page=page, what=what[:LONGEST])


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of this room, which says who captures while somebody does."""
    said = configuration()
    told = {"base": said.base, "has_recorder": False, "capturing": None, **context}
    if said.recorder is not None:
        with suppress(taping.NoRecorder):
            told |= {"capturing": taping.state(said.recorder), "has_recorder": True}
    return render(request, template, told, status=status)
