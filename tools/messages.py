"""`./madang messages`: take new sentences into the Korean catalogue and compile it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

from tools.village import ROOT

CATALOGUE = Path("src/madang/locale/ko/LC_MESSAGES/django.po")


def run(argv: list[str]) -> int:
    """Write what is new into django.po, compile django.mo, say what is untranslated."""
    del argv
    if not shutil.which("xgettext"):
        print("madang messages needs gettext: sudo ./madang setup --system", file=sys.stderr)
        return 1
    extracted = extract()
    path = ROOT / CATALOGUE
    known = {key(entry): entry for entry in polib.pofile(str(path))} if path.exists() else {}
    for entry in extracted:
        if key(entry) in known:
            entry.msgstr = known[key(entry)].msgstr
            entry.msgstr_plural = known[key(entry)].msgstr_plural or entry.msgstr_plural
        entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
    path.parent.mkdir(parents=True, exist_ok=True)
    extracted.save(str(path))
    extracted.save_as_mofile(str(path.with_suffix(".mo")))
    empty = extracted.untranslated_entries()
    for entry in empty:
        print(f"untranslated: {entry.msgid}")
    return 1 if empty else 0


def key(entry: polib.POEntry) -> tuple[str, str | None]:
    """What makes a sentence the same sentence."""
    return entry.msgid, entry.msgctxt


def extract() -> polib.POFile:
    """The sentences of the code, with their files and without line numbers."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "madang"
        ignored = shutil.ignore_patterns("*.woff2", "__pycache__", "locale")
        shutil.copytree(ROOT / "src" / "madang", copy, ignore=ignored)
        (copy / "locale").mkdir()
        command = [sys.executable, "-m", "django", "makemessages", "--locale", "ko"]
        command += ["--add-location", "file", "--no-wrap", "--verbosity", "0"]
        environment = {**os.environ, "PYTHONPATH": ""}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        subprocess.run(command, cwd=copy, check=True, env=environment)
        found = polib.pofile(str(copy / "locale/ko/LC_MESSAGES/django.po"))
    found.header = ""
    found.metadata = {
        "Project-Id-Version": "madang",
        "Language": "ko",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    found.metadata_is_fuzzy = False
    for entry in found:
        entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
        if entry.msgid_plural:
            entry.msgstr_plural = {0: ""}
    found.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    return found
