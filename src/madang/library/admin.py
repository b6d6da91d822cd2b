"""The room's tables for operators. What the database refuses is said on the form."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from madang.library.models import (
    Bib,
    CirculationRule,
    ClosedDay,
    ClosedWeekday,
    Identifier,
    Item,
    ItemType,
    Location,
    Patron,
    PatronCategory,
    Suspension,
)


class IdentifierInline(admin.TabularInline[Identifier, Bib]):
    """The numbers by which a title is known."""

    model = Identifier
    extra = 0


@admin.register(Bib)
class BibAdmin(admin.ModelAdmin[Bib]):
    """Titles. Those that have copies are kept."""

    list_display = ("title", "author", "publisher", "year", "is_hidden")
    list_filter = ("is_hidden", "language")
    search_fields = ("title", "author", "identifiers__value")
    inlines = (IdentifierInline,)


@admin.register(Item)
class ItemAdmin(admin.ModelAdmin[Item]):
    """Copies, by what is printed on them."""

    list_display = ("barcode", "bib", "call_number", "item_type", "location", "status")
    list_filter = ("status", "item_type", "location")
    list_select_related = ("bib", "item_type", "location")
    search_fields = ("barcode", "accession_number", "call_number", "bib__title")
    autocomplete_fields = ("bib",)


@admin.register(ItemType)
class ItemTypeAdmin(admin.ModelAdmin[ItemType]):
    """What kinds of things are lent."""

    list_display = ("name", "code")
    search_fields = ("name", "code")


@admin.register(Location)
class LocationAdmin(admin.ModelAdmin[Location]):
    """Where copies stand."""

    list_display = ("name", "code")
    search_fields = ("name", "code")


@admin.register(PatronCategory)
class PatronCategoryAdmin(admin.ModelAdmin[PatronCategory]):
    """The groups of patrons that rules speak of."""

    list_display = ("name", "code", "max_loans")
    search_fields = ("name", "code")


@admin.register(Patron)
class PatronAdmin(admin.ModelAdmin[Patron]):
    """Patrons; those who asked to be forgotten have no name."""

    list_display = ("id", "name", "card", "category", "member", "expires_on")
    list_display_links = ("id", "name")
    list_filter = ("category",)
    list_select_related = ("category", "member")
    search_fields = ("name", "card", "member__handle")
    autocomplete_fields = ("member",)


@admin.register(CirculationRule)
class CirculationRuleAdmin(admin.ModelAdmin[CirculationRule]):
    """The rules; what a loan was made under stays on the loan."""

    list_display = ("name", "category", "item_type", "location", "rank", "max_loans", "loan_days")
    list_filter = ("category", "item_type", "location")
    list_select_related = ("category", "item_type", "location")
    search_fields = ("name",)


@admin.register(ClosedWeekday)
class ClosedWeekdayAdmin(admin.ModelAdmin[ClosedWeekday]):
    """The weekdays without lending."""


@admin.register(ClosedDay)
class ClosedDayAdmin(admin.ModelAdmin[ClosedDay]):
    """The days without lending, and those with it all the same."""

    list_display = ("on", "name", "is_open")
    date_hierarchy = "on"


@admin.register(Suspension)
class SuspensionAdmin(admin.ModelAdmin[Suspension]):
    """Who may not borrow, and until when. A suspension is lifted, never deleted."""

    list_display = ("patron", "begins_on", "ends_on", "rule_name", "lifted_at")
    list_select_related = ("patron",)
    search_fields = ("patron__name", "patron__card")
    autocomplete_fields = ("patron",)
    readonly_fields = ("loan",)

    def has_delete_permission(self, request: HttpRequest, obj: Suspension | None = None) -> bool:
        """It is history."""
        return False
