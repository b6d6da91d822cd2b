"""What a project says of tracing: the setting `WIRE`; without it nothing is traced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KNOWN = {
    *("FOLDER", "REQUEST_ID", "LEAVE_OUT", "NGINX_LOG", "GUARD", "BASE"),
    *("PROXY", "CAPTURES", "RECORDER"),
}


@dataclass(frozen=True)
class Configuration:
    """`folder`: where traces are kept, None where tracing is off.

    `request_id`: the name in `request.META` by which the server in front hands over its own
    number, empty where there is none: then a client could write it. `leave_out`: paths that are
    never recorded. `nginx_log`: its JSON access log. `guard`: the dotted name of the decorator
    of the pages. `base`: the template that the pages extend. `proxy`: the folder of the socket of
    `madang wire proxy`, None where its pages are off. `captures`: where captures that were opened
    on a page are kept, None where none can be. `recorder`: the socket of `madang wire recorder`,
    None where pages do not capture.
    """

    folder: Path | None = None
    request_id: str = ""
    leave_out: re.Pattern[str] = re.compile(r"(?:^|/)anon(?:ymous)?(?:/|$)")
    nginx_log: Path | None = None
    guard: str = "madang.wire.access.trusted"
    base: str = "wire/plain.html"
    proxy: Path | None = None
    captures: Path | None = None
    recorder: Path | None = None


def configuration() -> Configuration:
    """What the settings say; `ImproperlyConfigured` for a name that nothing reads."""
    said: Mapping[str, object] = getattr(settings, "WIRE", {})
    if strange := set(said) - KNOWN:
        raise ImproperlyConfigured(f"WIRE: nothing reads {', '.join(sorted(strange))}")
    told: dict[str, object] = {name.lower(): value for name, value in said.items() if value}
    for name in ("folder", "nginx_log", "proxy", "captures", "recorder"):
        if name in told:
            told[name] = Path(str(told[name]))
    if "leave_out" in told:
        told["leave_out"] = re.compile(str(told["leave_out"]))
    return Configuration(**told)  # type: ignore[arg-type] # read one by one above
