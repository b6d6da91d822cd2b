"""Searching 250,000 titles with facets, against plain LIKE in the same run, on both databases.

`./madang bench titles [--titles 250000] [--questions 60] [--marc FILE]`. The titles are made of
words of Korean that are drawn as words of a language are, few of them often, or of the words in
the titles of a MARC file. The questions are two syllables out of a title, a word, two words, an
author. Asked is what a page asks: the best twenty, how many there are, and the facets; beside it
the same of `LIKE` over title, author and the other columns, which finds less: it knows no spacing
and no Hanja. Printed: the median and the 95th of a hundred, in milliseconds, and the ratio.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from bench._room import BATCH, KINDS, database, on_each

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from madang.library.models import Bib

VOCABULARY, SYLLABLES = (
    30_000,
    "가나다라마바사아자차하거너더러머버서어저고노도로모보소오조구누두루무부수우주기니디리미비시이지한국문학사전화인생물연구",
)
PAGE = 20


def main() -> None:
    """Measure on both, or on the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", choices=KINDS)
    parser.add_argument("--titles", type=int, default=250_000)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--marc", type=Path, help="words for the titles")
    options = parser.parse_args()
    if options.on is None:
        sys.exit(on_each("bench.titles", sys.argv[1:]))
    with database(options.on):
        draw = random.Random(1)
        words = _words(options.marc, draw)
        _fill(options.titles, words, draw)
        _measure(options.on, _questions(options.questions, draw))


def _words(file: Path | None, draw: random.Random) -> list[str]:
    if file is None:
        return ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 4))) for _ in range(VOCABULARY)]
    from madang.library import reading

    with file.open("rb") as stream:
        rows = [each.description for each in reading.candidates(stream, "marc")]
    words = {word for row in rows if row for word in str(row.columns["title"]).split()}
    return sorted(words)


def _fill(count: int, words: list[str], draw: random.Random) -> None:
    """Titles of two to six words, with an author, and a copy of each."""
    from madang.library import index
    from madang.library.models import Bib, Item, ItemType, Location

    kind = ItemType.objects.create(code="book", name="book")
    places = [Location.objects.create(code=f"p{n}", name=f"p{n}") for n in range(4)]
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))
    languages = ("kor", "kor", "kor", "eng", "jpn")
    before = time.perf_counter()
    for start in range(0, count, BATCH):
        bibs = Bib.objects.bulk_create(
            Bib(
                title=" ".join(draw.choices(words, cum_weights=weights, k=draw.randint(2, 6))),
                author="".join(draw.choices(SYLLABLES, k=3)),
                publisher=draw.choice(words),
                language=draw.choice(languages),
                year=draw.randint(1950, 2030),
            )
            for _ in range(min(BATCH, count - start))
        )
        index.write(bibs)
        Item.objects.bulk_create(
            Item(bib=bib, barcode=str(bib.pk), item_type=kind, location=draw.choice(places))
            for bib in bibs
        )
    _settle()
    print(f"{count} titles with their index in {time.perf_counter() - before:.0f} s", flush=True)


def _settle() -> None:
    """What a database that runs for a day has done by itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _questions(count: int, draw: random.Random) -> list[str]:
    from madang.library.models import Bib

    found = []
    keys = draw.sample(list(Bib.objects.values_list("pk", flat=True)), count)
    rows = Bib.objects.in_bulk(keys)
    for number, key in enumerate(keys):
        words = rows[key].title.split()
        long = max(words, key=len)
        found.append((long[:2], long, " ".join(words[:2]), rows[key].author)[number % 4])
    return found


def _measure(kind: str, questions: Sequence[str]) -> None:
    from madang.library import facets, search

    def plain(text: str) -> QuerySet[Bib]:
        return _like(text).order_by("title", "pk")

    for name, ask in {
        "best twenty": lambda rows, _text: list(rows[:PAGE]),
        "how many": lambda rows, _text: rows.count(),
        "facets": lambda rows, text: facets.facets(rows, facets.Narrowing(), text),
    }.items():
        ours = _times(questions, search.find, ask)
        like = _times(questions, plain, ask)
        print(
            f"{kind:10} {name:12} index {_said(ours)}  LIKE {_said(like)}"
            f"  ratio of medians {statistics.median(ours) / statistics.median(like):.3f}",
            flush=True,
        )


def _like(text: str) -> QuerySet[Bib]:
    from django.db.models import Q

    from madang.library.index import OTHER
    from madang.library.models import Bib

    rows = Bib.objects.filter(is_hidden=False)
    for word in text.split():
        names = ("title", "author", *OTHER)
        rows = rows.filter(Q.create([(f"{name}__contains", word) for name in names], Q.OR))
    return rows


def _times(
    questions: Sequence[str],
    find: Callable[[str], QuerySet[Bib]],
    ask: Callable[[QuerySet[Bib], str], object],
) -> list[float]:
    """Milliseconds of each question; the first is asked once before."""
    ask(find(questions[0]), questions[0])
    found = []
    for text in questions:
        before = time.perf_counter()
        ask(find(text), text)
        found.append((time.perf_counter() - before) * 1000)
    return found


def _said(times: list[float]) -> str:
    last = statistics.quantiles(times, n=20)[-1]
    return f"{statistics.median(times):7.1f} ms, p95 {last:7.1f} ms"


if __name__ == "__main__":
    main()
