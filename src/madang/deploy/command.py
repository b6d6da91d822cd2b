"""`madang deploy plan`: what a server needs to carry this site, beside what it has."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from madang.deploy.plan import BadSite, File, Site, difference
from madang.deploy.render import ETC, render
from madang.lib.terminal import gettext as _

ENV = ETC / "madang/madang.env"
NEW_KEY = "(new)"


def run(argv: list[str]) -> int:
    """Print the plan as a unified diff and touch nothing; 1 where a file cannot be read."""
    parser = argparse.ArgumentParser(
        "madang deploy",
        description=_("What a server needs to carry this site, beside what it has."),
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    plan = verbs.add_parser("plan", help=_("a diff of what would change; nothing is touched"))
    plan.add_argument(
        "--host", required=True, help=_("the name under which members reach the site")
    )
    plan.add_argument("--port", type=int, default=80, help=_("%(default)s by default"))
    plan.add_argument("--server", choices=["uwsgi", "gunicorn"], default="uwsgi")
    plan.add_argument("--database", default="", help=_("a URL; SQLite without it"))
    options = parser.parse_args(argv)
    try:
        site = Site(
            host=options.host.lower(),
            port=options.port,
            server=options.server,
            database=options.database,
            processes=max(2, os.cpu_count() or 1),
        )
    except BadSite as error:
        sentence = _("this cannot be used: {what}")
        print(f"madang deploy: {sentence.format(what=error)}", file=sys.stderr)
        return 2
    return show(site, Path("/"))


def show(site: Site, root: Path) -> int:
    """Print what differs between `site` and the server whose disk begins at `root`."""
    try:
        env = _read(root, ENV) or ""
        wanted = render(site, env=env, secret_key=NEW_KEY)
        found = _found(root, wanted)
    except PermissionError as error:
        sentence = _("{path} cannot be read: start it with sudo.")
        print(f"madang deploy: {sentence.format(path=error.filename)}", file=sys.stderr)
        return 1
    lines = list(difference(wanted, found))
    print("\n".join(lines) if lines else _("The server's files are as they should be."))
    return 0


def _found(root: Path, wanted: tuple[File, ...]) -> Mapping[PurePosixPath, str]:
    read = {file.path: _read(root, file.path) for file in wanted}
    return {path: text for path, text in read.items() if text is not None}


def _read(root: Path, path: PurePosixPath) -> str | None:
    try:
        return (root / path.relative_to("/")).read_text("utf-8")
    except FileNotFoundError:
        return None
