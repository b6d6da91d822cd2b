"""What is in the text of a post: signs that may be there, hashtags, mentions, pieces to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

TAG = re.compile(r"(?<![\w&/#])#(\w{1,50})")
MENTION = re.compile(r"(?<![\w@/])@([a-z0-9_]{2,30})", re.IGNORECASE)
LINK = re.compile(r"https?://[^\s<>\"']+")
SIGN = re.compile(f"(?P<link>{LINK.pattern})|{TAG.pattern}|{MENTION.pattern}", re.IGNORECASE)
TRAILING = ".,;:!?)]}…。、"
MOST_TAGS = MOST_MENTIONS = 20
"""More hashtags than this in one post lead nowhere; more mentions tell nobody."""


def clean(text: str) -> str:
    """In NFC, with plain line ends, without space at the ends and without control characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (sign for sign in text if sign == "\n" or unicodedata.category(sign) not in {"Cc", "Cs"})
    return re.sub(r"\n{3,}", "\n\n", "".join(kept)).strip()


def line(text: str) -> str:
    """The same on one line."""
    return " ".join(clean(text).split())


def tag(word: str) -> str:
    """One way to write a hashtag: NFC, casefolded, NFC again (Unicode 3.13, D145)."""
    folded = unicodedata.normalize("NFC", word).casefold()
    return unicodedata.normalize("NFC", folded)[:50]


def tags(text: str) -> list[str]:
    """The hashtags of a text, each once, in their order, at most `MOST_TAGS`; numbers are none."""
    found = dict.fromkeys(
        tag(match.group(1)) for match in TAG.finditer(text) if not match.group(1).isdecimal()
    )
    return list(found)[:MOST_TAGS]


def mentions(text: str) -> list[str]:
    """The handles that a text names, each once, in their order, at most `MOST_MENTIONS`."""
    found = dict.fromkeys(piece.target for piece in pieces(text) if piece.kind == "mention")
    return list(found)[:MOST_MENTIONS]


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `kind` is text, tag, mention or link, `target` where it leads."""

    kind: str
    text: str
    target: str = ""


def pieces(text: str) -> Iterator[Piece]:
    """The text cut where something leads somewhere; joined, the pieces are the text."""
    known = set(tags(text))
    end = 0
    for match in SIGN.finditer(text):
        found = _piece(match, known)
        if found is None:
            continue
        if match.start() > end:
            yield Piece("text", text[end : match.start()])
        yield found
        end = match.start() + len(found.text)
    if end < len(text):
        yield Piece("text", text[end:])


def _piece(match: re.Match[str], known: set[str]) -> Piece | None:
    link, word, handle = match.group("link"), match.group(2), match.group(3)
    if link:
        address = link.rstrip(TRAILING)
        return Piece("link", address, address)
    if word:
        return Piece("tag", match.group(), tag(word)) if tag(word) in known else None
    return Piece("mention", match.group(), handle.lower())
