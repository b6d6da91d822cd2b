"""Whether the Korean catalogue is complete and compiled."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator

import polib

from tools.messages import CATALOGUE, extract, key
from tools.village import ROOT

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


def check() -> str:
    """What is missing, empty, left over, differs in placeholders, or not compiled."""
    if not shutil.which("xgettext"):
        return "needs gettext: sudo ./madang setup --system"
    catalogue = polib.pofile(str(ROOT / CATALOGUE))
    wanted, there = {key(entry) for entry in extract()}, {key(entry) for entry in catalogue}
    found = list(_hidden())
    found += [f"not in the catalogue: {msgid!r}" for msgid, _ in wanted - there]
    found += [f"no longer used: {msgid!r}" for msgid, _ in there - wanted]
    for entry in catalogue:
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if entry.fuzzy or not all(texts):
            found.append(f"untranslated: {entry.msgid!r}")
        asked = set(PLACEHOLDER.findall(entry.msgid))
        if any(set(PLACEHOLDER.findall(text)) != asked for text in texts if text):
            found.append(f"placeholders differ: {entry.msgid!r}")
    compiled = (ROOT / CATALOGUE).with_suffix(".mo").read_bytes()
    if compiled != catalogue.to_binary():
        found.append("django.mo is not django.po: ./madang messages")
    return "\n".join(found)


def _hidden() -> Iterator[str]:
    """Sentences inside an f-string, where the extraction does not look."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        for outer in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(outer, ast.JoinedStr):
                continue
            for call in ast.walk(outer):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Name)
                    and call.func.id in {"_", "gettext", "ngettext", "pgettext"}
                ):
                    name = path.relative_to(ROOT)
                    yield f"{name}:{call.lineno}: xgettext does not look into an f-string"
