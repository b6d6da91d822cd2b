"""The pages of what a capture holds beyond its packets: troubles, files, its course in time."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import Any  # what a template is given

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madang.wire import access, expert, objects, pace
from madang.wire.capture import NoStream
from madang.wire.captures import drawing, indexing, keeping
from madang.wire.captures.views import ended, guarded
from madang.wire.configuration import configuration
from madang.wire.models import Capture, Look
from madang.wire.show import plain

COUNTS = (30, 60, 120, 240)
"""How many intervals may be chosen."""
ARROWS = 100
CONVERSATIONS = 50
FRAMES = 12
"""Arrows and conversations on a page, and packets that are linked from one finding."""
PLACE = re.compile(r"\[?([0-9a-fA-F.:]+?)\]?:(\d+)")


@guarded
@require_safe
def findings(request: HttpRequest, key: str) -> HttpResponse:
    """What went wrong, in plain words, each conversation with its packets."""
    one, path = _kept(request, key, "findings")
    found, ending = expert.findings(path)
    told = [
        {"protocol": who[0], "first": who[1], "second": who[2], "filter": _filter(*who), "of": each}
        for who, each in (
            (who, [_told(finding) for finding in several])
            for who, several in groupby(
                found, lambda each: (each.protocol, each.first, each.second)
            )
        )
    ]
    after = _number(request, "after")
    context: dict[str, Any] = {
        "one": one,
        "conversations": told[after : after + CONVERSATIONS],
        "total": len(told),
        "ending": ended(ending),
    }
    if after:
        context["earlier"] = urlencode({"after": max(after - CONVERSATIONS, 0)})
    if after + CONVERSATIONS < len(told):
        context["later"] = urlencode({"after": after + CONVERSATIONS})
    return access.page(request, "wire/findings.html", context)


def _told(finding: expert.Finding) -> dict[str, object]:
    return {
        "sentence": plain(expert.sentence(finding, _)),
        "frames": finding.frames[:FRAMES],
        "more": max(len(finding.frames) - FRAMES, 0),
    }


def _filter(protocol: str, first: str, second: str) -> str:
    """The query that shows the packets between two, empty where there is none."""
    tests = []
    for side in (first, second):
        place = PLACE.fullmatch(side)
        if place and protocol in {"TCP", "UDP", "DNS"}:
            family = "ipv6" if ":" in place[1] else "ip"
            port = "" if protocol == "DNS" else f" and {protocol.lower()}.port == {place[2]}"
            tests.append(f"{family}.addr == {place[1]}{port}")
    if protocol == "DNS":
        tests.append("dns")
    if protocol == "ARP":
        tests.append(f"arp.src.proto_ipv4 == {first}")
    return urlencode({"filter": " and ".join(tests)}) if tests else ""


@guarded
@require_safe
def intervals(request: HttpRequest, key: str) -> HttpResponse:
    """What each interval carried, as bars and as a table."""
    one, path = _kept(request, key, "intervals")
    count = _number(request, "count", COUNTS[1])
    if count not in COUNTS:
        raise BadRequest("no such number of intervals")
    found = indexing.moments(path)
    longest = max((each.at for each in found), default=0.0)
    seconds = drawing.step(longest, count=count)
    bars = drawing.bars(pace.intervals(found, seconds=seconds), seconds=seconds)
    context = {
        "one": one,
        "bars": bars,
        "count": count,
        "counts": COUNTS,
        "seconds": seconds,
        "longest": longest,
        "most": max((bar.interval.bytes for bar in bars), default=0),
    }
    return access.page(request, "wire/intervals.html", context)


@guarded
@require_safe
def flow(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One TCP stream as arrows between its two sides, a hundred on a page."""
    one, path = _kept(request, key, f"~{number} flow")
    found = indexing.of_stream(path, number, after=_number(request, "after"), limit=ARROWS)
    if found is None:
        raise NoStream
    drawn = pace.sequence([found.first, *found.packets], stream=number)
    del drawn.steps[0]  # it says who is first, and stands on its own page
    context: dict[str, Any] = {"one": one, "number": number, "drawn": drawn, "found": found}
    context |= {"drawing": drawing.arrows(drawn), "lines": drawing.LINES}
    for name, after in (("earlier", found.earlier), ("later", found.later)):
        if after is not None:
            context[name] = urlencode({"after": after})
    return access.page(request, "wire/flow.html", context)


@guarded
@require_safe
def files(request: HttpRequest, key: str) -> HttpResponse:
    """The files that went over the wire."""
    one, path = _kept(request, key, "files")
    found, ending = objects.transfers(path)
    rows = [
        {
            "number": number,
            "file": each,
            "name": plain(each.name) or "–",
            "is_large": each.size > objects.LARGEST,
        }
        for number, each in enumerate(found[: objects.MOST], 1)
    ]
    context = {"one": one, "rows": rows, "ending": ended(ending)}
    context["left_out"] = max(len(found) - objects.MOST, 0)
    return access.page(request, "wire/files.html", context)


@guarded
@require_safe
def file(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One of them, as it was sent, to be saved and never to be opened by the browser."""
    _one, path = _kept(request, key, f"file {number}")
    found = objects.transfers(path)[0][: objects.MOST]
    if not 0 < number <= len(found):
        raise Http404
    chosen = found[number - 1]
    data = objects.content(path, chosen)
    if data is None:
        sentence = _("This file is too large to be saved from here, or not all of it was captured.")
        return access.page(
            request, "wire/captures_refused.html", {"sentence": sentence}, status=400
        )
    name = f"{chosen.frame}-{objects.harmless(chosen.name)}"
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(data, content_type="application/octet-stream", headers=headers)


def _kept(request: HttpRequest, key: str, what: str) -> tuple[Capture, Path]:
    """The capture and its file; that it was looked at is written down."""
    folder = configuration().captures
    assert folder is not None  # `guarded` answers where there is none
    one = get_object_or_404(Capture, key=key)
    name = one.name[: access.LONGEST - len(what) - 1]  # what was looked at is never cut off
    access.note(request, Look.Page.CAPTURE, f"{name} {what}", at=timezone.now())
    return one, keeping.file(folder, key)


def _number(request: HttpRequest, name: str, default: int = 0) -> int:
    text = request.GET.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest("no number")
    return int(text)
