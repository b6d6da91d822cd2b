"""The command line: a name, where its work is done, and one line of help."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass

from madang import __version__


@dataclass(frozen=True)
class Command:
    """A command; `module` has `run(argv) -> int`. Tools exist in a clone of the repository only."""

    module: str
    help: str


COMMANDS = {
    "demo": Command("madang.demo.command", "a village with people in it, for looking around"),
    "serve": Command("madang.serve", "the web processes and the background worker"),
    "manage": Command("madang.manage", "Django's own commands: migrate, shell, token HANDLE, …"),
    "prove": Command("madang.prove", "race on your own database and see the promise hold"),
    "test": Command("tools.test", "all tests, on SQLite and PostgreSQL"),
    "check": Command("tools.check", "format, types, imports, templates, translations, sizes"),
    "fmt": Command("tools.fmt", "format the code"),
    "messages": Command("tools.messages", "take new sentences into the catalogue"),
    "shots": Command("tools.shots", "photograph every page"),
    "lock": Command("tools.lock", "renew the locked requirements"),
    "setup": Command("tools.system", "install the system programs that some tests need"),
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit code, or 2 where there is no such command."""
    arguments = sys.argv[1:] if argv is None else argv
    name = arguments[0] if arguments else "help"
    if name in {"help", "--help", "-h"}:
        return _help()
    if name in {"version", "--version"}:
        print(f"madang {__version__}")
        return 0
    command = COMMANDS.get(name)
    if command is None:
        return _unknown(name)
    if command.module.startswith("tools.") and importlib.util.find_spec("tools") is None:
        print(f"madang {name} needs a clone of the repository.", file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madang.settings")
    code: int = importlib.import_module(command.module).run(arguments[1:])
    return code


def _help() -> int:
    print("madang: one courtyard for a community\n")
    for name, command in COMMANDS.items():
        print(f"  {name:9} {command.help}")
    return 0


def _unknown(name: str) -> int:
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    print(f"madang: there is no command {name!r}.{hint} See: madang help", file=sys.stderr)
    return 2
