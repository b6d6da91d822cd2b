"""Which exchanges a rule means, and which servers may be asked.

Standard library only: it runs inside the environment of mitmproxy.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

HOLDS = ("hold request", "hold response")
KINDS = (*HOLDS, "mock")
LONGEST = 200


class BadRule(Exception):
    """It cannot mean anything."""


@dataclass(frozen=True)
class Rule:
    """What is done with exchanges of this method, host and path; empty and `*` mean any.

    Patterns are the shell's (`*`, `?`). `status`, `kind_of_body` and `body` are a mock's answer.
    """

    kind: str
    method: str = ""
    host: str = ""
    path: str = ""
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: str = ""

    def __post_init__(self) -> None:
        """`BadRule` where a field cannot be."""
        texts = (self.method, self.host, self.path, self.content_type)
        if self.kind not in KINDS or not 200 <= self.status <= 599:
            raise BadRule("kind or status")
        if any(len(text) > LONGEST or not text.isprintable() for text in texts):
            raise BadRule("pattern")

    def means(self, method: str, host: str, path: str) -> bool:
        """Whether the exchange is one of these."""
        return (
            self.method.upper() in {"", "*", method.upper()}
            and fnmatchcase(host.lower(), self.host.lower() or "*")
            and fnmatchcase(path, self.path or "*")
        )

    def as_json(self) -> dict[str, object]:
        """Its fields."""
        return asdict(self)


def is_allowed(host: str, port: int, allowed: Iterable[str]) -> bool:
    """Whether the server may be asked: this machine itself, or one of `HOST` or `HOST:PORT`."""
    name = host.lower().strip("[]").rstrip(".")
    if name == "localhost":
        return True
    try:
        if ipaddress.ip_address(name).is_loopback:
            return True
    except ValueError:
        pass
    return any(each.lower() in {name, f"{name}:{port}", f"[{name}]:{port}"} for each in allowed)
