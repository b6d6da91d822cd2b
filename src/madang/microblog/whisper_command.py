"""`madang whisper`: say something without a name, for whoever runs no script that a site sends."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any  # the JSON of a purse

from madang.lib.terminal import gettext as _
from madang.lib.terminal import gettext_noop
from madang.microblog.client import enrolling, keys, phrase, purse, saying
from madang.microblog.client.connecting import Refusal, Session, origin
from madang.microblog.client.purse import Purse

SENTENCES = {
    "bad_answer": gettext_noop("The site’s answer does not make a pass."),
    "code": gettext_noop("The code of the second step is not right."),
    "keys": gettext_noop(
        "The site shows keys that are not those of its public log. Nothing was sent: a key of your "
        "own would mark you."
    ),
    "no_answer": gettext_noop("No answer came that can be read."),
    "no_origin": gettext_noop("This site takes nothing without a name."),
    "no_pass": gettext_noop("There is no pass left for now."),
    "no_purse": gettext_noop("This file is no purse."),
    "no_site": gettext_noop("--site takes an address that begins with https:// (or localhost)."),
    "not_enrolled": gettext_noop("There is no purse yet: madang whisper enrol --site ADDRESS"),
    "not_yours": gettext_noop("Nothing in this purse was said there."),
    "other_site": gettext_noop("This purse is for another site; name another file with --purse."),
    "password": gettext_noop("This handle and this password do not belong together."),
    "phrase": gettext_noop("This is no phrase: 14 groups of four letters, perhaps with a slip."),
    "rewritten": gettext_noop(
        "The site’s log of keys is not the one it showed before: somebody has rewritten it. "
        "Nothing was sent."
    ),
    "there_already": gettext_noop("There is a purse already; --force puts this one in its place."),
    "too_often": gettext_noop("Too many tried to sign in. Please wait a few minutes."),
    "too_soon": gettext_noop(
        "You signed in from here less than an hour ago. Whoever watches the lines sees the same "
        "address sign in and then write: wait, use another network, or add --force."
    ),
}
STATES = {
    "new": gettext_noop("not sent yet"),
    "again": gettext_noop("being sent again"),
    "held": gettext_noop("waits"),
    "written": gettext_noop("can be read"),
    "deleted": gettext_noop("taken back"),
    "refused": gettext_noop("was not taken"),
}


def run(argv: list[str]) -> int:
    """0 where it was done; 1 with a sentence where the site refused or did not answer."""
    options = _parser().parse_args(argv)
    act: Callable[[argparse.Namespace], None] = options.act
    try:
        act(options)
    except Refusal as refusal:
        sentence = refusal.message or _(SENTENCES.get(refusal.code, SENTENCES["no_answer"]))
        print(f"madang whisper: {sentence}", file=sys.stderr)
        return 1
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or _("it cannot be read as text")
        name = getattr(error, "filename", None) or options.purse
        print(f"madang whisper: {name}: {why}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "madang whisper",
        description=_("Take passes under your name, and say something later without it."),
    )
    parser.add_argument("--purse", type=Path, default=_file(), help=_("the file of the purse"))
    deeds = parser.add_subparsers(required=True, metavar="DEED")
    one = deeds.add_parser("enrol", help=_("take passes for the coming epochs, signed in"))
    one.add_argument("--site", default="", help=_("its address; the purse remembers it"))
    one.add_argument("--handle", default="", help=_("asked for otherwise"))
    one.add_argument("--password-file", type=Path, help=_("asked for otherwise"))
    one.set_defaults(act=_enrol)
    one = deeds.add_parser("say", help=_("say something; another connection, no cookie"))
    one.add_argument("text", help=_("what is said; - reads it from the standard input"))
    one.add_argument("--thread", type=_number, help=_("the post that opened it"))
    one.add_argument("--to", type=_number, help=_("the post in it that is answered"))
    one.add_argument("--wait", choices=saying.WAITS, default="hour", help=_("within how long"))
    one.add_argument("--force", action="store_true", help=_("also right after signing in"))
    one.set_defaults(act=_say)
    one = deeds.add_parser("take-back", help=_("take back what you said"))
    one.add_argument("post", type=_number, help=_("its number, as in its address"))
    one.set_defaults(act=_take_back)
    one = deeds.add_parser("renew", help=_("fetch the passes that came back"))
    one.set_defaults(act=_renew)
    one = deeds.add_parser("status", help=_("passes, among how many you hide, what became of it"))
    one.set_defaults(act=_status)
    one = deeds.add_parser("backup", help=_("the phrase of your secret, or all into a file"))
    one.add_argument("file", nargs="?", type=Path, help=_("as the page saves it; else a phrase"))
    one.set_defaults(act=_backup)
    one = deeds.add_parser("restore", help=_("a purse from a file, or by its phrase"))
    one.add_argument("file", nargs="?", type=Path, help=_("of the page or of backup; else asked"))
    one.add_argument("--site", default="", help=_("its address; the purse remembers it"))
    one.add_argument("--force", action="store_true", help=_("in place of the purse that is here"))
    one.set_defaults(act=_restore)
    return parser


def _file() -> Path:
    """Where programs of this member keep their data (XDG Base Directory Specification)."""
    named = os.environ.get("XDG_DATA_HOME", "")
    base = Path(named) if named.startswith("/") else Path.home() / ".local" / "share"
    return base / "madang" / "purse.json"


def _number(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise argparse.ArgumentTypeError(_("a post has a number, as in its address"))
    return text


def _enrol(options: argparse.Namespace) -> None:
    site = origin(options.site) if options.site else ""
    with purse.opened(options.purse, begin=site) as found:
        if site and found.kept["site"] not in {"", site}:
            raise Refusal("other_site")
        found.kept["site"] = found.kept["site"] or site
        if not found.kept["site"]:
            raise Refusal("no_site")
        count = enrolling.enrol(found, lambda: _sign_in(found.kept["site"], options))
    print(_("Passes that came: {count}").format(count=count))


def _sign_in(site: str, options: argparse.Namespace) -> Session:
    handle = options.handle or input(_("Handle: "))
    if options.password_file:
        password = options.password_file.read_text("utf-8").rstrip("\n")
    else:
        password = getpass.getpass(_("Password: "))
    return enrolling.sign_in(site, handle, password, lambda: input(_("Code: ")))


def _say(options: argparse.Namespace) -> None:
    text = sys.stdin.read() if options.text == "-" else options.text
    thread = options.thread or options.to or ""
    wish = saying.Wish(text, saying.WAITS[options.wait], thread, options.to or thread)
    with purse.opened(options.purse) as found:
        try:
            sent = saying.say(found, wish, is_forced=options.force)
        except Refusal as refusal:
            if refusal.code == "no_answer":
                raise Refusal("", _("No answer came. It is kept; status sends it again.")) from None
            raise
    print(_("It waits, until {when} at the latest.").format(when=_moment(sent["by"])))


def _take_back(options: argparse.Namespace) -> None:
    with purse.opened(options.purse) as found:
        saying.take_back(found, options.post)
    print(_("It is taken back."))


def _renew(options: argparse.Namespace) -> None:
    with purse.opened(options.purse) as found:
        count = enrolling.renew(found)
    print(_("Passes that came back: {count}").format(count=count))


def _status(options: argparse.Namespace) -> None:
    with purse.opened(options.purse) as found:
        directory = keys.look(found.kept["site"], found.kept["seen"])
        saying.look(found)
        _show(found, directory)


def _show(found: Purse, directory: keys.Directory) -> None:
    line = _("from {when}: {count} passes; {holders} members hold some")
    for key in directory.keys:
        row: dict[str, Any] = found.kept["epochs"].get(str(key.number), {"passes": []})
        count = len(row["passes"])
        print(line.format(when=_moment(key.begins), count=count, holders=key.holders))
        if row.get("isElsewhere"):
            print("  " + _("your passes for it are on another device"))
        if key.begins <= time.time() and key.holders < directory.floor:
            few = _("closed: fewer than {floor} members hold passes, nobody could hide")
            print("  " + few.format(floor=directory.floor))
    for sent in found.kept["sent"]:
        state = sent.get("why") or _(STATES[sent["state"]])
        print(" ".join(filter(None, [sent.get("id"), f"({state})", sent["body"]["text"]])))


def _backup(options: argparse.Namespace) -> None:
    with purse.opened(options.purse) as found:
        if options.file is None:
            print(phrase.write(found.secret))
            said = _("It brings back your passes and names, not which passes you have spent.")
            print(said, file=sys.stderr)
        else:
            Purse(options.file, found.kept).save()


def _restore(options: argparse.Namespace) -> None:
    if options.purse.exists() and not options.force:
        raise Refusal("there_already")
    if options.file is not None:
        kept = purse.read(options.file.read_text("utf-8"))
    else:
        try:
            kept = purse.empty("", phrase.read(input(_("Phrase: "))))
            kept["isRestored"] = True
        except phrase.NotAPhrase:
            raise Refusal("phrase") from None
    kept["site"] = origin(options.site) if options.site else kept["site"]
    if not kept["site"]:
        raise Refusal("no_site")
    with purse.opened(options.purse, begin=kept["site"]) as found:
        Purse(found.file, kept).save()


def _moment(value: int | str) -> str:
    """In the zone of whoever sits here."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value)  # noqa: DTZ006
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
