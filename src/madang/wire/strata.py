"""One request as layers, one under the other, to one time scale: for the page and the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from madang.lib.terminal import gettext_noop
from madang.wire.index import Request
from madang.wire.statements import COLUMNS

if TYPE_CHECKING:
    from typing import Any  # JSON

Translate = Callable[[str], str]
PLAIN, SOFT, WARN = "plain", "soft", "warn"
LEAST = 0.05
"""Milliseconds that a mark of something momentary, a packet, is drawn as."""


@dataclass(frozen=True)
class Span:
    """From `began` on, for `ms`, in milliseconds since the request's first sign."""

    began: float
    ms: float
    tone: str = PLAIN


@dataclass(frozen=True)
class Layer:
    """`name` in words, `about` what happened there, `value` the number that matters.

    `key` tells the layers apart; of one that saw nothing `spans` is empty and `is_seen` false.
    """

    key: str
    name: str
    protocol: str
    about: str
    value: str
    spans: tuple[Span, ...] = ()
    is_seen: bool = True


@dataclass(frozen=True)
class Strata:
    """All layers, from the cable to the database; `ms` is the length of the scale."""

    layers: tuple[Layer, ...]
    ms: float


def ms(value: float) -> str:
    """`value` milliseconds in a few digits: 0.04 ms, 3.2 ms, 41 ms, 1.2 s."""
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    digits = 0 if value >= 100 else 1 if value >= 1 else 2
    return f"{value:.{digits}f} ms"


def strata(request: Request, translate: Translate) -> Strata:
    """The layers of `request`; what a layer says is put through `translate`."""
    start, end = _reach(request)
    layers = [
        *_wire(request, start, translate),
        _nginx(request, start, translate),
        _hop(request, start, translate),
        _django(request, start, translate),
        _sql(request, start, translate),
    ]
    return Strata(tuple(layers), max((end - start) * 1000, 0.1))


def statements(request: Request) -> list[dict[str, Any]]:
    """Each statement with its `COLUMNS`, its text as `sql`, and its loop."""
    django: dict[str, Any] = request.django or {}
    texts, loops = django.get("texts", []), django.get("loops", [])
    found = []
    for values in django.get("sql", []):
        row = dict(zip(COLUMNS, values, strict=True))
        row["sql"] = texts[row["text"]]
        row["loop"] = loops[row["loop"]] if row["loop"] >= 0 else None
        found.append(row)
    return found


def grouped(request: Request) -> list[dict[str, Any]]:
    """As `statements`, those of a loop together in the place of the first, with `times`."""
    found: list[dict[str, Any]] = []
    places: dict[tuple[int, str], dict[str, Any]] = {}
    for row in statements(request):
        key = (id(row["loop"]), row["sql"])
        if row["loop"] is not None and key in places:
            places[key]["times"] += 1
            places[key]["ms"] += row["ms"]
            places[key]["rows"] += max(row["rows"], 0)
            continue
        places[key] = row | {"times": 1}
        found.append(places[key])
    return found


def _reach(request: Request) -> tuple[float, float]:
    """The first and the last sign of the request, in seconds since 1970."""
    signs: list[tuple[float, float]] = []
    if request.django is not None:
        at: Any = request.django["at"]
        signs.append((at, at + _number(request.django, "ms") / 1000))
    if request.nginx is not None:
        signs.append((request.at, request.at + request.ms / 1000))
    frames: Any = (request.packets or {}).get("frames", [])
    if frames:
        signs.append((frames[0]["at"], frames[-1]["at"]))
    return min(one for one, _end in signs), max(end for _one, end in signs)


def _number(layer: dict[str, object] | None, name: str) -> float:
    found = (layer or {}).get(name)
    return float(found) if isinstance(found, (int, float)) else 0.0


UNSEEN = gettext_noop("not captured")


def _wire(request: Request, start: float, _: Translate) -> list[Layer]:
    """The four layers of TCP/IP, from the packets."""
    names = (
        gettext_noop("Network access"),
        gettext_noop("Internet"),
        gettext_noop("Transport"),
        gettext_noop("Application"),
    )
    keys = ("access", "internet", "transport", "application")
    if request.packets is None:
        kinds = ("Ethernet", "IP", "TCP", "HTTP")
        return [
            Layer(key, _(name), kind, "", _(UNSEEN), is_seen=False)
            for key, name, kind in zip(keys, names, kinds, strict=True)
        ]
    packets: Any = request.packets
    frames: list[dict[str, Any]] = packets["frames"]
    client, server = packets["client"], packets["server"]
    begun = [(frame["at"] - start) * 1000 for frame in frames]
    whole = (Span(begun[0], max(begun[-1] - begun[0], LEAST)),)
    again = sum(frame["is_again"] for frame in frames)
    count = _("{count} frames").format(count=packets["frames_in_all"])
    ttl = f", TTL {packets['ttl']}" if packets["ttl"] >= 0 else ""
    address = f"{client[1]} → {server[1]}{ttl}"
    kind = "IPv6" if ":" in client[1] else "IPv4"
    whole_size = _("{size} bytes").format(size=sum(frame["size"] for frame in frames))
    return [
        Layer(
            keys[0],
            _(names[0]),
            "Ethernet" if client[0] else "",
            _way(client, server),
            count,
            whole,
        ),
        Layer(keys[1], _(names[1]), kind, address, whole_size, whole),
        _transport(frames, begun, client, server, again, _),
        _application(request, frames, begun, _),
    ]


def _way(client: list[str], server: list[str]) -> str:
    return f"{client[0]} → {server[0]}" if client[0] else ""


