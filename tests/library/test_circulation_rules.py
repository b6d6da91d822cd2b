"""Which rule decides."""

from __future__ import annotations

import pytest

from madang.library import rules
from madang.library.models import CirculationRule, Item, ItemType, Location, PatronCategory
from madang.people.models import Member
from tests.shelf import Shelf


def test_the_rule_that_names_most_wins_before_any_rank(shelf: Shelf, hana: Member) -> None:
    named = CirculationRule.objects.create(
        name="어른의 책", category=shelf.category, item_type=shelf.item_type, rank=9
    )
    CirculationRule.objects.create(name="책", item_type=shelf.item_type, rank=-1)
    assert rules.find(patron=shelf.patron(hana), item=shelf.item()) == named


def test_of_equals_the_lowest_rank_wins_and_then_the_oldest(shelf: Shelf, hana: Member) -> None:
    patron, item = shelf.patron(hana), shelf.item()
    assert rules.find(patron=patron, item=item) == shelf.rule
    CirculationRule.objects.create(name="나중")
    assert rules.find(patron=patron, item=item) == shelf.rule
    lower = CirculationRule.objects.create(name="먼저", rank=-1)
    assert rules.find(patron=patron, item=item) == lower


def test_a_rule_for_others_decides_nothing(shelf: Shelf, hana: Member) -> None:
    shelf.rule.delete()
    CirculationRule.objects.create(
        name="어린이", category=PatronCategory.objects.create(code="child", name="어린이")
    )
    CirculationRule.objects.create(
        name="음반", item_type=ItemType.objects.create(code="disc", name="음반")
    )
    CirculationRule.objects.create(
        name="서고", location=Location.objects.create(code="stack", name="서고")
    )
    with pytest.raises(rules.NoRule) as refusal:
        rules.find(patron=shelf.patron(hana), item=shelf.item())
    assert (refusal.value.code, refusal.value.rule) == ("no_rule", "어른")


def test_what_is_not_for_lending_names_the_reason(shelf: Shelf, hana: Member) -> None:
    item = shelf.item()
    item.status = Item.Status.REFERENCE
    with pytest.raises(rules.NotLent) as refusal:
        rules.lendable(patron=shelf.patron(hana), item=item)
    assert refusal.value.rule == "관내 열람"
    shelf.rule.max_loans = 0
    shelf.rule.save()
    item.status = Item.Status.AVAILABLE
    with pytest.raises(rules.NotLent) as refusal:
        rules.lendable(patron=shelf.patron(hana), item=item)
    assert refusal.value.rule == "책 2주"
