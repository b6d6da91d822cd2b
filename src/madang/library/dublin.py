"""A title in Dublin Core (DCMI Metadata Element Set, 1.1), and as MARCXML, for other systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.urls import reverse

from madang.lib import marcxml
from madang.lib.markup import element
from madang.library import recording
from madang.library.models import Bib

DC = "http://purl.org/dc/elements/1.1/"
KINDS = {"map": "Image", "video": "MovingImage", "audio": "Sound", "computer": "Software"}
"""DCMI Type Vocabulary; everything else is Text."""


def elements(bib: Bib) -> Iterator[tuple[str, str]]:
    """The name of each element and what it says, none of them empty."""
    title = " : ".join(filter(None, (bib.title, bib.subtitle)))
    numbers = [f"URN:{one.kind.upper()}:{one.value}" for one in bib.identifiers.all()
               if one.kind != "other"]  # fmt: skip
    page = settings.SITE_ORIGIN + reverse("library:title", args=[bib.pk])
    rows = [
        ("title", title),
        ("creator", bib.author),
        *(("subject", line) for line in bib.subjects.splitlines()),
        ("description", bib.summary),
        ("publisher", bib.publisher),
        ("date", str(bib.year or "")),
        ("type", KINDS.get(bib.form, "Text")),
        ("format", bib.extent),
        *(("identifier", number) for number in (*numbers, page)),
        ("language", bib.language),
    ]
    return ((name, text.strip()) for name, text in rows if text.strip())


def dublin_core(bib: Bib) -> str:
    """Its elements, each with the prefix `dc`, which the caller declares."""
    return "".join(element(f"dc:{name}", text) for name, text in elements(bib))


def marc21(bib: Bib) -> str:
    """The element `record` of MARCXML, with its namespace."""
    return marcxml.write(recording.record_of(bib))


Writer = Callable[[Bib], str]
