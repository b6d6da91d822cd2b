"""Narrowing down what was found: by language, form, place, year, and what is on the shelf now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madang.library import holding
from madang.library.models import Bib, Item, Location

MOST = 8
"""Values of a facet that are shown, the most frequent first."""
LANGUAGES = {
    "kor": gettext_lazy("Korean"),
    "eng": gettext_lazy("English"),
    "jpn": gettext_lazy("Japanese"),
    "chi": gettext_lazy("Chinese"),
    "fre": gettext_lazy("French"),
    "ger": gettext_lazy("German"),
    "spa": gettext_lazy("Spanish"),
    "rus": gettext_lazy("Russian"),
    "vie": gettext_lazy("Vietnamese"),
}
"""Of the codes of MARC those that are common here; others are shown as they are."""


@dataclass(frozen=True)
class Narrowing:
    """What was chosen; an empty text, or None, chooses nothing."""

    language: str = ""
    form: str = ""
    place: str = ""
    first_year: int | None = None
    last_year: int | None = None
    is_free: bool = False

    def query(self, text: str, **change: object) -> str:
        """The address's query for `text` narrowed so, with `change`."""
        names = {
            "q": text,
            "language": self.language,
            "form": self.form,
            "place": self.place,
            "from": self.first_year,
            "to": self.last_year,
            "free": "1" if self.is_free else "",
        }
        wanted = {**names, **change}
        return urlencode({name: value for name, value in wanted.items() if value})


@dataclass(frozen=True)
class Choice:
    """One value of a facet, how many titles have it, and the query that chooses or drops it."""

    name: str
    count: int
    query: str
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """What can be chosen."""

    name: str
    choices: list[Choice]


def read(said: Mapping[str, str]) -> Narrowing:
    """From an address; what makes no sense chooses nothing."""
    form = said.get("form", "")
    return Narrowing(
        language=said.get("language", "")[:3],
        form=form if form in Bib.Form.values else "",
        place=said.get("place", "")[:30],
        first_year=_year(said.get("from", "")),
        last_year=_year(said.get("to", "")),
        is_free=said.get("free", "") == "1",
    )


def _year(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def narrow(bibs: QuerySet[Bib], by: Narrowing) -> QuerySet[Bib]:
    """Those of `bibs` that are so."""
    if by.language:
        bibs = bibs.filter(language=by.language)
    if by.form:
        bibs = bibs.filter(form=by.form)
    if by.first_year is not None:
        bibs = bibs.filter(year__gte=by.first_year)
    if by.last_year is not None:
        bibs = bibs.filter(year__lte=by.last_year)
    if by.place:
        copies = Item.objects.exclude(status=Item.Status.WITHDRAWN)
        there = copies.filter(bib=OuterRef("pk"), location__code=by.place)
        bibs = bibs.filter(Exists(there))
    if by.is_free:
        bibs = bibs.filter(Exists(holding.free().filter(bib=OuterRef("pk"))))
    return bibs


def facets(bibs: QuerySet[Bib], by: Narrowing, text: str) -> list[Facet]:
    """What the titles found can be narrowed by further, and what can be dropped; four queries."""
    plain = bibs.order_by()
    return [
        facet
        for facet in (
            Facet(_("Language"), list(_languages(plain, by, text))),
            Facet(_("Kind"), list(_forms(plain, by, text))),
            Facet(_("Place"), list(_places(plain, by, text))),
            Facet(_("Now"), list(_free(plain, by, text))),
        )
        if facet.choices
    ]


def _languages(bibs: QuerySet[Bib], by: Narrowing, text: str) -> Iterator[Choice]:
    for code, count in _counts(bibs.exclude(language=""), "language"):
        name = str(LANGUAGES.get(code, code))
        yield _choice(name, count, by, text, "language", code, by.language)


def _forms(bibs: QuerySet[Bib], by: Narrowing, text: str) -> Iterator[Choice]:
    for code, count in _counts(bibs, "form"):
        yield _choice(str(Bib.Form(code).label), count, by, text, "form", code, by.form)


def _counts(bibs: QuerySet[Bib], column: str) -> list[tuple[str, int]]:
    rows = bibs.values_list(column).annotate(count=Count("pk"))
    return list(rows.order_by("-count", column)[:MOST])


def _places(bibs: QuerySet[Bib], by: Narrowing, text: str) -> Iterator[Choice]:
    copies = Item.objects.filter(bib__in=bibs.values("pk")).exclude(status=Item.Status.WITHDRAWN)
    counts = copies.order_by().values("location").annotate(n=Count("bib", distinct=True))
    rows = Location.objects.annotate(
        count=counts.filter(location=OuterRef("pk")).values("n")[:1]
    ).filter(count__gt=0)
    for place in rows.order_by("-count", "name", "pk")[:MOST]:
        yield _choice(str(place), place.count, by, text, "place", place.code, by.place)


def _free(bibs: QuerySet[Bib], by: Narrowing, text: str) -> Iterator[Choice]:
    count = bibs.filter(Exists(holding.free().filter(bib=OuterRef("pk")))).count()
    if count:
        chosen = "1" if by.is_free else ""
        yield _choice(_("on the shelf"), count, by, text, "free", "1", chosen)


def _choice(
    name: str, count: int, by: Narrowing, text: str, key: str, value: str, chosen: str
) -> Choice:
    is_chosen = value == chosen
    return Choice(name, count, by.query(text, **{key: "" if is_chosen else value}), is_chosen)
