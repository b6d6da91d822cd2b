"""The command line: a name, where its work is done, and one line of help.

Only the standard library is imported here: the launcher reads the table before there is an
environment. A command's module has its own parser and `run(argv) -> int`.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

from madang import __version__
from madang.lib.terminal import gettext as _
from madang.lib.terminal import gettext_noop

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("madang.demo.command", gettext_noop("a village with people in it, to look around")),
    "serve": ("madang.serve", gettext_noop("the site: web processes and the background worker")),
    "manage": ("madang.manage", gettext_noop("Django's commands: migrate, shell, token HANDLE, …")),
    "deploy": ("madang.deploy.command", gettext_noop("what a server needs to carry the site")),
    "checkup": ("madang.deploy.checkup", gettext_noop("why the site cannot be reached")),
    "wire": ("madang.wire.command", gettext_noop("look into a capture, packet by packet")),
    "import": (
        "madang.importing",
        gettext_noop("read a file into the library's catalogue, or reservations"),
    ),
    "export": ("madang.library.export_command", gettext_noop("the library's catalogue as a file")),
    "labels": ("madang.library.label_command", gettext_noop("labels and cards as a PDF")),
    "sip2": ("madang.library.sip2_command", gettext_noop("the library for self-check machines")),
    "prove": ("madang.prove", gettext_noop("race on your database and see the promise hold")),
    "whisper": (
        "madang.microblog.whisper_command",
        gettext_noop("say something without a name, by no script of the site"),
    ),
    "test": ("tools.test", gettext_noop("all tests, on SQLite and on PostgreSQL")),
    "check": ("tools.check", gettext_noop("format, types, imports, translations, sizes")),
    "fmt": ("tools.fmt", gettext_noop("format the code")),
    "shots": ("tools.shots", gettext_noop("photograph every page")),
    "bench": ("tools.bench", gettext_noop("measure; prints ratios")),
    "messages": ("tools.messages", gettext_noop("take new sentences into the catalogue")),
    "lock": ("tools.lock", gettext_noop("renew the locked requirements")),
    "setup": ("tools.system", gettext_noop("install the programs that some tests need")),
}
"""Where a command's work is done, and what it is for; `tools` are part of a clone alone."""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code; 2 where there is no such command.

    130 if it was interrupted, 141 if nobody reads its output any more (as a shell counts them).
    """
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the last flush
        return 141
    return code


def _run(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "help"
    if name in {"help", "--help", "-h"}:
        return _help()
    if name in {"version", "--version"}:
        print(f"madang {__version__}")
        return 0
    if name not in COMMANDS:
        return _unknown(name)
    module = COMMANDS[name][0]
    if module.startswith("tools.") and importlib.util.find_spec("tools") is None:
        sentence = _("madang {name} is for a clone of the repository: use ./madang there.")
        print(sentence.format(name=name), file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madang.settings")
    code: int = importlib.import_module(module).run(arguments[1:])
    return code


def _help() -> int:
    print(_("Madang: one courtyard for a community") + "\n")
    for name, (_module, about) in COMMANDS.items():
        print("  madang", name.ljust(9), _(about))
    print("\n" + _("madang COMMAND --help says more."))
    return 0


def _unknown(name: str) -> int:
    import difflib

    sentence = _("madang: there is no command “{name}”.").format(name=name)
    near = [] if name.startswith("-") else difflib.get_close_matches(name, COMMANDS, n=1)
    if near:
        sentence += " " + _("Did you mean “{near}”?").format(near=near[0])
    print(sentence, _("madang help lists them."), file=sys.stderr)
    return 2
