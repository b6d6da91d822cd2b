"""The part of CQL 1.2 that the catalogue answers (Library of Congress, Contextual Query Language).

Terms, `index relation term`, and, or, not, and parentheses. What CQL has besides is refused by the
number of its diagnostic (info:srw/diagnostic/1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.db.models import Q, QuerySet

from madang.library import search
from madang.library.models import Bib

TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|(<>|<=|>=|==|[=<>/()])|([^\s"=<>/()]+))')
INDEXES = {
    "cql.serverchoice": "",
    "cql.anywhere": "",
    "cql.allindexes": "",
    "dc.title": "title",
    "title": "title",
    "dc.creator": "author",
    "creator": "author",
    "dc.author": "author",
    "author": "author",
    "bath.isbn": "isbn",
    "dc.identifier": "isbn",
    "isbn": "isbn",
}
RELATIONS = {"=", "==", "all", "any", "adj", "exact"}
WHOLE = {"==", "adj", "exact"}
"""Relations whose words stand one after the other."""
DEEPEST = 20
MOST = 50
LONGEST = 150
"""Parentheses in one another, terms of a question, and signs of a word."""
SYNTAX, MANY, PARENTHESES, INDEX = 10, 12, 13, 16
RELATION, MODIFIER, EMPTY, BOOLEAN = 19, 20, 27, 37


class Refusal(Exception):
    """A diagnostic: its number, and what it is about."""

    def __init__(self, number: int, details: str) -> None:
        super().__init__(details)
        self.number, self.details = number, details


def find(query: str) -> QuerySet[Bib]:
    """The titles that `query` asks for, by id; raises `Refusal`. Hidden ones are never found."""
    return _Reader(query).whole()


class _Reader:
    """Reads from left to right; all booleans bind alike, as CQL has it."""

    def __init__(self, query: str) -> None:
        self._tokens = list(_tokens(query))
        self._at = self._terms = 0

    def whole(self) -> QuerySet[Bib]:
        """Everything that is asked for."""
        if not self._tokens:
            raise Refusal(EMPTY, "")
        found = self._clauses(0)
        if self._at < len(self._tokens):
            raise Refusal(PARENTHESES, self._tokens[self._at])
        return found.order_by("pk")

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise Refusal(SYNTAX, "the query ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _clauses(self, depth: int) -> QuerySet[Bib]:
        found = self._clause(depth)
        while (word := self._peek().lower()) in {"and", "or", "not", "prox"}:
            self._next()
            if word == "prox":
                raise Refusal(BOOLEAN, word)
            self._no_modifier()
            others = self._clause(depth)
            if word == "and":
                found = found.filter(pk__in=others.values("pk"))
            elif word == "not":
                found = found.exclude(pk__in=others.values("pk"))
            else:
                either = Bib.objects.filter(pk__in=found.values("pk"))
                found = either | Bib.objects.filter(pk__in=others.values("pk"))
        return found

    def _clause(self, depth: int) -> QuerySet[Bib]:
        if self._peek() == "(":
            if depth >= DEEPEST:
                raise Refusal(MANY, "parentheses")
            self._next()
            found = self._clauses(depth + 1)
            if self._peek() != ")":
                raise Refusal(PARENTHESES, "one is not closed")
            self._next()
            return found
        word = self._next()
        if re.fullmatch(r"<>|<=|>=|==|[=<>/()]", word):
            raise Refusal(SYNTAX, word)
        relation = self._peek().lower()
        is_named = not word.startswith('"') and (
            relation in RELATIONS or re.fullmatch(r"<>|<=|>=|[<>]|within|encloses", relation)
        )
        if not is_named:
            return self._term("", "=", word)
        self._next()
        if relation not in RELATIONS:
            raise Refusal(RELATION, relation)
        self._no_modifier()
        if word.lower() not in INDEXES:
            raise Refusal(INDEX, word)
        return self._term(INDEXES[word.lower()], relation, self._next())

    def _no_modifier(self) -> None:
        if self._peek() == "/":
            raise Refusal(MODIFIER, "/")

    def _term(self, field: str, relation: str, word: str) -> QuerySet[Bib]:
        """Titles that have the words of a term, all of them unless any will do."""
        self._terms += 1
        if self._terms > MOST:
            raise Refusal(MANY, "terms")
        text = re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word
        text = text.replace('"', " ").strip()
        if not text:
            raise Refusal(EMPTY, field)
        words = [text] if relation in WHOLE or field == "isbn" else text.split()
        words = list(dict.fromkeys(words))
        if len(words) > MOST or max(map(len, words)) > LONGEST:
            raise Refusal(MANY, field)
        rows = [search.find(_ask(field, each)).order_by().values("pk") for each in words]
        if relation == "any":
            return Bib.objects.filter(Q.create([("pk__in", row) for row in rows], Q.OR))
        return Bib.objects.filter(Q.create([("pk__in", row) for row in rows]))


def _ask(field: str, word: str) -> str:
    """A term as the catalogue's own search has it."""
    return f'{field}:"{word}"' if field else f'"{word}"'


def _tokens(query: str) -> Iterator[str]:
    at = 0
    while query[at:].strip():
        found = TOKEN.match(query, at)
        if found is None:
            raise Refusal(SYNTAX, query[at : at + 40].strip())
        yield found.group().strip()
        at = found.end()
