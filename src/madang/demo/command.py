"""`madang demo`: a village with people in it, on this machine, for looking around."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import secrets
import shutil
import socket
import sys
from pathlib import Path
from typing import TextIO

from madang import serve
from madang.demo.cast import CAST
from madang.lib import terminal
from madang.lib.terminal import gettext as _

PORT = 8000
TRIES = 100
LOOPBACK = ("127.0.0.1", "::1")


class Refusal(Exception):
    """Why there is no village; the message says what to do."""


def run(argv: list[str]) -> int:
    """Make the village if it is not there, say who lives in it, and serve it."""
    parser = argparse.ArgumentParser("madang demo", description=__doc__)
    parser.add_argument("--lang", choices=["ko", "en"], help="the village's language")
    parser.add_argument("--port", type=serve.port, default=PORT, help="the next free one if taken")
    parser.add_argument(
        "--trace", action="store_true", help="follow each request; the operator sees them"
    )
    parser.add_argument("--reset", action="store_true", help="build the village anew")
    parser.add_argument("--print-cast", action="store_true", help="who lives there, as JSON")
    options = parser.parse_args(argv)
    if options.print_cast:
        print(json.dumps([person.as_json() for person in CAST], ensure_ascii=False, indent=2))
        return 0
    folder = Path(os.environ.get("MADANG_DATA") or "var").resolve() / "demo"
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (folder.parent / "demo.open").open("w") as door:
            return _open(door, folder, options)
    except Refusal as refusal:
        print(f"madang demo: {refusal}", file=sys.stderr)
        return 1


def _open(door: TextIO, folder: Path, options: argparse.Namespace) -> int:
    """Fill the village while no other start does, then serve it beside others who may.

    Whoever serves it shares a lock on `door`, so that nobody builds the village anew meanwhile.
    """
    with (folder.parent / "demo.turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if options.reset:
            _reset(door, folder)
        fcntl.flock(door, fcntl.LOCK_SH)
        language = prepare(folder, options.lang)
        if options.trace:
            os.environ["MADANG_TRACE"] = "own"
        sockets = listen(options.port)
        port = sockets[0].getsockname()[1]
        anonymous = listen(port + 1)
        os.environ["MADANG_ORIGIN"] = f"http://localhost:{port}"
        os.environ["MADANG_ANON_ORIGIN"] = f"http://localhost:{anonymous[0].getsockname()[1]}"
        _fill(language)
    return serve.serve(
        sockets,
        anonymous,
        workers=2,
        threads=4,
        announce=lambda: _announce(port, language, folder),
    )


def _reset(door: TextIO, folder: Path) -> None:
    try:
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refusal(_("the village is open in another terminal. End it there first.")) from None
    if folder.exists():
        shutil.rmtree(folder)


def prepare(folder: Path, language: str | None) -> str:
    """Set the environment of a village in `folder`; returns its language, which it remembers."""
    folder.mkdir(parents=True, exist_ok=True)
    key, spoken, proxy = folder / "secret-key", folder / "language", folder / "proxy"
    if not proxy.is_symlink():
        proxy.symlink_to(Path("..") / "proxy")  # where `madang wire proxy` puts its socket
    if not spoken.exists():
        spoken.write_text(language or terminal.language(default="ko"), "utf-8")
    if not key.exists():
        draft = key.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50), "utf-8")
        draft.rename(key)
    remembered = spoken.read_text("utf-8")
    if language and language != remembered:
        raise Refusal(_("this village speaks another language. --reset builds it anew."))
    os.environ.update(
        MADANG_DATA=str(folder),
        MADANG_SECRET_KEY=key.read_text("utf-8"),
        MADANG_HOSTS="localhost,127.0.0.1,[::1]",
        MADANG_DATABASE_URL=f"sqlite:///{folder / 'village.sqlite3'}",
        MADANG_LANGUAGE=remembered,
        MADANG_TIME_ZONE="Asia/Seoul",
        MADANG_LIBRARY_OPEN_CATALOGUE="yes",
        MADANG_ANON_EPOCH_SECONDS="120",
        MADANG_ANON_RENEWAL_SECONDS="20",
        MADANG_ANON_TICK_SECONDS="5",
        MADANG_ANON_FLOOR="1",
        MADANG_SITE_NAME="마당" if remembered == "ko" else "Madang",
        DJANGO_SETTINGS_MODULE="madang.settings",
    )
    for name in ("MADANG_DEBUG", "MADANG_MAIL_URL"):
        os.environ.pop(name, None)
    return remembered


def listen(wanted: int) -> list[socket.socket]:
    """Sockets on `wanted`, or on the next port that is free on every loopback address.

    On all of them, because a browser may take `localhost` for either.
    """
    hosts = [host for host in LOOPBACK if _is_here(host)]
    for port in range(wanted, min(wanted + TRIES, 65536)):
        try:
            return serve.listen(hosts, port)
        except serve.Taken:
            continue
    raise Refusal(_("no port is free from {port} on.").format(port=wanted))


def _is_here(host: str) -> bool:
    try:
        for where in serve.listen([host], 0):
            where.close()
    except serve.Taken:
        return False
    return True


def _fill(language: str) -> None:
    """Bring the database up to date and build the village if nobody lives there yet."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.utils import timezone

    from madang.demo import village

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)
    village.build(at=timezone.now(), language=language)
    connection.close()


def _announce(port: int, language: str, folder: Path) -> None:
    roles = {
        "": _("member"),
        "doctor": _("doctor"),
        "librarian": _("librarian"),
        "moderator": _("moderator"),
        "receptionist": _("receptionist"),
        "operator": _("operator"),
    }
    where, end = f"http://localhost:{port}/", _("Press Ctrl-C to end it.")
    print("\n ", _("The courtyard is open: {address}").format(address=where))
    print("  API:", f"{where}api/v1/openapi.json")
    print(" ", _("Mail arrives in {folder}").format(folder=folder / "mail"), "\n")
    print(" ", _("Sign in as one of them, with the password beside the name:"), "\n")
    for person in CAST:
        role = ", ".join(roles[role] for role in person.roles or ("",))
        print(f"  {person.handle:8} {person.password:18} {person.named(language)} ({role})")
    print("\n ", end, flush=True)
