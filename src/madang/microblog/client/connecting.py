"""Two ways to the site that share nothing: one signed in, and one that nobody is known by."""

from __future__ import annotations

import http.client
import json
import re
import urllib.request
from http.cookiejar import CookieJar
from typing import IO, Any, NamedTuple  # JSON
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit

from madang.lib.terminal import language

SECONDS = 30
LARGEST = 64 * 1024 * 1024
"""Bytes of an answer that are read."""
NEUTRAL = "Mozilla/5.0"
"""How most programs of the web begin to name themselves: a name of our own would mark us."""
FIELD = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Refusal(Exception):
    """Why something was not done: a `code`, and the site's own sentence where it gave one.

    `is_final` where the site has decided, so that asking again would change nothing.
    """

    def __init__(self, code: str, message: str = "", *, is_final: bool = False) -> None:
        super().__init__(code)
        self.code, self.message, self.is_final = code, message, is_final


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    location: str

    def json(self) -> Any:
        """Raises `Refusal` where it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Refusal("no_answer") from None

    def field(self, name: str) -> Any:
        """What the JSON says under that name. Raises `Refusal` where it says nothing there."""
        told = self.json()
        if not isinstance(told, dict) or name not in told:
            raise Refusal("no_answer")
        return told[name]

    def refusal(self) -> Refusal:
        """What a status that is none of the good ones says."""
        try:
            told = json.loads(self.body)
            code, message = str(told["code"]), str(told["message"])
        except (ValueError, RecursionError, TypeError, KeyError):
            code, message = "no_answer", ""
        return Refusal(code, message, is_final=400 <= self.status < 500)


class _Still(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a pass goes to the address it is for, or nowhere."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        """The redirect itself is the answer."""


def origin(address: str) -> str:
    """`address` as scheme, host and port. Raises `Refusal` unless it is safe against listeners."""
    parts = urlsplit(address if "://" in address else f"https://{address}")
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_safe or not parts.hostname or parts.username:
        raise Refusal("no_site")
    return f"{parts.scheme}://{parts.netloc}"


def ask(address: str, *, method: str = "GET", body: object = None, token: str = "") -> Answer:
    """Ask over a connection of its own: no cookie, no referrer, nothing that names a person."""
    headers = {"Accept-Language": language(), "Cache-Control": "no-store"}
    if token:
        headers["Authorization"] = f'PrivateToken token="{token}"'
    data = None
    if body is not None:
        data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    opener = urllib.request.build_opener(_Still)
    return _open(opener, _request(address, data, headers, method))


class Session:
    """Signed in, for issuing alone; its cookies are nowhere but in memory."""

    def __init__(self, site: str) -> None:
        self.site = site
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(_Still, cookies)

    def read(self, path: str) -> str:
        """The token of the form on a page. Raises `Refusal`."""
        found = FIELD.search(self._ask(path).body.decode(errors="replace"))
        if found is None:
            raise Refusal("no_answer")
        return found[1]

    def send(self, path: str, **fields: str) -> Answer:
        """Fill in the form on the page at `path`."""
        fields["csrfmiddlewaretoken"] = self.read(path)
        return self._ask(path, urlencode(fields).encode())

    def send_json(self, path: str, body: object, *, token: str) -> Answer:
        """Send JSON with the token of some form."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": token}
        return self._ask(path, json.dumps(body).encode(), headers)

    def _ask(
        self, path: str, data: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        own = {"Accept-Language": language(), "Referer": f"{self.site}{path}"}
        return _open(self._opener, _request(f"{self.site}{path}", data, {**own, **(headers or {})}))


def _request(
    address: str, data: bytes | None, headers: dict[str, str], method: str | None = None
) -> urllib.request.Request:
    origin(address)  # also what a purse says goes nowhere else
    return urllib.request.Request(address, data, headers, method=method)  # noqa: S310 - looked at


def _open(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> Answer:
    opener.addheaders = [("User-Agent", NEUTRAL)]
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            return Answer(answer.status, answer.read(LARGEST), "")
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read(LARGEST), error.headers.get("Location", ""))
    except (OSError, http.client.HTTPException, ValueError):
        raise Refusal("no_answer") from None
