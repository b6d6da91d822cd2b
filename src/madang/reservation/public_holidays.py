"""Public holidays of a country, closed for a doctor: from the `holidays` package."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

import holidays
from django.conf import settings

from madang.people.models import Member
from madang.reservation import closing, freeing
from madang.reservation.attending import NotYours
from madang.reservation.models import Doctor, ScheduleException

NAME = 120
"""Longer names of holidays are cut."""


class UnknownCountry(Exception):
    """The package knows no such country, or no such part of it."""


def close_all(
    *, doctor: Doctor, country: str, subdivision: str = "", at: datetime, by: Member
) -> int:
    """Close the public holidays from today to the end of next year; how many are new.

    `country` is an ISO 3166-1 code, `subdivision` a part of it as the package names it (mostly
    ISO 3166-2). What is there already, also what somebody changed or lifted, stays as it is; two
    who import at once write each day once. Kept by the constraint
    `reservation_exception_holiday_once`. Raises `UnknownCountry` or `NotYours`.
    """
    if not doctor.may_be_run_by(by):
        raise NotYours
    zone = closing.zone_of(doctor)
    today = at.astimezone(ZoneInfo(zone)).date()
    days = on(country, subdivision, today.year, today.year + 1)
    rows = [
        ScheduleException(
            doctor=doctor,
            kind=ScheduleException.Kind.HOLIDAY,
            first_on=day,
            last_on=day,
            time_zone=zone,
            reason=name[:NAME],
            made_by=by,
            made_at=at,
        )
        for day, name in sorted(days.items())
        if day >= today
    ]
    with freeing.turn(doctor=doctor, patient=None, at=at):
        there = doctor.exceptions.filter(kind=ScheduleException.Kind.HOLIDAY)
        before = there.count()
        ScheduleException.objects.bulk_create(rows, ignore_conflicts=True)
        return there.count() - before


def on(country: str, subdivision: str, first: int, last: int) -> Mapping[date, str]:
    """The public holidays of the years, by their names in the site's language where there is one.

    Raises `UnknownCountry`.
    """
    known = parts()
    if country not in known or (subdivision and subdivision not in known[country]):
        raise UnknownCountry
    years = range(first, last + 1)
    part = subdivision or None
    languages = holidays.country_holidays(country, part).supported_languages
    spoken = [each for each in languages if each.split("_")[0] == settings.LANGUAGE_CODE[:2]]
    language = spoken[0] if spoken else None
    return holidays.country_holidays(country, part, years=years, language=language)


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
