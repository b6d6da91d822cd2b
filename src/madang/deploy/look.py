"""A server as a visitor's question finds it: what was asked for, and what was read once."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path

from madang.deploy import reading
from madang.deploy.findings import Finding
from madang.deploy.place import Place
from madang.deploy.plan import Site
from madang.deploy.watching import Seen
from madang.deploy.webserver import Nginx
from madang.lib.terminal import gettext as _

SECONDS = 5.0
"""How long a question to the site may take."""


@dataclass
class Look:
    """The server as it is found: the name and port that are asked for, and what was read once.

    `seen` is what came to the port while somebody tried from outside, if that was watched.
    """

    name: str
    port: int
    site: Site
    nginx: Nginx = field(default_factory=Nginx)
    release: str | None = None
    is_deployed: bool = True
    seen: Seen | None = None

    @property
    def place(self) -> Place:
        """Where the site has its things."""
        return self.site.place

    @property
    def is_tls(self) -> bool:
        """Whether visitors come by HTTPS."""
        return self.site.tls != "none"

    def unit(self, kind: str) -> str:
        """`web`, `worker`, `anonymous` or `capture` of the current release."""
        return self.place.unit(kind, self.release or "")

    def told(self, name: str) -> str:
        """What the site is told: of Madang's variables or of another project's."""
        return reading.told(self.place.env, self.variable(name))

    def variable(self, name: str) -> str:
        """HOSTS or ORIGIN as this site calls it."""
        if self.site.application.is_madang:
            return f"MADANG_{name}"
        return f"DEPLOYED_{name.rstrip('S')}"

    def line(self, name: str) -> str:
        """Where it is told: file and line."""
        return reading.line(self.place.env, self.variable(name))


def shut(folder: Path, layer: str) -> Finding:
    """nginx may not go through the folder."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    sentence = _("nginx may not enter {folder} (mode {mode:04o}).").format(folder=folder, mode=mode)
    mend = ("chmod", "g+rx", str(folder))
    return Finding(
        "folder_closed",
        layer,
        sentence,
        mend,
        frozenset({"static", "socket", "django"}),
        is_safe=True,
    )
