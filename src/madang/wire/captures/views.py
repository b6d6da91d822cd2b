"""The pages of captures: those that are kept, the packets of one, one packet, one stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, cast  # Any: what a template is given

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from madang.wire import access, asking, capture, taping
from madang.wire.asking import NotAsked, Why
from madang.wire.captures import indexing, keeping
from madang.wire.captures.hiding import Field
from madang.wire.captures.packet import dump, take_apart
from madang.wire.configuration import configuration
from madang.wire.engine import Ending, NoEngine, NotACapture, Refused
from madang.wire.layers import Packet
from madang.wire.models import Capture, Look
from madang.wire.show import plain

PAGE = 100
STREAM = 65_536
"""Packets on a page, and bytes of a stream that are shown."""
SECONDS = (5, 15, 30)
"""How long a capture may take that a page waits for."""
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
Told = dict[str, Any]


def guarded(view: View[P]) -> View[P]:
    """Behind the guard of the room, against forged forms, with programs that may be missing."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if configuration().captures is None:
            raise Http404
        try:
            return view(request, *args, **kwargs)
        except NoEngine as error:
            return access.page(request, "wire/captures_none.html", {"package": error}, status=503)
        except (capture.NoStream, FileNotFoundError) as error:
            raise Http404 from error
        except (taping.NoRecorder, taping.Refused) as error:
            sentence, status = _not_recorded(str(error))
            told = {"sentence": sentence}
            return access.page(request, "wire/captures_refused.html", told, status=status)
        except tuple(_SENTENCES) as error:
            context = {"sentence": _SENTENCES[type(error)]()}
            return access.page(request, "wire/captures_refused.html", context, status=400)

    return access.guarded(cast("View[P]", never_cache(csrf_protect(answer))))


_SENTENCES: dict[type[Exception], Callable[[], str]] = {
    NotACapture: lambda: _(
        "This file is no capture that can be read. Choose a pcap or pcapng file, also packed as gz."
    ),
    keeping.TooLarge: lambda: _(
        "What is in this file is too large. Cut it into pieces with editcap -c 100000 first."
    ),
    keeping.TooMany: lambda: _("There are too many captures. Delete one first."),
}


@guarded
@require_safe
def captures(request: HttpRequest) -> HttpResponse:
    """Those that are kept, the latest first."""
    access.note(request, Look.Page.CAPTURES, "", at=timezone.now())
    context = {
        "captures": Capture.objects.all(),
        "megabytes": keeping.LARGEST // 1_000_000,
        "seconds": SECONDS,
    }
    return access.page(request, "wire/captures.html", context)


@guarded
@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """Keep a file that was sent; all of it or nothing."""
    file = request.FILES.get("file")
    if file is None or isinstance(file, list):
        raise NotACapture
    return _kept(request, file.chunks(), name=file.name or "")


take_in.takes_files = ("operator", keeping.LARGEST + 65536)  # type: ignore[attr-defined]  # for the site's intake


@guarded
@require_POST
def now(request: HttpRequest) -> HttpResponse:
    """Have the recorder capture what comes to the site; the answer waits until it has."""
    path, seconds = configuration().recorder, _number(request.POST.get("seconds", ""))
    if path is None:
        raise Http404
    if seconds not in SECONDS:
        raise BadRequest("no such choice")
    if Capture.objects.count() >= keeping.MOST:
        raise keeping.TooMany
    at = timezone.now()
    name = f"{timezone.localtime(at):%Y-%m-%d-%H%M%S}.pcap"
    access.note(request, Look.Page.CAPTURE, f"{name} {seconds} s", at=at)
    data = taping.capture(path, seconds=seconds, by=str(getattr(request, "user", "")))
    if not data:
        sentence = _("No packet came in that time.")
        return access.page(request, "wire/captures_refused.html", {"sentence": sentence})
    return _kept(request, [data], name=name)


@guarded
@require_POST
def forget(request: HttpRequest, key: str) -> HttpResponse:
    """Delete one with all that was kept of it."""
    keeping.forget(_one(key), folder=_folder())
    return redirect("wire:captures")


