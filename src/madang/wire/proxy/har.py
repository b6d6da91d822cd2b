"""Exchanges as a HAR 1.2 file (W3C Web Performance, HTTP Archive format), and back."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any  # JSON
from urllib.parse import parse_qsl, urlsplit

from madang import __version__

Told = dict[str, Any]
LARGEST = 20_000_000
MOST = 1000
"""Bytes and exchanges of a file that is read."""


class NotHar(Exception):
    """The file is none, or holds what no HAR may."""


def write(exchanges: list[Told]) -> str:
    """The text of the file; of what was masked the stars are in it."""
    log = {
        "version": "1.2",
        "creator": {"name": "Madang", "version": __version__},
        "entries": [_entry(one) for one in exchanges],
    }
    return json.dumps({"log": log}, ensure_ascii=False, indent=1)


def read(data: bytes) -> list[Told]:
    """The exchanges of the file, as the proxy takes them in; `NotHar`."""
    if len(data) > LARGEST:
        raise NotHar
    try:
        entries = json.loads(data)["log"]["entries"]
        if len(entries) > MOST:
            raise NotHar
        return [_exchange(entry) for entry in entries]
    except (
        ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError,
        binascii.Error,
    ) as error:  # fmt: skip
        raise NotHar from error


def _entry(one: Told) -> Told:
    request, response = one["request"], one["response"]
    url = urlsplit(request["url"])
    asked = _common(request) | {
        "method": request["method"],
        "url": request["url"],
        "queryString": _pairs(parse_qsl(url.query, keep_blank_values=True)),
        "cookies": _cookies(request, "cookie"),
    }
    if request["body"]:
        content = _content(request)
        asked["postData"] = {"mimeType": content["mimeType"], "text": content["text"], "params": []}
        if "encoding" in content:
            asked["postData"]["_encoding"] = content["encoding"]
    ms = one["ms"] or 0
    answered: Told = {"status": 0, "statusText": "", "httpVersion": "", "headers": []}
    answered |= {"headersSize": -1, "bodySize": -1}
    if response is not None:
        answered = _common(response) | {
            "status": response["status"],
            "statusText": response["reason"],
        }
    return {
        "startedDateTime": datetime.fromtimestamp(one["at"], UTC).isoformat(),
        "time": ms,
        "request": asked,
        "response": answered
        | {
            "cookies": _cookies(response, "set-cookie") if response else [],
            "content": _content(response) if response else {"size": 0, "mimeType": ""},
            "redirectURL": _header(response, "location") if response else "",
        },
        "cache": {},
        "timings": {"send": 0, "wait": ms, "receive": 0},
    }


def _common(side: Told) -> Told:
    return {
        "httpVersion": side["version"],
        "headers": _pairs(side["headers"]),
        "headersSize": -1,
        "bodySize": side["size"],
    }


def _pairs(pairs: list[Any]) -> list[Told]:
    return [{"name": name, "value": value} for name, value in pairs]


def _header(side: Told, wanted: str) -> str:
    return next((value for name, value in side["headers"] if name.lower() == wanted), "")


def _cookies(side: Told, wanted: str) -> list[Told]:
    found = []
    for name, value in side["headers"]:
        if name.lower() == wanted:
            try:
                cookies = SimpleCookie(value)
            except CookieError:
                continue
            found += [{"name": each.key, "value": each.value} for each in cookies.values()]
    return found


def _content(side: Told) -> Told:
    body = base64.b64decode(side["body"])
    found = {"size": side["size"], "mimeType": _header(side, "content-type")}
    try:
        return found | {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return found | {"text": side["body"], "encoding": "base64"}


def _exchange(entry: Told) -> Told:
    request, response = entry["request"], entry["response"]
    if urlsplit(request["url"]).scheme not in {"http", "https"} or not request["method"].isalpha():
        raise NotHar
    post = request.get("postData") or {}
    asked = _side(request, post.get("text") or "", post.get("_encoding", ""))
    answered = None
    if response["status"]:
        content = response["content"]
        answered = _side(response, content.get("text") or "", content.get("encoding", ""))
        answered |= {"status": int(response["status"]), "reason": str(response["statusText"])}
        if not 100 <= answered["status"] <= 999:
            raise NotHar
    return {
        "at": datetime.fromisoformat(entry["startedDateTime"]).timestamp(),
        "ms": float(entry["time"]),
        "request": asked | {"method": request["method"], "url": request["url"]},
        "response": answered,
    }


def _side(side: Told, text: str, encoding: str) -> Told:
    body = base64.b64decode(text, validate=True) if encoding == "base64" else text.encode()
    return {
        "version": str(side["httpVersion"]),
        "headers": [
            [str(each["name"]), str(each["value"])]
            for each in side["headers"]
            if not each["name"].startswith(":")  # what browsers write of HTTP/2
        ],
        "body": base64.b64encode(body).decode(),
    }
