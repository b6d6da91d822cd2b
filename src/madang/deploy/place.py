"""Where a site of some name has its things on a server; names, nothing is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

NGINX = Path("/etc/nginx")
UNITS = Path("/etc/systemd/system")
CHALLENGES = Path("/var/lib/madang-acme")
"""Where nginx finds what a certificate authority asks for (RFC 8555, 8.3), for all sites."""


@dataclass(frozen=True)
class Place:
    """The paths and units of the site `name`; `root` stands before them all."""

    name: str = "madang"
    root: Path = Path("/")

    @property
    def env(self) -> Path:
        """The site's environment variables, secrets among them."""
        return self.root / f"etc/{self.name}/{self.name}.env"

    @property
    def site(self) -> Path:
        """What the site was asked to be, for the next time."""
        return self.root / f"etc/{self.name}/site.json"

    @property
    def tls(self) -> Path:
        """The site's own authority and certificate."""
        return self.root / f"etc/{self.name}/tls"

    @property
    def state(self) -> Path:
        """Database, media, static files; the home of the site's user."""
        return self.root / f"var/lib/{self.name}"

    @property
    def static(self) -> Path:
        """A union over releases, served by nginx."""
        return self.state / "static"

    @property
    def backups(self) -> Path:
        """Copies of the database."""
        return self.root / f"var/backups/{self.name}"

    @property
    def releases(self) -> Path:
        """A folder for each."""
        return self.root / f"srv/{self.name}/releases"

    @property
    def current(self) -> Path:
        """The link to the sockets of the release that visitors reach."""
        return self.root / f"srv/{self.name}/run/current"

    @property
    def run(self) -> Path:
        """Where each release has its sockets."""
        return self.root / f"run/{self.name}"

    @property
    def anonymous(self) -> Path:
        """The link to the socket of the anonymous origin."""
        return self.root / f"srv/{self.name}/run/anonymous"

    @property
    def capture(self) -> Path:
        """The link to the folder of the socket of what captures."""
        return self.root / f"srv/{self.name}/run/capture"

    @property
    def recorder(self) -> Path:
        """Where the site asks for a capture."""
        return self.capture / "recorder"

    def run_of(self, kind: str) -> Path:
        """Where each release's web processes, or those of another kind, have their socket."""
        return self.run if kind == "web" else self.run.with_name(f"{self.name}-{kind}")

    @property
    def socket(self) -> Path:
        """Where nginx looks for the site."""
        return self.current / "web.sock"

    @property
    def nginx(self) -> Path:
        """nginx's text about the site."""
        return self.root / f"etc/nginx/sites-available/{self.name}"

    @property
    def enabled(self) -> Path:
        """The link by which nginx reads it."""
        return self.root / f"etc/nginx/sites-enabled/{self.name}"

    @property
    def emperor(self) -> Path:
        """The environment of uWSGI's Emperor."""
        return self.root / f"srv/{self.name}/emperor"

    @property
    def emperor_unit(self) -> str:
        """The Emperor over all releases of the site."""
        return f"{self.name}-emperor.service"

    @property
    def keeper(self) -> Path:
        """The code that renews the site's certificate."""
        return self.root / f"srv/{self.name}/keeper"

    @property
    def timer(self) -> str:
        """The unit that starts it."""
        return f"{self.name}-certificate.timer"

    @property
    def vassals(self) -> Path:
        """A link for each release that the Emperor has."""
        return self.run.with_name(f"{self.name}-vassals")

    def unit(self, kind: str, release: str) -> str:
        """`web`, `worker`, `anonymous` or `capture` of a release."""
        return f"{self.name}-{kind}@{release}.service"