@guarded
@require_safe
def packets(request: HttpRequest, key: str) -> HttpResponse:
    """A hundred packets of one, all or those that a filter lets through."""
    one, asked = _one(key), request.GET.get("filter", "").strip()
    after = _number(request.GET.get("after", "0"))
    access.note(request, Look.Page.CAPTURE, f"{one.name} {asked}".strip(), at=timezone.now())
    context: Told = {"one": one, "asked": asked, "ending": ended(one.ending)}
    file = keeping.file(_folder(), key)
    try:
        wanted = asking.checked(asked)
        found = indexing.page(file, after=after, limit=PAGE, display_filter=wanted)
    except NotAsked as error:
        wrong = asked[error.position :].partition(" ")[0]
        context["mistake"] = {
            "sentence": _mistake(error.why),
            "before": asked[: error.position],
            "wrong": wrong or " ",
            "after": asked[error.position + len(wrong) :],
        }
        return access.page(request, "wire/capture.html", context, status=400)
    except Refused:
        sentence = _("Wireshark knows no such field, or it cannot be compared with that value.")
        context["mistake"] = {"sentence": sentence, "before": "", "wrong": asked, "after": ""}
        return access.page(request, "wire/capture.html", context, status=400)
    context |= {"found": found, "rows": [_row(each) for each in found.packets]}
    if found.packets and not found.is_last:
        context["later"] = _query(asked, found.packets[-1].number)
    if not found.is_first:
        back = indexing.before(file, number=after, limit=PAGE, display_filter=wanted)
        context["earlier"] = _query(asked, back)
    return access.page(request, "wire/capture.html", context)


