"""The pages: the latest requests, and one request through every layer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from madang.wire import access
from madang.wire.configuration import configuration
from madang.wire.identity import REQUEST_ID
from madang.wire.index import Index, Request, Search
from madang.wire.models import Look
from madang.wire.strata import Layer, Strata, grouped, loop_sentence, ms, strata

PAGE, LOOKS = 50, 20
WIDE = 1000
"""Rows of a list, looks named below it, and how wide a lane is in its own units."""
LONGEST = 200
CHOICES = [
    ("pages", gettext_lazy("what a view answered")),
    ("loops", gettext_lazy("queries in a loop")),
    ("slow", gettext_lazy("from 200 ms on")),
    ("failed", gettext_lazy("refused or failed")),
    ("all", gettext_lazy("all requests, files too")),
]
BEFORE = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)-([0-9a-f]{32})")


@dataclass(frozen=True)
class Row:
    """A request in the list; `size` is the length of its bar beside the slowest on the page."""

    request: Request
    at: datetime
    ms: str
    size: int


@dataclass(frozen=True)
class Mark:
    """A stretch of a lane, in units of `WIDE`."""

    x: float
    width: float
    tone: str


@dataclass(frozen=True)
class Lane:
    """A layer and where it stands on the scale."""

    layer: Layer
    marks: list[Mark]


@access.guarded
@never_cache
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """The latest, found by a part of the path or of the view, fifty on a page."""
    text, only = request.GET.get("find", "")[:LONGEST], request.GET.get("only", "pages")
    if only not in dict(CHOICES):
        raise BadRequest("no such choice")
    before = _before(request.GET.get("before", ""))
    at = timezone.now()
    index = _index(at)
    found = [] if index is None else index.recent(Search(text, only), limit=PAGE + 1, before=before)
    access.note(request, Look.Page.REQUESTS, f"{only} {text}".strip(), at=at)
    shown = found[:PAGE]
    slowest = max((one.ms for one in shown), default=0.0) or 1.0
    older = ""
    if len(found) > PAGE:
        older = urlencode(
            {"find": text, "only": only, "before": f"{shown[-1].at:.6f}-{shown[-1].id}"}
        )
    context = {
        "is_on": index is not None,
        "rows": [
            Row(one, _moment(one.at), ms(one.ms), round(one.ms / slowest * WIDE)) for one in shown
        ],
        "find": text,
        "only": only,
        "choices": CHOICES,
        "older": older,
        "is_first": before is None,
        "looks": _looks(),
    }
    return access.page(request, "wire/requests.html", context)


@access.guarded
@never_cache
@require_safe
def request(request: HttpRequest, number: str) -> HttpResponse:
    """One request: the layers one under the other to one time scale, and its statements."""
    at = timezone.now()
    index = _index(at)
    one = None
    if index is not None and REQUEST_ID.fullmatch(number):
        one = index.get(number)
    if one is None:
        raise Http404
    access.note(request, Look.Page.REQUEST, number, at=at)
    found = strata(one, _)
    django = one.django or {}
    loops = django.get("loops")
    context = {
        "one": one,
        "at": _moment(one.at),
        "ms": ms(one.ms),
        "lanes": [Lane(layer, _marks(layer, found)) for layer in found.layers],
        "scale": _scale(found.ms),
        "wide": WIDE,
        "rows": [row | {"spent": ms(row["ms"])} for row in grouped(one)],
        "loops": [
            (loop_sentence(loop, _), loop["remedy"])
            for loop in (loops if isinstance(loops, list) else [])
        ],
        "django": django,
        "templates": _templates(django),
    }
    return access.page(request, "wire/request.html", context)


def _index(at: datetime) -> Index | None:
    """The index, with what has come since; None where nothing is traced."""
    said = configuration()
    if said.folder is None:
        return None
    index = Index(said.folder, said.leave_out)
    index.take_in(nginx_log=said.nginx_log, at=at)
    return index


def _before(text: str) -> tuple[float, str] | None:
    if not text:
        return None
    found = BEFORE.fullmatch(text)
    if found is None:
        raise BadRequest("no such place")
    return float(found.group(1)), found.group(2)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _marks(layer: Layer, found: Strata) -> list[Mark]:
    """Where its spans lie; never so thin that nobody sees them, never over the end."""
    marks = []
    for span in layer.spans:
        width = min(max(span.ms / found.ms * WIDE, 2.0), WIDE)
        x = min(max(span.began / found.ms * WIDE, 0.0), WIDE - width)
        marks.append(Mark(round(x, 2), round(width, 2), span.tone))
    return marks


def _scale(whole: float) -> list[str]:
    """What stands below the lanes, a quarter apart."""
    return ["0", *(ms(whole * n / 4) for n in range(1, 5))]


def _templates(django: dict[str, object]) -> list[dict[str, object]]:
    used = django.get("templates")
    return [
        {"name": one["name"], "times": one["times"], "ms": ms(one["ms"])}
        for one in (used if isinstance(used, list) else [])
    ]


def _looks() -> list[tuple[Look, str]]:
    """The last looks, each with the name of who it was."""
    looks = list(Look.objects.all()[:LOOKS])
    names = _names({look.by for look in looks if look.by})
    return [(look, names.get(look.by, look.by)) for look in looks]


def _names(keys: Iterable[str]) -> dict[str, str]:
    if not apps.is_installed("django.contrib.auth"):
        return {}
    users = get_user_model()._default_manager.filter(pk__in=list(keys))
    return {str(user.pk): str(user) for user in users}
