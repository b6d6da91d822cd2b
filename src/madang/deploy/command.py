"""`madang deploy`: a site behind nginx, release by release."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from madang.deploy import apply, databases, gate, host, leaving, releases
from madang.deploy.gate import Closed
from madang.deploy.making import Cannot
from madang.deploy.place import Place
from madang.deploy.plan import Application, BadSite, File, Site, difference
from madang.deploy.render import render
from madang.lib.terminal import gettext as _

NEW_KEY = "(new)"
SOURCE = Path(__file__).resolve().parents[3]
VERBS = {"plan", "apply", "status", "releases", "rollback", "backup", "restore", "certificate"}
VERBS |= {"logs", "remove"}


def run(argv: list[str]) -> int:
    """0 if it was done; 1 with the cause where it could not be, and then nothing has changed."""
    if argv and argv[0] not in VERBS | {"-h", "--help"}:
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
    except (Cannot, Closed, databases.Unreadable, host.Failed) as error:
        print(f"madang deploy: {error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "madang deploy",
        description=_("A site behind nginx, release by release. Without a verb: apply."),
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    _planning(verbs.add_parser("plan", help=_("a diff of what would change; nothing is touched")))
    applying = verbs.add_parser("apply", help=_("take this code live as the next release"))
    _planning(applying)
    _applying(applying)
    for verb, about in (
        ("status", _("what runs, and whether it answers")),
        ("releases", _("those on this server, the current one marked")),
        ("backup", _("copy the database, online")),
        ("certificate", _("renew the certificate where it is about to end")),
    ):
        _named(verbs.add_parser(verb, help=about))
    rollback = verbs.add_parser("rollback", help=_("go back to the release before"))
    rollback.add_argument("--to", default="", metavar="RELEASE", help=_("or to this one"))
    _named(rollback)
    restore = verbs.add_parser("restore", help=_("put the database back from a copy"))
    restore.add_argument("copy", type=Path, help=_("a file that backup made"))
    _named(restore)
    logs = verbs.add_parser("logs", help=_("what the site's processes say"))
    logs.add_argument("--follow", action="store_true", help=_("go on showing what is new"))
    logs.add_argument("--lines", type=int, default=100, help=_("%(default)s by default"))
    _named(logs)
    remove = verbs.add_parser("remove", help=_("take the site off this server"))
    remove.add_argument("--host", required=True, help=_("its name, so that it is this site"))
    remove.add_argument(
        "--data", action="store_true", help=_("its database, files, copies and keys as well")
    )
    _named(remove)
    return parser


def _named(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--name", default="", help=_("of another project's site on this server"))


def _planning(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--host", required=True, help=_("the name under which members reach the site")
    )
    verb.add_argument("--port", type=int, help=_("80 by default, 443 with TLS"))
    verb.add_argument("--server", choices=["uwsgi", "gunicorn"], default="uwsgi")
    verb.add_argument(
        "--emperor",
        action="store_true",
        help=_("uWSGI’s Emperor over all releases, each his vassal"),
    )
    verb.add_argument("--database", default="", help=_("a URL; SQLite without it"))
    verb.add_argument(
        "--tls",
        choices=["none", "internal", "certbot"],
        default="none",
        help=_("internal: an authority of the site's own; certbot: one that browsers know"),
    )
    verb.add_argument(
        "--anonymous", default="", metavar="HOST", help=_("where anonymous posts are taken")
    )
    verb.add_argument("--project", type=Path, help=_("the folder of another Django project"))
    verb.add_argument("--module", default="", help=_("its WSGI module, as conf.wsgi"))
    verb.add_argument("--settings", default="", help=_("its settings, as conf.settings"))
    verb.add_argument("--requirements", default="requirements.txt", help=_("in its folder"))
    _named(verb)


def _applying(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--contract",
        action="store_true",
        help=_("let migrations take away what the running release may use"),
    )
    verb.add_argument("--email", default="", help=_("whom the authority warns (certbot)"))
    verb.add_argument("--acme", default="", help=_("the authority's directory (certbot)"))


def _do(options: argparse.Namespace) -> int:
    if options.verb in {"plan", "apply"}:
        site = _site(options)
        if options.verb == "plan":
            return show(site, Path("/"))
        source = options.project or SOURCE
        more = {"email": options.email, "directory": options.acme}
        apply.apply(site, source.resolve(), say=_say, contract=options.contract, **more)
        if site.application.is_madang and not site.anonymous:
            _say(_("Nobody can post anonymously: --anonymous HOST takes such posts."))
        return 0
    place = Place(options.name or "madang")
    if options.verb == "status":
        return _status(place)
    _asked(options, place)
    return 0


def _asked(options: argparse.Namespace, place: Place) -> None:
    """The verbs about a site that is there, but for its status."""
    if options.verb == "rollback":
        apply.roll_back(place, say=_say, to=options.to)
    elif options.verb == "releases":
        for name in releases.whole(place):
            print(f"{'*' if name == releases.current(place) else ' '} {name}")
    elif options.verb == "backup":
        kept = leaving.back_up(place)
        print(kept if kept is not None else _("There is no database yet."))
    elif options.verb == "restore":
        leaving.restore(place, options.copy.resolve(), say=_say)
    elif options.verb == "certificate":
        leaving.renew(place, say=_say)
    elif options.verb == "logs":
        leaving.logs(place, lines=options.lines, is_following=options.follow)
    else:
        leaving.remove(place, options.host.lower(), with_data=options.data, say=_say)


def _status(place: Place) -> int:
    """0 where the current release answers."""
    name = releases.current(place)
    if name is None:
        raise Cannot(_("No site is deployed on this server."))
    site = apply.found_site(place)
    for kind in apply.kinds(site):
        is_up = host.is_running(place.unit(kind, name))
        state = _("runs") if is_up else _("does not run")
        print(f"{site.name}-{kind}@{name}: {state}")
    path = site.application.health
    status, _body = gate.ask(place.socket, site.door, path, scheme=site.scheme)
    print(f"{site.origin}{path}: {status}")
    return 0 if status < 400 else 1


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _site(options: argparse.Namespace) -> Site:
    application, name = Application(), options.name or "madang"
    if options.project is not None:
        application = _other(options)
        name = options.name or re.sub(r"[^a-z0-9]+", "-", options.project.resolve().name.lower())
        if name == "madang":
            raise BadSite("--name madang")
    elif options.name not in {"", "madang"}:
        raise BadSite("--name")
    return Site(
        host=options.host.lower(),
        port=options.port or (80 if options.tls == "none" else 443),
        server=options.server,
        database=options.database,
        processes=max(2, os.cpu_count() or 1),
        has_ipv6=Path("/proc/net/if_inet6").exists(),
        tls=options.tls,
        anonymous=options.anonymous.lower(),
        name=name.strip("-"),
        application=application,
        is_imperial=options.emperor,
        has_brotli=host.has_brotli(),
        has_dumpcap=shutil.which("dumpcap") is not None,
    )


def _other(options: argparse.Namespace) -> Application:
    """Another project, as it was asked for."""
    if not re.fullmatch(r"\w+(\.\w+)*", options.module):
        raise BadSite(f"--module {options.module!r}")
    settings = options.settings or f"{options.module.rpartition('.')[0]}.settings"
    if not re.fullmatch(r"\w+(\.\w+)*", settings):
        raise BadSite(f"--settings {settings!r}")
    if options.anonymous:
        raise BadSite("--anonymous")
    return Application(
        module=options.module,
        settings=settings,
        sources=".",
        health="/",
        requirements=options.requirements,
    )


def show(site: Site, root: Path) -> int:
    """Print what differs between `site` and the server whose disk begins at `root`."""
    try:
        env = _read(root, site.place.env) or ""
        wanted = render(site, env=env, secret_key=NEW_KEY)
        found = _found(root, wanted)
    except PermissionError as error:
        sentence = _("{path} cannot be read: start it with sudo.")
        print(f"madang deploy: {sentence.format(path=error.filename)}", file=sys.stderr)
        return 1
    lines = list(difference(wanted, found))
    print("\n".join(lines) if lines else _("The server's files are as they should be."))
    return 0


def _found(root: Path, wanted: tuple[File, ...]) -> Mapping[Path, str]:
    read = {file.path: _read(root, file.path) for file in wanted}
    return {path: text for path, text in read.items() if text is not None}


def _read(root: Path, path: Path) -> str | None:
    try:
        return (root / path.relative_to("/")).read_text("utf-8")
    except FileNotFoundError:
        return None
