"""A shelf of books for the tests of the library, and who may borrow from it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from madang.library.models import (
    Bib,
    CirculationRule,
    Item,
    ItemType,
    Location,
    Patron,
    PatronCategory,
)
from madang.people.models import Member


@dataclass
class Shelf:
    """Books, lent for fourteen days, renewed once for seven, five at once, three holds."""

    category: PatronCategory
    item_type: ItemType
    location: Location
    rule: CirculationRule
    made: int = field(default=0)

    def bib(self, title: str = "혼불", copies: int = 1) -> Bib:
        """A title with copies; the first copy of the first title has the barcode B1."""
        bib = Bib.objects.create(title=title)
        for _ in range(copies):
            self.copy(bib)
        return bib

    def copy(self, bib: Bib) -> Item:
        """One more copy of `bib`."""
        self.made += 1
        return Item.objects.create(
            bib=bib,
            barcode=f"B{self.made}",
            item_type=self.item_type,
            location=self.location,
        )

    def item(self, title: str = "혼불") -> Item:
        """The only copy of a title."""
        return self.bib(title).items.get()

    def patron(self, member: Member) -> Patron:
        """The patron that `member` is; the card has the member's handle."""
        patron, _ = Patron.objects.get_or_create(
            member=member,
            defaults={"name": str(member), "card": member.handle, "category": self.category},
        )
        return patron


@pytest.fixture
def shelf(db: None) -> Shelf:
    """A library with one rule."""
    return Shelf(
        category=PatronCategory.objects.create(code="adult", name="어른"),
        item_type=ItemType.objects.create(code="book", name="책"),
        location=Location.objects.create(code="main", name="서가"),
        rule=CirculationRule.objects.create(name="책 2주"),
    )
