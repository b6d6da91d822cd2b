"""Titles and copies, patrons, and the relations between them: loans and holds.

Words are those of library science: a bib describes a title, an item is one copy of it.
"""

from madang.library.models.catalogue import (
    Bib,
    Identifier,
    Item,
    ItemType,
    Location,
    SearchEntry,
)
from madang.library.models.holds import Hold
from madang.library.models.imports import ImportBatch, ImportProblem
from madang.library.models.loans import Charge, Loan, Payment, Renewal, Suspension
from madang.library.models.notices import Notice
from madang.library.models.patrons import Patron, PatronCategory
from madang.library.models.rules import CirculationRule, ClosedDay, ClosedWeekday

__all__ = [
    "Bib",
    "Charge",
    "CirculationRule",
    "ClosedDay",
    "ClosedWeekday",
    "Hold",
    "Identifier",
    "ImportBatch",
    "ImportProblem",
    "Item",
    "ItemType",
    "Loan",
    "Location",
    "Notice",
    "Patron",
    "PatronCategory",
    "Payment",
    "Renewal",
    "SearchEntry",
    "Suspension",
]
