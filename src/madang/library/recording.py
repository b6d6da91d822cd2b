"""From a title to a record: the bytes it came as, or one made of what the catalogue says of it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from madang.lib import iso2709, marcxml
from madang.lib.marc import LEADER, Field, Record, data
from madang.library.models import Bib

PART = 2000
"""Signs of a summary in one field; four bytes each are still fewer than a field may have."""
MOST_TOPICS, LONGEST_TOPIC = 40, 250
KINDS = {"serial": "as", "score": "cm", "map": "em", "video": "gm", "audio": "jm"}
KINDS |= {"computer": "mm", "other": "rm"}


def agency() -> str:
    """Who made the records of titles that were typed in here: the site's host."""
    return urlsplit(settings.SITE_ORIGIN).hostname or ""


def key_of(bib: Bib) -> str:
    """By which key the record made of a title would be known when it is read in."""
    return f"marc:{agency()}:{bib.pk}"


def record_of(bib: Bib) -> Record:
    """The record that `bib` came as, or else one made of its columns, numbers and copies."""
    source = bytes(bib.source or b"")
    if bib.source_format == "marc":
        return iso2709.parse(source)
    if bib.source_format == "marcxml":
        return marcxml.parse(source)
    leader = LEADER[:6] + KINDS.get(bib.form, "am") + LEADER[8:]
    return Record(leader, tuple(_fields(bib)))


def marc(bib: Bib) -> bytes:
    """ISO 2709: byte for byte where the title came so, else written in UTF-8."""
    if bib.source_format == "marc":
        return bytes(bib.source or b"")
    try:
        return iso2709.write(record_of(bib))
    except iso2709.TooLong:  # what came as XML may be longer than ISO 2709 can count
        leader = LEADER[:6] + KINDS.get(bib.form, "am") + LEADER[8:]
        return iso2709.write(Record(leader, tuple(_fields(bib))))


def _fields(bib: Bib) -> Iterator[Field]:
    yield Field("001", str(bib.pk))
    yield Field("003", agency())
    yield Field("005", bib.updated_at.strftime("%Y%m%d%H%M%S.0"))
    year, language = f"{bib.year or ''!s:4.4}", f"{bib.language:3.3}"
    kind = "s" if bib.year else "n"
    yield Field("008", f"{bib.created_at:%y%m%d}{kind}{year}    xx{' ' * 18}{language}  ")
    for number in bib.identifiers.all():
        if number.kind in {"isbn", "issn"}:
            tag, code = ("020" if number.kind == "isbn" else "022"), "a" if number.is_valid else "z"
            yield data(tag, (code, number.value))
    if bib.author:
        yield data("100", ("a", bib.author), indicators="1 ")
    yield data(
        "245",
        *_filled(a=bib.title, b=bib.subtitle, c=bib.responsibility),
        indicators="10" if bib.author else "00",
    )
    for other in bib.other_titles.splitlines()[:MOST_TOPICS]:
        yield data("246", ("a", other[:LONGEST_TOPIC]), indicators="3 ")
    for tag, parts in (
        ("250", _filled(a=bib.edition)),
        ("260", _filled(b=bib.publisher, c=str(bib.year or ""))),
        ("300", _filled(a=bib.extent)),
        ("490", _filled(a=bib.series)),
    ):
        if parts:
            yield data(tag, *parts, indicators="0 " if tag == "490" else "  ")
    for at in range(0, min(len(bib.summary), 3 * PART), PART):
        yield data("520", ("a", bib.summary[at : at + PART]))
    for topic in bib.subjects.splitlines()[:MOST_TOPICS]:
        yield data("653", ("a", topic[:LONGEST_TOPIC]))
    for item in list(bib.items.all())[:100]:
        parts = _filled(c=item.location.code, h=item.call_number, p=item.barcode)
        yield data("852", *parts)


def _filled(**parts: str) -> list[tuple[str, str]]:
    return [(code, text) for code, text in parts.items() if text]
