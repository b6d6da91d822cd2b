"""One side of an exchange, taken apart for people: all of it is masked before it comes here."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any  # JSON
from urllib.parse import parse_qsl, urlsplit

LONGEST = 100_000
"""Characters of a body that a page shows."""
IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
Told = dict[str, Any]
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Side:
    """A request, or an answer."""

    line: str
    headers: Pairs
    query: Pairs
    cookies: Pairs
    form: Pairs
    json: str
    text: str
    raw: str
    kind: str
    size: int
    is_cut: bool
    is_image: bool


def side(told: Told, line: str) -> Side:
    """Take `told` apart; `line` is what stands above its headers."""
    body = base64.b64decode(told["body"])
    kind = _header(told, "content-type").partition(";")[0].strip().lower()
    text = _text(body)
    head = "".join(f"{name}: {value}\n" for name, value in told["headers"])
    form = kind == "application/x-www-form-urlencoded"
    return Side(
        line=line,
        headers=[(name, value) for name, value in told["headers"]],
        query=_fields(urlsplit(told.get("url", "")).query),
        cookies=_cookies(told),
        form=_fields(text) if form else [],
        json=_json(text) if "json" in kind else "",
        text=text,
        raw=f"{line}\n{head}\n{text}",
        kind=kind,
        size=told["size"],
        is_cut=told["is_cut"] or len(text) >= LONGEST,
        is_image=kind in IMAGES and bool(body),
    )


def sides(one: Told) -> tuple[Side, Side | None]:
    """The request, and its answer if there is one."""
    asked, answered = one["request"], one["response"]
    parts = urlsplit(asked["url"])
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = side(asked, f"{asked['method']} {target} {asked['version']}")
    if answered is None:
        return request, None
    return request, side(
        answered, f"{answered['version']} {answered['status']} {answered['reason']}"
    )


def _header(told: Told, wanted: str) -> str:
    return next((value for name, value in told["headers"] if name.lower() == wanted), "")


def _text(body: bytes) -> str:
    """Empty where it is no text."""
    if b"\0" in body:
        return ""
    return body[:LONGEST].decode("utf-8", "replace")


def _fields(text: str) -> Pairs:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return []


def _cookies(told: Told) -> Pairs:
    """Their names cannot be told apart any more where the header is stars: then there are none."""
    pairs = (
        part.strip().partition("=")[::2]
        for name, value in told["headers"]
        if name.lower() in {"cookie", "set-cookie"}
        for part in value.split(";")
    )
    return [(name, value) for name, value in pairs if name]


def _json(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return ""
