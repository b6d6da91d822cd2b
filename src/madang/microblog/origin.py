"""The anonymous origin: a small application of its own that takes passes and no cookies.

It knows no session, keeps no log, and looks at nothing of a request but its method, path, pass,
length, language and body. What it was told it holds in this one process until the tick.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO  # JSON, and what WSGI says

from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header

from madang.lib import base64url
from madang.microblog import epochs, posting, whispering
from madang.microblog.models import AnonEpoch
from madang.microblog.whispering import Held, Whisper

LARGEST = 16 * 1024
"""Bytes of a body."""
MOST_HELD = 20_000
MOST_KNOWN = 20_000
"""Posts whose ids can still be asked for after they were written."""
CREDENTIALS = re.compile(r'PrivateToken\s+token="?([A-Za-z0-9_=-]+)"?', re.IGNORECASE)
ONE = re.compile(r"/anon/posts/([A-Za-z0-9_=-]{1,64})")
PROBLEMS: dict[type[Exception], tuple[int, str, object]] = {
    whispering.BadPass: (401, "bad_pass", _("This is no pass for anonymous posts here.")),
    whispering.TooEarly: (403, "too_early", _("This pass is for a later epoch.")),
    whispering.TooLate: (403, "too_late", _("The epoch of this pass is over.")),
    whispering.AlreadySpent: (409, "already_spent", _("This pass was spent already.")),
    whispering.TooFew: (
        403,
        "too_few",
        _("Too few members hold passes for anybody to be hidden among them."),
    ),
    whispering.NotSigned: (403, "not_signed", _("The key of this thread did not sign that.")),
    whispering.NoRenewal: (422, "no_renewal", _("The request for the next pass is none.")),
    whispering.NotThere: (404, "not_there", _("There is no such anonymous post.")),
    whispering.Muted: (
        403,
        "muted",
        _("A moderator has silenced this name in this conversation."),
    ),
    posting.ThreadLocked: (403, "locked", _("A moderator has locked this conversation.")),
    posting.NothingSaid: (422, "nothing_said", _("Please write something.")),
    posting.TooLong: (422, "too_long", _("That is too much for one post.")),
    posting.PostGone: (409, "post_gone", _("What you answer was taken back a moment ago.")),
}
OPEN = [
    ("Access-Control-Allow-Origin", "*"),  # nothing here depends on who asks from where
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]
PREFLIGHT = [
    ("Access-Control-Allow-Methods", "GET, POST, DELETE"),
    ("Access-Control-Allow-Headers", "authorization, content-type"),
    ("Access-Control-Max-Age", "86400"),
]

Environ = Mapping[str, Any]
Start = Callable[[str, list[tuple[str, str]]], object]


class Problem(Exception):
    """A refusal that is no verb's: status, code and a sentence."""

    def __init__(self, status: int, code: str, message: object) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


@dataclass
class Waiting:
    """What is held until its tick, in memory alone, and the ids of what was written lately."""

    held: dict[tuple[int, bytes], Held] = field(default_factory=dict, repr=False)
    known: OrderedDict[bytes, int] = field(default_factory=OrderedDict, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, one: Held) -> None:
        """Hold it. Raises `AlreadySpent` where its pass is held already, or `Problem`."""
        with self.lock:
            if (one.epoch, one.nonce) in self.held:
                raise whispering.AlreadySpent
            if len(self.held) >= MOST_HELD:
                raise Problem(
                    503, "full", _("Too much is waiting to be written. Please try later.")
                )
            self.held[one.epoch, one.nonce] = one

    def tick(self, at: datetime) -> None:
        """Write what is due at `at`; what cannot be written now waits for the next tick."""
        with self.lock:
            due = [one for one in self.held.values() if one.due_at <= at]
        written = whispering.write(due, at=at) if due else []
        with self.lock:
            for one, number in zip(due, written, strict=True):
                del self.held[one.epoch, one.nonce]
                if number is not None:
                    self.known[one.nonce] = number
            while len(self.known) > MOST_KNOWN:
                self.known.popitem(last=False)

    def has(self, nonce: bytes) -> bool:
        """Whether something is held for the pass with this number."""
        with self.lock:
            return any(each == nonce for _epoch, each in self.held)


