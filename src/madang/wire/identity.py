"""Which request this is: the number that nginx gave it, and what a caller's trace says of it."""

from __future__ import annotations

import re
import secrets

REQUEST_ID = re.compile(r"[0-9a-f]{32}")
"""nginx's `$request_id`: 16 random bytes in hexadecimal (ngx_http_core_module)."""
TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<parent>[0-9a-f]{16})-[0-9a-f]{2}"
    r"(?P<rest>-[!-~]{1,400})?"
)


def request_id(given: str | None) -> str:
    """`given` if it can be a `$request_id`, else a new one.

    `given` must come from a server in front that overwrites what a client says; None otherwise.
    """
    if given is not None and REQUEST_ID.fullmatch(given):
        return given
    return secrets.token_hex(16)


def traceparent(header: str | None) -> str:
    """`header` if it is a valid traceparent (W3C Trace Context 1, 3.2), else nothing.

    Refused: all-zero trace and parent, version ff, and anything after the flags in version 00.
    """
    found = TRACEPARENT.fullmatch(header or "")
    if found is None or found["version"] == "ff" or (found["version"] == "00" and found["rest"]):
        return ""
    if not found["trace"].strip("0") or not found["parent"].strip("0"):
        return ""
    return found.group()