def _transport(
    frames: list[dict[str, Any]],
    begun: list[float],
    client: list[Any],
    server: list[Any],
    again: int,
    _: Translate,
) -> Layer:
    spans = tuple(
        Span(at, LEAST, WARN if frame["is_again"] else PLAIN if frame["payload"] else SOFT)
        for at, frame in zip(begun, frames, strict=True)
    )
    shakes = [at for at, frame in zip(begun, frames, strict=True) if frame["is_handshake"]]
    about = f"{client[2]} → {server[2]}"
    if len(shakes) > 1:
        about += ", " + _("opened within {ms}").format(ms=ms(shakes[-1] - shakes[0]))
    else:
        about += ", " + _("on an open connection")
    value = _("sent again: {count}").format(count=again) if again else _("nothing sent again")
    return Layer("transport", _("Transport"), "TCP", about, value, spans)


def _application(
    request: Request, frames: list[dict[str, Any]], begun: list[float], _: Translate
) -> Layer:
    packets: Any = request.packets
    pairs = [(at, frame) for at, frame in zip(begun, frames, strict=True) if frame["payload"]]
    asked = [at for at, frame in pairs if frame["is_from_client"]]
    answered = [at for at, frame in pairs if not frame["is_from_client"]]
    spans = tuple(
        Span(some[0], max(some[-1] - some[0], LEAST)) for some in (asked, answered) if some
    )
    if not packets["is_whole"]:
        about = _("encrypted, or the answer was not captured: joined by port and time")
        return Layer("application", _("Application"), "HTTP", about, "", spans)
    sizes = [
        sum(frame["payload"] for _at, frame in pairs if frame["is_from_client"] is ours)
        for ours in (True, False)
    ]
    about = _("{asked} bytes asked, {answered} bytes answered").format(
        asked=sizes[0], answered=sizes[1]
    )
    value = _("first byte {ms}").format(ms=ms(answered[0] - asked[0])) if asked and answered else ""
    protocol = str((request.nginx or {}).get("protocol") or "HTTP")
    return Layer("application", _("Application"), protocol, about, value, spans)


def _nginx(request: Request, start: float, _: Translate) -> Layer:
    if request.nginx is None:
        return Layer("nginx", "nginx", "", "", _("no log of nginx"), is_seen=False)
    began = (request.at - start) * 1000
    if request.nginx.get("upstream_seconds"):
        about = _("passed on to the application")
    else:
        about = _("answered by itself, no Django: a static file or a refusal")
    about += ", " + _("{size} bytes sent").format(size=int(_number(request.nginx, "bytes")))
    return Layer(
        "nginx", "nginx", "", about, ms(request.ms), (Span(began, max(request.ms, LEAST)),)
    )


def _hop(request: Request, start: float, _: Translate) -> Layer:
    """Between nginx and Django: a unix socket has no packets, so it is what both sides say."""
    server: Any = (request.django or {}).get("server") or {"name": "", "worker": 0}
    name = server["name"] or _("Server")
    protocol = _("unix socket: not captured")
    if request.django is None:
        return Layer("hop", _("Server"), "", "", _("no Django"), is_seen=False)
    at: Any = request.django["at"]
    about = _("process {number}").format(number=int(_number(request.django, "process")))
    if server["worker"]:
        about += ", " + _("worker {number}").format(number=server["worker"])
    began, lasted = (at - start) * 1000, _number(request.django, "ms")
    spans: tuple[Span, ...] = (Span(began, lasted),)
    value = ""
    if request.nginx is not None:
        wait = max((at - request.at) * 1000, 0.0)
        spans = (Span(began - wait, wait, SOFT), *spans)
        value = _("waited {ms}").format(ms=ms(wait) if wait >= 1 else _("less than 1 ms"))
    else:
        protocol = ""
    return Layer("hop", name.replace("/", " "), protocol, about, value, spans)


def _django(request: Request, start: float, _: Translate) -> Layer:
    if request.django is None:
        return Layer("django", "Django", "", "", _("no Django"), is_seen=False)
    django: dict[str, Any] = request.django
    began = (django["at"] - start) * 1000
    spans = [Span(began, django["ms"])]
    if django["view_began"] is not None:
        spans = [
            Span(began, django["view_began"], SOFT),
            Span(began + django["view_began"], django["ms"] - django["view_began"]),
        ]
    spans += [Span(began + use["began"], use["ms"], SOFT) for use in django["templates"][:1]]
    about = django["view"] or _("no view was found")
    if django["templates"]:
        about += " · " + django["templates"][0]["name"]
    if django["exception"]:
        about += " · " + django["exception"]
    return Layer("django", "Django", "", about, ms(django["ms"]), tuple(spans))


def _sql(request: Request, start: float, _: Translate) -> Layer:
    if request.django is None:
        return Layer("sql", "SQL", "", "", _("no Django"), is_seen=False)
    at: Any = request.django["at"]
    rows = statements(request)
    began = (at - start) * 1000
    spans = tuple(
        Span(began + row["began"], max(row["ms"], LEAST), WARN if row["loop"] else PLAIN)
        for row in rows
    )
    about = "; ".join(loop_sentence(loop, _) for loop in _loops(request))
    total = ms(sum(row["ms"] for row in rows))
    value = _("{count} statements, {ms}").format(count=len(rows), ms=total)
    return Layer("sql", "SQL", "", about or _("each asked once"), value, spans)


def _loops(request: Request) -> list[dict[str, Any]]:
    found: Any = (request.django or {}).get("loops", [])
    return list(found)


def loop_sentence(loop: dict[str, Any], _: Translate) -> str:
    """What is asked again for row after row, where, and what would ask once."""
    if not loop["relation"]:
        sentence = _("the same statement {times} times: {file}, line {line}")
    else:
        sentence = _("{times} times {relation}: {file}, line {line}")
    return sentence.format(**loop)