@guarded
@require_safe
def packet(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One packet: its layers, its fields, and its bytes with those of a chosen field marked."""
    one, file = _one(key), keeping.file(_folder(), key)
    found = indexing.one(file, number)
    if found is None:
        raise Http404
    access.note(request, Look.Page.CAPTURE, f"{one.name} #{number}", at=timezone.now())
    parts = take_apart(file, found)
    chosen = _number(request.GET.get("field", "0"))
    marked = range(0)
    if 0 < chosen <= len(parts.fields) and parts.fields[chosen - 1].start >= 0:
        field = parts.fields[chosen - 1]
        marked = range(field.start, field.start + field.size)
    context = {
        "one": one,
        "packet": found,
        "layers": _layers(found),
        "branches": _branches(parts.fields, chosen),
        "rows": dump(parts.data, marked),
        "is_whole": parts.is_whole,
        "chosen": parts.fields[chosen - 1] if marked else None,
        "previous": number - 1,
        "following": number + 1 if number < one.packets else 0,
    }
    return access.page(request, "wire/packet.html", context)


@guarded
@require_safe
def stream(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """What both sides of a TCP stream said, one after the other: unpacked, as sent, as bytes."""
    one, file = _one(key), keeping.file(_folder(), key)
    access.note(request, Look.Page.CAPTURE, f"{one.name} ~{number}", at=timezone.now())
    shown = request.GET.get("as", "")
    is_hex = shown == "hex"
    found = capture.follow(file, stream=number, unpacked=shown not in {"hex", "sent"})
    pieces, left = [], STREAM
    for piece in found.pieces:
        data = piece.data[: max(left, 0)]
        left -= len(piece.data)
        if data:
            lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
            said = dump(data, range(0)) if is_hex else "\n".join(map(plain, lines))
            pieces.append({"from_first": piece.from_first, "said": said, "size": len(piece.data)})
    context = {
        "one": one,
        "number": number,
        "found": found,
        "pieces": pieces,
        "is_hex": is_hex,
        "is_text": shown not in {"hex", "sent"},
        "is_whole": left >= 0 and found.ending is Ending.WHOLE,
    }
    return access.page(request, "wire/stream.html", context)


@guarded
@require_safe
def statistics(request: HttpRequest, key: str) -> HttpResponse:
    """What a capture is made of, who spoke with whom, and each of them."""
    one = _one(key)
    access.note(request, Look.Page.CAPTURE, f"{one.name} %", at=timezone.now())
    found = indexing.statistics(keeping.file(_folder(), key))
    whole = max((held for _chain, _frames, held in found.hierarchy), default=0) or 1
    context = {
        "one": one,
        "found": found,
        "protocols": [
            {
                "name": chain[-1],
                "depth": min(len(chain), 8),
                "frames": frames,
                "bytes": held,
                "size": round(held / whole * 1000),
            }
            for chain, frames, held in found.hierarchy
        ],
    }
    return access.page(request, "wire/statistics.html", context)


def _kept(request: HttpRequest, chunks: Iterable[bytes], *, name: str) -> HttpResponse:
    """Take in a capture as this user's, and go to its page."""
    user = getattr(getattr(request, "user", None), "pk", None)
    by = "" if user is None else str(user)
    one = keeping.keep(chunks, name=name, by=by, at=timezone.now(), folder=_folder())
    return redirect("wire:capture", one.key)


def _not_recorded(why: str) -> tuple[str, int]:
    """What the recorder means, and the status of an answer that says so."""
    return {
        "busy": (_("Somebody captures already. Try again when it is over."), 409),
        "anonymous": (
            _("Anonymous posts are taken at the ports of this site, so they are never captured."),
            409,
        ),
        "engine": (_("The recorder lacks a program: sudo apt-get install wireshark-common"), 503),
        "rights": (_("The recorder may not capture on this machine."), 503),
    }.get(why, (_("The recorder does not answer, or it could not capture."), 503))


def _folder() -> Path:
    folder = configuration().captures
    assert folder is not None
    return folder


def _one(key: str) -> Capture:
    return get_object_or_404(Capture, key=key)


def _query(asked: str, after: int) -> str:
    return urlencode([("filter", asked), ("after", str(after))])


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest("no number")
    return int(text)


def _row(one: Packet) -> Told:
    where = one.internet if one.internet and one.internet.source else one.network_access
    way = (where.source, where.target) if where else ("", "")
    return {"packet": one, "source": way[0], "target": way[1]}


def _layers(one: Packet) -> list[tuple[str, Any]]:
    """As TCP/IP teaches them, the one that is nearest to people first."""
    return [
        (_("Application"), one.application),
        (_("Transport"), one.transport),
        (_("Internet"), one.internet),
        (_("Network access"), one.network_access),
    ]


@dataclass(frozen=True)
class Line:
    """A field in the tree, and its place in the list of all, from 1."""

    number: int
    field: Field
    is_chosen: bool


@dataclass
class Branch:
    """A protocol and its fields; open where one of them is chosen."""

    head: Line
    lines: list[Line]
    is_open: bool


def _branches(fields: list[Field], chosen: int) -> list[Branch]:
    branches: list[Branch] = []
    for number, field in enumerate(fields, 1):
        line = Line(number, field, number == chosen)
        if not field.depth or not branches:
            branches.append(Branch(line, [], line.is_chosen))
        else:
            branches[-1].lines.append(line)
            branches[-1].is_open |= line.is_chosen
    if branches and not any(branch.is_open for branch in branches):
        branches[-1].is_open = True
    return branches


def ended(ending: str) -> str:
    """What is said above a capture that could not be read whole, empty for one that could."""
    return {
        Ending.CUT.value: _(
            "The file ends in the middle of a packet or is damaged. All before is here."
        ),
        Ending.SLOW.value: _("Reading took too long. What was read until then is here."),
        Ending.LARGE.value: _("The capture is too large. Its beginning is here."),
    }.get(ending, "")


def _mistake(why: Why) -> str:
    return {
        Why.SIGN: _("This sign has no place in a filter here."),
        Why.FIELD: _("Here a field is expected, such as http or tcp.port."),
        Why.COMPARED: _(
            "Of this field you may ask whether it is there. It cannot be compared, for secrets "
            "could be guessed so."
        ),
        Why.VALUE: _(
            "Here a number, an address, a word in capitals or a text in quotation marks is "
            "expected."
        ),
        Why.END: _("Something is missing at the end."),
        Why.MORE: _("Join tests by and or or. Contains, matches and functions are not possible."),
        Why.LONG: _("This filter is too long."),
    }[why]
