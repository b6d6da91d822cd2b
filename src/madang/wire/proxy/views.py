"""The pages of the proxy: what went through, one exchange taken apart, and what is done with it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, cast  # Any: JSON

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from madang.wire import access
from madang.wire.configuration import configuration
from madang.wire.models import Look
from madang.wire.proxy import control, har
from madang.wire.proxy.inspecting import IMAGES, sides

LIMIT = 200
ONE_LOOK = timedelta(minutes=1)
"""A list that stays open asks again and again: that is one look a minute."""
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
Told = dict[str, Any]


def guarded(view: View[P]) -> View[P]:
    """Behind the guard of the room, against forged forms, with a proxy that may not answer."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except control.NoProxy:
            return access.page(request, "wire/proxy_none.html", {}, status=503)
        except control.Refused as error:
            if str(error) == "unknown":
                raise Http404 from error
            context = {"sentence": _sentence(str(error))}
            return access.page(request, "wire/proxy_refused.html", context, status=400)

    return access.guarded(cast("View[P]", never_cache(csrf_protect(answer))))


@guarded
@require_safe
def exchanges(request: HttpRequest) -> HttpResponse:
    """The latest, and the rules. Works by reloading; htmx asks for it again by itself."""
    rows, rules = _ask("list", LIMIT), _ask("rules")
    at = timezone.now()
    user = getattr(getattr(request, "user", None), "pk", None)
    by = "" if user is None else str(user)
    same = Look.objects.filter(by=by, page=Look.Page.EXCHANGES, at__gt=at - ONE_LOOK)
    if not same.exists():
        access.note(request, Look.Page.EXCHANGES, "", at=at)
    context = {"rows": [_row(row) for row in rows], "rules": rules}
    return access.page(request, "wire/proxy.html", context)


@guarded
@require_safe
def exchange(request: HttpRequest, number: int) -> HttpResponse:
    """One, taken apart; beside another one where `with` names it."""
    one = _ask("get", number)
    other = _ask("get", _number(request.GET["with"])) if request.GET.get("with") else None
    access.note(request, Look.Page.EXCHANGE, _what(one, other), at=timezone.now())
    shown = [_shown(each) for each in (one, other) if each is not None]
    context = {"one": one, "shown": shown, "edited": _edited(one), "row": _row(one)}
    return access.page(request, "wire/proxy_exchange.html", context)


@guarded
@require_safe
def image(request: HttpRequest, number: int) -> HttpResponse:
    """The picture that was answered; only kinds that cannot run anything."""
    one = _ask("get", number)
    __, answered = sides(one)
    if answered is None or not answered.is_image or answered.kind not in IMAGES:
        raise Http404
    access.note(request, Look.Page.EXCHANGE, _what(one, None), at=timezone.now())
    answer = HttpResponse(base64.b64decode(one["response"]["body"]), content_type=answered.kind)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@guarded
@require_POST
def replay(request: HttpRequest, number: int) -> HttpResponse:
    """Ask the same again."""
    return redirect("wire:proxy-exchange", _ask("replay", number))


@guarded
def send(request: HttpRequest) -> HttpResponse:
    """Write a request, from nothing or from an old one, and send it."""
    original = _ask("get", _number(request.GET["from"])) if request.GET.get("from") else None
    if request.method == "POST":
        told = _written(request, original["request"] if original else None)
        told["from"] = original["number"] if original else None
        return redirect("wire:proxy-exchange", _ask("send", told))
    _ask("list", 1)
    edited = {"method": "GET", "url": "", "headers": "", "body": "", "is_text": True}
    if original is not None:
        access.note(request, Look.Page.EXCHANGE, _what(original, None), at=timezone.now())
        edited = _edited(original | {"held": "request"})
    context = {"edited": edited, "number": original["number"] if original else None}
    return access.page(request, "wire/proxy_send.html", context)


@guarded
@require_POST
def resume(request: HttpRequest, number: int) -> HttpResponse:
    """Let go of what is held: as it is, as it was edited, or not at all."""
    one, way = _ask("get", number), request.POST.get("way", "")
    told: Told = {"number": number, "drop": way == "drop"}
    if way == "edited":
        told["edited"] = _written(request, one[one["held"]] if one["held"] else None)
    _ask("resume", told)
    return redirect("wire:proxy-exchange", number)


@guarded
@require_POST
def rule(request: HttpRequest) -> HttpResponse:
    """One more rule."""
    told: Told = {name: request.POST.get(name, "").strip() for name in RULE}
    told["body"] = request.POST.get("body", "")
    told["status"] = _number(request.POST.get("status") or "200")
    told["content_type"] = told["content_type"] or "text/plain; charset=utf-8"
    _ask("rule", told)
    return redirect("wire:proxy")


RULE = ("kind", "method", "host", "path", "content_type")


