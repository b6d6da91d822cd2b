"""`madang checkup`: why a site cannot be reached, from the visitor's name for it to the disk."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from dataclasses import asdict

from madang.deploy import apply, host, releases, walk, watching
from madang.deploy.findings import Diagnosis, Finding, diagnose
from madang.deploy.look import Look
from madang.deploy.making import Cannot
from madang.deploy.place import Place
from madang.deploy.plan import Site
from madang.lib.terminal import gettext as _


def run(argv: list[str]) -> int:
    """0 where nothing is wrong, 1 with the first cause, 2 where it cannot look."""
    options = _parser().parse_args(argv)
    if os.geteuid() != 0:
        print("madang checkup: " + _("Looking needs root: start it with sudo."), file=sys.stderr)
        return 2
    site = _deployed(Place(options.name))
    name = (options.host or (site.host if site else "")).lower()
    if not name:
        print("madang checkup: " + _("Say which name visitors use."), file=sys.stderr)
        return 2
    is_deployed, site = site is not None, site or Site("localhost")
    look = Look(name, options.port or site.port, site, is_deployed=is_deployed)
    look.release = releases.current(site.place)
    if options.watch:
        sentence = _(
            "Ask for {name} at port {port} from another network now; I look for {seconds} s."
        )
        told = sentence.format(name=name, port=look.port, seconds=options.watch)
        print(told, file=sys.stderr, flush=True)
        look.seen = watching.watch(look.port, seconds=options.watch)
    found = diagnose(walk.walk(look))
    if options.json:
        print(json.dumps(_as_json(found), ensure_ascii=False, indent=1))
    else:
        _say(found, name)
    if options.fix and found.cause is not None:
        _mend(found.cause)
    return 0 if found.cause is None else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "madang checkup",
        description=_("Why the site cannot be reached: the first cause, and how to mend it."),
    )
    parser.add_argument("host", nargs="?", default="", help=_("the name that visitors use"))
    parser.add_argument("--port", type=int, default=0, help=_("what the site was deployed with"))
    parser.add_argument("--name", default="madang", help=_("of another project's site here"))
    parser.add_argument(
        "--watch",
        type=int,
        default=0,
        metavar="SECONDS",
        help=_("look for so long whether somebody who tries from outside arrives"),
    )
    parser.add_argument("--json", action="store_true", help=_("for programs"))
    parser.add_argument("--fix", action="store_true", help=_("mend what is safe, after asking"))
    return parser


def _deployed(place: Place) -> Site | None:
    try:
        return apply.found_site(place)
    except Cannot:
        return None


def _say(found: Diagnosis, name: str) -> None:
    if found.cause is None:
        print(_("{name}: nothing is wrong from here.").format(name=name))
        return
    print(f"{name}: {found.cause.cause}")
    if found.cause.mend:
        print("  " + _("Mend it:") + f" {shlex.join(found.cause.mend)}")
    for one in found.consequences:
        print("  " + _("follows:") + f" {one.cause}")
    for one in found.besides:
        print(_("Besides:") + f" {one.cause}")
        if one.mend:
            print("  " + _("Mend it:") + f" {shlex.join(one.mend)}")


def _mend(cause: Finding) -> None:
    if not (cause.mend and cause.is_safe):
        print(_("This one is not mended by a command alone."))
        return
    question = _("Run: {command}? [y/N] ").format(command=shlex.join(cause.mend))
    if input(question).strip().lower() in {"y", "yes"}:
        host.run(*cause.mend)
        print(_("Done. Look again."))


def _as_json(found: Diagnosis) -> dict[str, object]:
    def shown(one: Finding) -> dict[str, object]:
        return {**asdict(one), "explains": sorted(one.explains), "mend": list(one.mend)}

    return {
        "is_healthy": found.cause is None,
        "cause": None if found.cause is None else shown(found.cause),
        "consequences": [shown(one) for one in found.consequences],
        "besides": [shown(one) for one in found.besides],
    }
