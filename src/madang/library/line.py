"""Waiting for each other in one fixed order, so that nobody waits in a circle."""

from __future__ import annotations

from madang.library.models import Bib, Item, Patron


def wait(*, patron: Patron | None = None, bib_id: int, item: Item | None = None) -> None:
    """Wait behind others who act on the same patron, title or copy; for the transaction.

    Patron, then title, then copy, always. `patron` and `item` are read anew. In SQLite there is
    one writer at a time anyway.
    """
    if patron is not None:
        patron.refresh_from_db(
            from_queryset=Patron.objects.select_related("category").select_for_update(
                no_key=True, of=("self",)
            )
        )
    Bib.objects.select_for_update(no_key=True).filter(pk=bib_id).order_by().values_list("pk").get()
    if item is not None:
        item.refresh_from_db(from_queryset=Item.objects.select_for_update(no_key=True))
