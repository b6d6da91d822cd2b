"""Public holidays of countries, from the `holidays` package, and names of countries from tzdata."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib import resources

import holidays


class UnknownCountry(Exception):
    """The package knows no such country, or no such part of it."""


def on(
    country: str, subdivision: str, first: int, last: int, *, language: str
) -> Mapping[date, str]:
    """The public holidays of the years, by their names in `language` where there are such.

    `country` is an ISO 3166-1 code, `subdivision` a part of it as the package names it (mostly
    ISO 3166-2) or nothing. Raises `UnknownCountry`.
    """
    known = parts()
    if country not in known or (subdivision and subdivision not in known[country]):
        raise UnknownCountry
    years = range(first, last + 1)
    part = subdivision or None
    languages = holidays.country_holidays(country, part).supported_languages
    spoken = [each for each in languages if each.split("_")[0] == language[:2]]
    return holidays.country_holidays(
        country, part, years=years, language=spoken[0] if spoken else None
    )


@lru_cache(maxsize=1)
def parts() -> Mapping[str, tuple[str, ...]]:
    """The countries the package knows (ISO 3166-1 alpha-2), each with its parts."""
    known = holidays.list_supported_countries(include_aliases=False)
    return {code: tuple(known[code]) for code in sorted(known) if len(code) == len("KR")}


@lru_cache(maxsize=1)
def names() -> Mapping[str, str]:
    """The English short names of the countries, as tzdata's iso3166.tab has them."""
    named = dict(line.split("\t")[:2] for line in _table("iso3166.tab"))
    return {"XK": "Kosovo", **named}


def choices() -> list[tuple[str, str]]:
    """The countries whose holidays are known, by their English names, for a form."""
    named = names()
    return sorted(((code, f"{named[code]} ({code})") for code in parts()), key=lambda pair: pair[1])


@lru_cache(maxsize=1)
def _country_of_zone() -> Mapping[str, str]:
    return {line.split("\t")[2]: line.split("\t")[0] for line in _table("zone.tab")}


def country_of(zone: str) -> str:
    """The country in which a time zone lies (tzdata's zone.tab), or nothing."""
    found = _country_of_zone().get(zone, "")
    return found if found in parts() else ""


def _table(name: str) -> list[str]:
    text = resources.files("tzdata").joinpath("zoneinfo", name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
