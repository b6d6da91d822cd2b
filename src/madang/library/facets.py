"""Narrowing down what was found: by language, form, place, year, and what is on the shelf now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madang.library import holding
from madang.library.models import Bib, Item, Location

MOST = 8
"""Values of a facet that are shown, the most frequent first."""
Counts = dict[str, int]
COUNTED = """
WITH found (id, language, form) AS MATERIALIZED ({}),
     places (value, n) AS ({}),
     free (value, n) AS ({})
SELECT 'language', language, count(*) FROM found WHERE language <> '' GROUP BY language
UNION ALL SELECT 'form', form, count(*) FROM found GROUP BY form
UNION ALL SELECT 'place', CAST(value AS text), n FROM places
UNION ALL SELECT 'free', value, n FROM free
"""
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
    """What the titles found can be narrowed by further, and what can be dropped; two queries."""
    counts = _counts(bibs)
    return [
        facet
        for facet in (
            Facet(_("Language"), list(_languages(counts["language"], by, text))),
            Facet(_("Kind"), list(_forms(counts["form"], by, text))),
            Facet(_("Place"), list(_places(counts["place"], by, text))),
            Facet(_("Now"), list(_free(counts["free"], by, text))),
        )
        if facet.choices
    ]


def _languages(counts: Counts, by: Narrowing, text: str) -> Iterator[Choice]:
    for code, count in _most(counts):
        name = str(LANGUAGES.get(code, code))
        yield _choice(name, count, by, text, "language", code, by.language)


def _forms(counts: Counts, by: Narrowing, text: str) -> Iterator[Choice]:
    for code, count in _most(counts):
        yield _choice(str(Bib.Form(code).label), count, by, text, "form", code, by.form)


def _places(counts: Counts, by: Narrowing, text: str) -> Iterator[Choice]:
    names = Location.objects.in_bulk([int(key) for key in counts])
    rows = sorted((-count, names[int(key)].name, int(key)) for key, count in counts.items())
    for count, _name, key in rows[:MOST]:
        place = names[key]
        yield _choice(str(place), -count, by, text, "place", place.code, by.place)


def _free(counts: Counts, by: Narrowing, text: str) -> Iterator[Choice]:
    if count := counts.get("", 0):
        chosen = "1" if by.is_free else ""
        yield _choice(_("on the shelf"), count, by, text, "free", "1", chosen)


def _most(counts: Counts) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:MOST]


def _counts(bibs: QuerySet[Bib]) -> dict[str, Counts]:
    """How many of `bibs` have each value of each facet; what was found is looked for once."""
    found = bibs.order_by().values_list("pk", "language", "form")
    among = RawSQL("SELECT id FROM found", [])
    copies = Item.objects.exclude(status=Item.Status.WITHDRAWN).filter(bib__in=among)
    places = copies.values_list("location").annotate(n=Count("bib", distinct=True))
    free = holding.free().filter(bib__in=among).values_list(Value(""))
    now = free.annotate(n=Count("bib", distinct=True))
    parts = [each.order_by().query.sql_with_params() for each in (found, places, now)]
    values = [value for _sql, own in parts for value in own]
    with connection.cursor() as cursor:
        cursor.execute(COUNTED.format(*(sql for sql, _own in parts)), values)
        rows = cursor.fetchall()
    counts: dict[str, Counts] = {"language": {}, "form": {}, "place": {}, "free": {}}
    for facet, value, count in rows:
        counts[facet][value] = count
    return counts


def _choice(
    name: str, count: int, by: Narrowing, text: str, key: str, value: str, chosen: str
) -> Choice:
    is_chosen = value == chosen
    return Choice(name, count, by.query(text, **{key: "" if is_chosen else value}), is_chosen)
