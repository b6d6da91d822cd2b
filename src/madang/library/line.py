"""Waiting for each other in one fixed order, so that nobody waits in a circle."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madang.library.models import Bib, Item, Patron
from madang.library.rules import Refused


class Gone(Refused):
    """The title left the catalogue while somebody acted on it."""

    code = "gone"
    sentence = _("This title is not in the catalogue any more.")


def wait(*, patron: Patron | None = None, bib_id: int, item: Item | None = None) -> None:
    """Wait behind others who act on the same patron, title or copy; for the transaction.

    Patron, then title, then copy, always. `patron` and `item` are read anew. In SQLite there is
    one writer at a time anyway. `Gone` where the title is there no more.
    """
    if patron is not None:
        patron.refresh_from_db(
            from_queryset=Patron.objects.select_related("category").select_for_update(
                no_key=True, of=("self",)
            )
        )
    titles = Bib.objects.select_for_update(no_key=True).filter(pk=bib_id).order_by()
    if titles.values_list("pk").first() is None:
        raise Gone(gettext("An import was taken back."))
    if item is not None:
        item.refresh_from_db(from_queryset=Item.objects.select_for_update(no_key=True))