@guarded
@require_POST
def unrule(request: HttpRequest, number: int) -> HttpResponse:
    """One rule less."""
    _ask("unrule", number)
    return redirect("wire:proxy")


@guarded
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Forget what was seen."""
    _ask("clear")
    return redirect("wire:proxy")


@guarded
@require_safe
def har_file(request: HttpRequest) -> HttpResponse:
    """All that is kept, as a HAR file, secrets as stars."""
    text = har.write(_ask("har"))
    access.note(request, Look.Page.EXCHANGES, "HAR", at=timezone.now())
    answer = HttpResponse(text, content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="exchanges.har"'
    return answer


@guarded
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Take in a HAR file; all of it or nothing."""
    file = request.FILES.get("file")
    try:
        if file is None or isinstance(file, list):
            raise har.NotHar
        found = har.read(file.read(har.LARGEST + 1))
    except har.NotHar:
        raise control.Refused("not har") from None
    _ask("add", found)
    return redirect("wire:proxy")


read.takes_files = ("operator", har.LARGEST + 65536)  # type: ignore[attr-defined]  # for the site's intake


@guarded
@require_safe
def certificate(request: HttpRequest) -> HttpResponse:
    """How a client comes to trust the proxy."""
    return access.page(
        request, "wire/proxy_certificate.html", {"is_there": _certificate().is_file()}
    )


@guarded
@require_safe
def certificate_file(request: HttpRequest) -> HttpResponse:
    """The certificate alone, never its key."""
    if not _certificate().is_file():
        raise Http404
    answer = HttpResponse(_certificate().read_bytes(), content_type="application/x-x509-ca-cert")
    answer["Content-Disposition"] = 'attachment; filename="madang-proxy.pem"'
    return answer


def _certificate() -> Path:
    folder = configuration().proxy
    return (folder or Path("/nowhere")) / "keys" / "mitmproxy-ca-cert.pem"


def _ask(verb: str, told: object = None) -> Any:  # JSON
    folder = configuration().proxy
    if folder is None:
        raise control.NoProxy
    return control.ask(folder, verb, told)


def _row(row: Told) -> Told:
    return row | {"moment": datetime.fromtimestamp(row["at"], UTC)}


@dataclass(frozen=True)
class Shown:
    """A column of the page of one exchange."""

    number: int
    url: str
    sides: list[tuple[str, Any]]


def _shown(one: Told) -> Shown:
    asked, answered = sides(one)
    names = [(_("Request"), asked), (pgettext("HTTP", "Answer"), answered)]
    return Shown(one["number"], one["url"], [pair for pair in names if pair[1] is not None])


def _what(one: Told, other: Told | None) -> str:
    return " ".join(f"{each['method']} {each['url']}" for each in (one, other) if each)


def _edited(one: Told) -> Told:
    """What stands in the fields of a form for the side that is held."""
    side = one["request"] if one["held"] != "response" else one["response"]
    body = base64.b64decode(side["body"])
    is_text = not side["is_cut"] and _is_text(body)
    return {
        "method": side.get("method", ""),
        "url": side.get("url", ""),
        "status": side.get("status", ""),
        "headers": "\n".join(f"{name}: {value}" for name, value in side["headers"]),
        "body": body.decode() if is_text else "",
        "is_text": is_text,
    }


def _is_text(body: bytes) -> bool:
    try:
        return "\0" not in body.decode()
    except UnicodeDecodeError:
        return False


def _written(request: HttpRequest, original: Told | None) -> Told:
    """What was written into the fields; a body that no field can hold stays as it was."""
    headers = []
    for line in request.POST.get("headers", "").splitlines():
        name, colon, value = line.partition(":")
        if line.strip() and not colon:
            raise BadRequest("a header without a colon")
        if colon:
            headers.append([name.strip(), value.strip()])
    body = request.POST.get("body", "")
    true = base64.b64decode(original["body"]) if original else b""
    if b"\r\n" not in true:
        body = body.replace("\r\n", "\n")  # forms send line ends so (HTML 4.10.22)
    data = body.encode()
    if original and not body and not _is_text(true):
        data = true
    return {
        "method": request.POST.get("method", "").strip(),
        "url": request.POST.get("url", "").strip(),
        "status": request.POST.get("status", ""),
        "headers": headers,
        "body": base64.b64encode(data).decode(),
    }


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest("no number")
    return int(text)


def _sentence(word: str) -> str:
    return {
        "not allowed": _(
            "This server is not on the proxy's list. Start the proxy with --allow to add it."
        ),
        "left out": _("Nothing is kept of that path, so it cannot be sent from here."),
        "not kept": _("Its body was too large to be kept, so it cannot be sent again."),
        "not held": _("It is not held any more."),
        "too many rules": _("There are too many rules. Remove one first."),
        "not har": _("This is no HAR file, or it is too large."),
    }.get(
        word,
        _("The proxy could not make sense of that. Look at address, method and headers."),
    )