class Application:
    """What WSGI calls (PEP 3333). `waiting` is shared with whoever writes at the ticks."""

    def __init__(self, waiting: Waiting) -> None:
        self.waiting = waiting

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """JSON in, JSON out; a refusal is a code and a sentence in the reader's language."""
        with translation.override(_language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))):
            try:
                status, body = self._answer(environ)
                headers = PREFLIGHT if status == 204 else []
            except Problem as problem:
                status, body = problem.status, _said(problem.code, problem.message)
                headers = _challenge() if status == 401 else []
            except tuple(PROBLEMS) as refusal:
                status, code, message = PROBLEMS[type(refusal)]
                body, headers = _said(code, message), _challenge() if status == 401 else []
            except Exception:
                status, headers = 500, []
                body = _said("broken", _("Something is broken here. Nothing was written."))
        text = b"" if status == 204 else json.dumps(body, ensure_ascii=False).encode()
        kind = ("Content-Type", "application/json; charset=utf-8")
        length = ("Content-Length", str(len(text)))
        start(f"{status} {REASONS[status]}", [*OPEN, *headers, kind, length])
        return [text]

    def _answer(self, environ: Environ) -> tuple[int, object]:
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
        one = ONE.fullmatch(path)
        if method == "OPTIONS" and (one or path == "/anon/posts"):
            return 204, None
        if path == "/anon/health" and method == "GET":
            connection.ensure_connection()
            return 200, {"state": "well"}
        if path == "/anon/posts" and method == "POST":
            return self._post(environ)
        if one and method == "GET":
            return self._look(one[1])
        if one and method == "DELETE":
            return _take_back(one[1], _json(environ))
        if one or path in {"/anon/posts", "/anon/health"}:
            raise Problem(405, "method", _("This cannot be done here."))
        raise Problem(404, "not_found", _("There is nothing here."))

    def _post(self, environ: Environ) -> tuple[int, object]:
        """202: held, and by when at the latest it is written."""
        found = CREDENTIALS.fullmatch(environ.get("HTTP_AUTHORIZATION", "").strip())
        if found is None:
            raise whispering.BadPass
        at = timezone.now()
        whisper = _whisper(_decoded(found[1], whispering.BadPass), _json(environ))
        self.waiting.add(whispering.receive(whisper, at=at))
        latest = whispering.tick_after(at + whispering.WAITS[whisper.wait])
        return 202, {"state": "held", "written_by": latest.isoformat().replace("+00:00", "Z")}

    def _look(self, text: str) -> tuple[int, object]:
        """What became of what was posted with the pass of this number, for whoever knows it."""
        nonce = _decoded(text, whispering.NotThere)
        if self.waiting.has(nonce):
            return 200, {"state": "held"}
        number = self.waiting.known.get(nonce)
        at = timezone.now() - whispering.WAITS["six_hours"] - settings.ANON_TICK
        live = AnonEpoch.objects.live(at).values_list("number", flat=True)
        if number is None and not any(whispering.is_spent(each, nonce) for each in list(live)):
            raise whispering.NotThere
        return 200, {"state": "written", "id": None if number is None else str(number)}


REASONS = {
    200: "OK",
    202: "Accepted",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    422: "Unprocessable Content",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def _take_back(text: str, body: dict[str, Any]) -> tuple[int, object]:
    if not (text.isdigit() and len(text) < 20 and int(text) < 2**63):
        raise whispering.NotThere
    whispering.take_back(
        post=int(text), signature=_decoded(body.get("signature"), whispering.NotSigned)
    )
    return 200, {"state": "deleted"}


def _json(environ: Environ) -> dict[str, Any]:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = -1
    if length < 0 or environ.get("HTTP_TRANSFER_ENCODING"):
        raise Problem(400, "no_length", _("This cannot be read."))
    if length > LARGEST:
        raise Problem(413, "too_large", _("This is too large."))
    stream: BinaryIO = environ["wsgi.input"]
    try:
        body = json.loads(stream.read(length).decode())
    except (ValueError, RecursionError):
        raise Problem(400, "no_json", _("This cannot be read.")) from None
    if not isinstance(body, dict):
        raise Problem(422, "no_post", _("This is no post."))
    return body


def _whisper(token: bytes, body: dict[str, Any]) -> Whisper:
    text, parent, wait = body.get("text"), body.get("parent"), body.get("wait")
    is_text = isinstance(text, str) and not re.search(r"[\ud800-\udfff]", text)
    is_number = parent is None or (
        isinstance(parent, str)
        and re.fullmatch(r"[0-9]{1,19}", parent) is not None
        and int(parent) < 2**63
    )
    if not is_text or not is_number or not isinstance(wait, str) or wait not in whispering.WAITS:
        raise Problem(422, "no_post", _("This is no post."))
    assert isinstance(text, str)
    return Whisper(
        token=token,
        text=text,
        parent=None if parent is None else int(parent),
        wait=wait,
        key=_decoded(body.get("key"), whispering.NotSigned),
        signature=_decoded(body.get("signature"), whispering.NotSigned),
        renewal=_decoded(body.get("renewal"), whispering.NoRenewal),
    )


def _decoded(text: object, answer: type[Exception]) -> bytes:
    try:
        return base64url.decode(text) if isinstance(text, str) else b""
    except base64url.BadText:
        raise answer from None


def _said(code: str, message: object) -> dict[str, str]:
    return {"code": code, "message": str(message)}


def _challenge() -> list[tuple[str, str]]:
    """What RFC 9577, 2.1 has who lacks a pass be told; the keys are in the issuer's directory."""
    value = f'PrivateToken challenge="{base64url.encode(epochs.challenge())}"'
    return [("WWW-Authenticate", value)]


def _language(accepted: str) -> str:
    """The first language of a browser's list that the site speaks, or the site's own."""
    for code, _weight in parse_accept_lang_header(accepted[:200]):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def keep_ticking(waiting: Waiting, stop: threading.Event) -> None:
    """Write at every tick until `stop`; a tick that fails is made up for at the next."""
    while True:
        now = timezone.now()
        after = whispering.tick_after(now + timedelta(microseconds=1))
        if stop.wait((after - now).total_seconds()):
            return
        close_old_connections()
        try:
            waiting.tick(after)
        except Exception:  # noqa: S112 - what broke must not be written down
            continue


def application() -> Callable[[Environ, Start], Iterable[bytes]]:
    """One that writes at its ticks by a thread of its own, for the one process that serves it."""
    waiting = Waiting()
    ticking = threading.Thread(
        target=keep_ticking, args=(waiting, threading.Event()), daemon=True, name="ticks"
    )
    ticking.start()
    answer = Application(waiting)

    def fresh(environ: Environ, start: Start) -> Iterable[bytes]:
        close_old_connections()
        return answer(environ, start)

    return fresh
