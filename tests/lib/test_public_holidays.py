"""Public holidays of countries, and which country a time zone is in."""

from __future__ import annotations

from datetime import date

import pytest

from madang.lib import public_holidays

CHILDREN = date(2027, 5, 5)


@pytest.mark.parametrize(("language", "name"), [("en", "Children's Day"), ("ko", "어린이날")])
def test_names_are_in_a_language_where_there_are_such(language: str, name: str) -> None:
    assert public_holidays.on("KR", "", 2027, 2027, language=language)[CHILDREN] == name
    christmas = public_holidays.on("GB", "", 2027, 2027, language=language)[date(2027, 12, 25)]
    assert christmas == "Christmas Day"


@pytest.mark.parametrize(("country", "part"), [("XX", ""), ("KR", "BY"), ("", "")])
def test_what_is_no_country_is_refused(country: str, part: str) -> None:
    with pytest.raises(public_holidays.UnknownCountry):
        public_holidays.on(country, part, 2027, 2027, language="ko")


@pytest.mark.parametrize(
    ("zone", "country"),
    [("Asia/Seoul", "KR"), ("Europe/London", "GB"), ("UTC", ""), ("Antarctica/Vostok", "AQ")],
)
def test_a_zone_tells_the_country(zone: str, country: str) -> None:
    assert public_holidays.country_of(zone) == country


def test_every_country_has_a_name() -> None:
    assert ("KR", "Korea (South) (KR)") in public_holidays.choices()
    names = public_holidays.names()
    assert (names["KR"], names["DE"]) == ("Korea (South)", "Germany")
    assert [code for code in public_holidays.parts() if code not in names] == []
