"""The language of whoever sits at the terminal, without Django."""

from __future__ import annotations

import gettext as catalogues
import os
from collections.abc import Mapping
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "locale"


def language(environ: Mapping[str, str] | None = None, *, default: str = "en") -> str:
    """`ko` or `en`: the first of LC_ALL, LC_MESSAGES and LANG that is set decides (POSIX 8.2).

    `default` where none is set, or where it names the locale without a language (C, POSIX).
    """
    variables = os.environ if environ is None else environ
    names = (variables.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, names), "C")
    if locale.split(".")[0] in {"C", "POSIX"}:
        return default
    return "ko" if locale.startswith("ko") else "en"


def gettext(sentence: str) -> str:
    """`sentence` in the terminal's language, from the same catalogue as the pages."""
    return in_language(language(), sentence)


def in_language(code: str, sentence: str) -> str:
    """`sentence` in the language `code`, or as it is where the catalogue has none."""
    found = catalogues.translation("django", LOCALE, languages=[code], fallback=True)
    return found.gettext(sentence)


def gettext_noop(sentence: str) -> str:
    """Mark `sentence` for the catalogue and leave it as it is."""
    return sentence
