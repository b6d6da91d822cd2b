"""Zones and names as members choose them."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.core.exceptions import ValidationError

from madang.people.forms import ProfileForm, zones_by_region
from madang.people.models import Member, validate_handle, validate_time_zone
from madang.people.models.member import validate_name


def test_zones_stand_under_their_region_by_their_place() -> None:
    regions = dict(zones_by_region())
    assert next(iter(regions)) == "UTC"
    assert ("Asia/Seoul", "Seoul") in regions["Asia"]
    assert ("America/Argentina/Buenos_Aires", "Argentina, Buenos Aires") in regions["America"]
    assert not {"Etc", "US", "posix"} & set(regions)


def test_every_zone_that_can_be_chosen_is_one() -> None:
    zones = [zone for _region, places in zones_by_region() for zone, _name in places]
    assert len(zones) == len(set(zones))
    assert set(zones) <= available_timezones()
    for zone in zones:
        validate_time_zone(zone)
        ZoneInfo(zone)


@pytest.mark.parametrize("zone", ["", "Seoul", "../../etc/passwd", "Asia/Seoul\x00", "ASIA/SEOUL"])
def test_no_other_zone_is_taken(zone: str) -> None:
    with pytest.raises(ValidationError):
        validate_time_zone(zone)


@pytest.mark.parametrize("name", ["하나", "Emma O’Neill-클라크", "Zoë 👩‍👩‍👧", "שרה", "محمد"])
def test_names_of_all_peoples_are_names(name: str) -> None:
    validate_name(name)


@pytest.mark.parametrize(
    "sign", ["\x00", "\t", "\r", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u2028", "\ud800"]
)
def test_what_would_disturb_the_page_is_no_name(sign: str) -> None:
    with pytest.raises(ValidationError):
        validate_name(f"하{sign}나")


@pytest.mark.parametrize("handle", ["a", "Hana", "ha na", "하나", "x" * 31, "hana\n", "ha-na", ""])
def test_a_handle_is_small_letters_digits_and_underscores(handle: str) -> None:
    with pytest.raises(ValidationError):
        validate_handle(handle)


def test_a_profile_shows_what_is_kept(hana: Member) -> None:
    form = ProfileForm(instance=hana)
    assert {name: form[name].value() for name in form.fields} == {
        "display_name": "김하나",
        "language": "ko",
        "time_zone": "Asia/Seoul",
    }
