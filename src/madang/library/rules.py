"""Which rule decides, and how a refusal names it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

from madang.library.models import CirculationRule, Item, Patron

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Refused(Exception):
    """Something cannot be. `rule` names what decided it, `until` the last day it holds."""

    code: ClassVar[str]
    sentence: ClassVar[_StrPromise]

    def __init__(self, rule: object, *, until: date | None = None) -> None:
        super().__init__(self.code)
        self.rule = str(rule)
        self.until = until


class NoRule(Refused):
    """No rule speaks of this patron and this copy, so nobody can say when it would be due."""

    code = "no_rule"
    sentence = _("No circulation rule fits this patron and this copy.")


class NotLent(Refused):
    """The copy is not for lending: as it is now, or by the rule."""

    code = "not_lent"
    sentence = _("This copy is not lent.")


def every() -> list[CirculationRule]:
    """All rules, the more deciding ones first: by how much they name, by rank, by age."""
    rules = CirculationRule.objects.order_by("rank", "pk")
    return sorted(rules, key=lambda rule: -_names(rule))


def _names(rule: CirculationRule) -> int:
    named = (rule.category_id, rule.item_type_id, rule.location_id)
    return sum(one is not None for one in named)


def find(
    *, patron: Patron, item: Item, among: Iterable[CirculationRule] | None = None
) -> CirculationRule:
    """The rule that decides about `item` in the hands of `patron`; `NoRule` if none fits.

    `among` are the rules of `every()`, where they are at hand already.
    """
    for rule in every() if among is None else among:
        if (
            rule.category_id in {None, patron.category_id}
            and rule.item_type_id in {None, item.item_type_id}
            and rule.location_id in {None, item.location_id}
        ):
            return rule
    raise NoRule(patron.category)


def lendable(
    *, patron: Patron, item: Item, among: Iterable[CirculationRule] | None = None
) -> CirculationRule:
    """As `find`, where the copy is for lending at all; else `NotLent`."""
    if item.status != Item.Status.AVAILABLE:
        raise NotLent(item.get_status_display())
    rule = find(patron=patron, item=item, among=among)
    if rule.max_loans == 0:
        raise NotLent(rule)
    return rule
