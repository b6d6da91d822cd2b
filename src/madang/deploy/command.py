"""`madang deploy`: a site behind nginx, release by release."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from madang.deploy import apply, gate, host, releases
from madang.deploy.gate import Closed
from madang.deploy.plan import BadSite, File, Site, difference
from madang.deploy.render import ETC, render
from madang.lib.terminal import gettext as _

ENV = ETC / "madang/madang.env"
NEW_KEY = "(new)"
SOURCE = Path(__file__).resolve().parents[3]


def run(argv: list[str]) -> int:
    """0 if it was done; 1 with the cause where it could not be, and then nothing has changed."""
    verbs = {"plan", "apply", "status", "releases", "rollback", "backup"}
    if argv and argv[0] not in verbs | {"-h", "--help"}:
        argv = ["apply", *argv]
    options = _parser().parse_args(argv)
    try:
        return _do(options)
    except BadSite as error:
        sentence = _("this cannot be used: {what}")
        print(f"madang deploy: {sentence.format(what=error)}", file=sys.stderr)
        return 2
    except host.Busy:
        print("madang deploy: " + _("somebody else is deploying."), file=sys.stderr)
    except (apply.Cannot, Closed, host.Failed) as error:
        print(f"madang deploy: {error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "madang deploy",
        description=_("A site behind nginx, release by release. Without a verb: apply."),
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, about in (
        ("plan", _("a diff of what would change; nothing is touched")),
        ("apply", _("take this code live as the next release")),
    ):
        verb = verbs.add_parser(name, help=about)
        verb.add_argument(
            "--host", required=True, help=_("the name under which members reach the site")
        )
        verb.add_argument("--port", type=int, default=80, help=_("%(default)s by default"))
        verb.add_argument("--server", choices=["uwsgi", "gunicorn"], default="uwsgi")
        verb.add_argument("--database", default="", help=_("a URL; SQLite without it"))
        if name == "apply":
            verb.add_argument(
                "--contract",
                action="store_true",
                help=_("let migrations take away what the running release may use"),
            )
    verbs.add_parser("status", help=_("what runs, and whether it answers"))
    verbs.add_parser("releases", help=_("those on this server, the current one marked"))
    verbs.add_parser("rollback", help=_("go back to the release before"))
    verbs.add_parser("backup", help=_("copy the database, online"))
    return parser


def _do(options: argparse.Namespace) -> int:
    if options.verb == "plan":
        return show(_site(options), Path("/"))
    if options.verb == "apply":
        apply.apply(_site(options), SOURCE, say=_say, contract=options.contract)
        return 0
    if options.verb == "rollback":
        apply.roll_back(say=_say)
        return 0
    if options.verb == "releases":
        for name in releases.whole():
            print(f"{'*' if name == releases.current() else ' '} {name}")
        return 0
    if options.verb == "backup":
        kept = apply.back_up(apply.found_site(), "by-hand")
        print(kept if kept is not None else _("There is no database yet."))
        return 0
    return _status()


def _status() -> int:
    """0 where the current release answers."""
    name = releases.current()
    if name is None:
        raise apply.Cannot(_("No site is deployed on this server."))
    site = apply.found_site()
    for kind in ("web", "worker"):
        is_up = host.is_running(f"madang-{kind}@{name}.service")
        state = _("runs") if is_up else _("does not run")
        print(f"madang-{kind}@{name}: {state}")
    status, _body = gate.ask(releases.CURRENT / "web.sock", site.host, "/readyz")
    print(f"{site.origin}/readyz: {status}")
    return 0 if status == 200 else 1


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _site(options: argparse.Namespace) -> Site:
    return Site(
        host=options.host.lower(),
        port=options.port,
        server=options.server,
        database=options.database,
        processes=max(2, os.cpu_count() or 1),
        has_ipv6=Path("/proc/net/if_inet6").exists(),
    )


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
