"""Middleware that follows each request through Django: view, templates, SQL.

Nothing is written into the database; a record goes into the spool when the answer is ready.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Mapping

from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from madang.lib.masking import mask
from madang.wire import identity
from madang.wire.configuration import configuration
from madang.wire.masking import NAMES
from madang.wire.recording import Recording, watch_templates
from madang.wire.spool import Spool

SECRET = re.compile(NAMES.decode(), re.IGNORECASE)
HARMLESS = frozenset(
    {
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "HTTP_ACCEPT",
        "HTTP_ACCEPT_ENCODING",
        "HTTP_HOST",
        "HTTP_X_FORWARDED_PROTO",
        "REQUEST_METHOD",
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
        "SERVER_SOFTWARE",
    }
)
"""Variables whose values are kept, of all others only the names."""
CGI = frozenset(
    {"DOCUMENT_ROOT", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR", "REMOTE_PORT", "REQUEST_SCHEME"}
    | {"REQUEST_URI", "SCRIPT_NAME", "DOCUMENT_URI", "HTTPS"}
)
"""Of the others, those of a request: runserver mixes in the environment of the process."""
LONG = 24
"""Letters from which on a step of a path could be a key."""
LONGEST = 500


class Trace:
    """The middleware. Where tracing is off Django leaves it out, so that it costs nothing.

    Each answer gets `X-Request-ID`; the view finds `request.wire_id` and `request.traceparent`.
    It stands first: what stands before it is not seen.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        said = configuration()
        if said.folder is None:
            raise MiddlewareNotUsed
        self._get_response = get_response
        self._given, self._left_out = said.request_id, said.leave_out
        self._spool = Spool(said.folder / "spool")
        watch_templates()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as without it, and record how."""
        if self._left_out.search(request.path):
            return self._get_response(request)
        at = time.time()
        request.wire_id = identity.request_id(  # type: ignore[attr-defined] # ours
            request.META.get(self._given) if self._given else None
        )
        request.traceparent = identity.traceparent(  # type: ignore[attr-defined] # ours
            request.META.get("HTTP_TRACEPARENT")
        )
        recording = Recording(Trace.__call__.__code__)
        request.wire_recording = recording  # type: ignore[attr-defined] # ours
        with recording.running():
            response = self._get_response(request)
        response["X-Request-ID"] = request.wire_id  # type: ignore[attr-defined] # set above
        match = request.resolver_match
        if match is None or "wire" not in match.app_names:
            record = _request(request, response) | recording.as_json()
            self._spool.write({"at": at, "ms": recording.elapsed(), **record})
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        arguments: tuple[object, ...],
        named: dict[str, object],
    ) -> None:
        """Django's hook before the view: the middleware is through."""
        if isinstance(recording := getattr(request, "wire_recording", None), Recording):
            recording.view_began = recording.elapsed()

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Django's hook after a view that raised: its kind is kept, what it says is not."""
        if isinstance(recording := getattr(request, "wire_recording", None), Recording):
            recording.exception = type(exception).__name__


def _request(request: HttpRequest, response: HttpResponseBase) -> dict[str, object]:
    """What was asked and answered, without a value that could be secret."""
    match = request.resolver_match
    return {
        "id": request.wire_id,  # type: ignore[attr-defined] # ours
        "traceparent": request.traceparent,  # type: ignore[attr-defined] # ours
        "method": request.method,
        "path": _path(request)[:LONGEST],
        "fields": sorted({name for name in request.GET if not SECRET.search(name)})[:20],
        "status": response.status_code,
        "bytes": None if response.streaming else len(getattr(response, "content", b"")),
        "kind": response.get("Content-Type", "").partition(";")[0],
        "route": match.route if match else "",
        "view": _name(getattr(match.func, "view_class", match.func)) if match else "",
        "process": os.getpid(),
        "server": _server(request.META),
        "variables": _variables(request.META),
    }


def _name(view: object) -> str:
    """Where the view is defined; a partial or an instance by its class."""
    named = view if hasattr(view, "__qualname__") else type(view)
    return f"{named.__module__}.{named.__qualname__}"


def _path(request: HttpRequest) -> str:
    """The path without keys: long steps, and what the route captures under a telling name."""
    path = mask(request.path)
    for name, value in (request.resolver_match.kwargs if request.resolver_match else {}).items():
        if SECRET.search(name) and str(value):
            path = path.replace(str(value), "…")
    return "/".join("…" if len(step) >= LONG else step for step in path.split("/"))


def _server(said: Mapping[str, object]) -> dict[str, object]:
    """Which server runs this process, as it says itself; uWSGI counts its workers."""
    uwsgi = sys.modules.get("uwsgi")
    if uwsgi is not None and "uwsgi.version" in said:
        version = said["uwsgi.version"]
        text = version.decode() if isinstance(version, bytes) else str(version)
        return {"name": f"uWSGI {text}", "worker": uwsgi.worker_id()}
    return {"name": str(said.get("SERVER_SOFTWARE", ""))[:80], "worker": 0}


def _variables(said: Mapping[str, object]) -> dict[str, str]:
    """CGI's variables by name (RFC 3875, 4.1; PEP 3333), values only where they are harmless."""
    asked = HARMLESS | CGI
    names = sorted(name for name in said if name.startswith("HTTP_") or name in asked)
    return {name: str(said[name])[:200] if name in HARMLESS else "…" for name in names[:60]}
