"""Finding titles: words in any field, `title:`, `author:` and `isbn:`, best match first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Length

from madang.lib.folding import fold
from madang.library import index
from madang.library.models import Bib, Identifier

FIELDS = {
    "title": "title",
    "제목": "title",
    "author": "author",
    "저자": "author",
    "isbn": "isbn",
}
TERM = re.compile(rf'(?:({"|".join(FIELDS)}):\s*)?("[^"]*"|\S+)', re.IGNORECASE)
LONGEST = 200
"""Signs of a question that are looked at; those that follow are not."""
SHORT, LONG = 10, 13
"""Signs of an ISBN, before 2007 and since."""


@dataclass(frozen=True)
class Term:
    """A word, or words in quotation marks, folded; `field` is empty where any will do."""

    field: str
    key: str
    numbers: tuple[str, ...]


def terms(text: str) -> list[Term]:
    """What `text` asks for. Words without a sign that could be looked for are left out."""
    found = []
    for name, word in TERM.findall(text[:LONGEST]):
        field = FIELDS.get(name.casefold(), "")
        term = Term(field, fold(word), isbns(word))
        if term.numbers if field == "isbn" else term.key:
            found.append(term)
    return found


def find(text: str) -> QuerySet[Bib]:
    """The titles that have all terms of `text`, best first; all by title where it is blank.

    Best is the title itself, then titles that begin so, have it, have all words; then the rest.
    A word is found inside words and over spaces. Hidden titles are never found.
    """
    bibs = Bib.objects.filter(is_hidden=False)
    if not text.strip():
        return bibs
    wanted = terms(text)
    if not wanted:
        return bibs.none()
    for term in wanted:
        bibs = bibs.filter(_matches(term))
    return bibs.annotate(rank=_rank(wanted)).order_by("rank", Length("title"), "title", "pk")


def isbns(word: str) -> tuple[str, ...]:
    """The ISBN that `word` is, in both lengths where there are both; nothing if it is none."""
    digits = re.sub(r"[^0-9X]", "", word.upper())
    if re.search(r"[^0-9Xx\s\"-]", word) or len(digits) not in {SHORT, LONG}:
        return ()
    if len(digits) == SHORT:
        return digits, _checked("978" + digits[:-1])
    return (digits, _checked(digits[3:-1])) if digits.startswith("978") else (digits,)


def _checked(digits: str) -> str:
    """An ISBN with its check digit (ISO 2108), from what stands before that digit."""
    if len(digits) == SHORT - 1:
        left = -sum(int(digit) * (SHORT - at) for at, digit in enumerate(digits)) % 11
        return digits + "0123456789X"[left]
    return digits + str(-sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(digits)) % 10)


def _matches(term: Term) -> Q:
    numbers = Identifier.objects.filter(bib=OuterRef("pk"), kind=Identifier.Kind.ISBN)
    number = Q(Exists(numbers.filter(value__in=term.numbers)))
    if term.field == "isbn":
        return number
    names = [term.field] if term.field else ["title", "author", "other"]
    stands = Q.create([(f"entry__{name}__contains", term.key) for name in names], connector=Q.OR)
    word = Q(pk__in=index.having([term.key])) & stands
    return word | number if term.numbers and not term.field else word


def _rank(wanted: list[Term]) -> Case | Value:
    words = [term.key for term in wanted if term.key and term.field in {"", "title"}]
    if not words:
        return Value(0)
    whole = "".join(words)
    every = Q.create([("entry__title__contains", word) for word in words])
    return Case(
        When(entry__title=whole, then=Value(0)),
        When(entry__title__startswith=whole, then=Value(1)),
        When(entry__title__contains=whole, then=Value(2)),
        When(every, then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
