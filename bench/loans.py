"""Check-outs a second against the bare constrained INSERT, on SQLite and PostgreSQL.

`./madang bench loans [--loans 1000] [--rounds 3]`. Both are done one after the other by one
client, on a scratch database beside the one of `MADANG_DATABASE_URL`. The check-out finds the
rule, the due date and the queue, and counts against the limit, in one transaction; the INSERT
writes the same row in a transaction of its own. Printed: how many a second, and the ratio.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from madang import env
from madang.db.scratch import scratch


def main() -> None:
    """Measure on the configured database and print a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        _measure(options.loans, options.rounds)
        return
    url = env.read(os.environ).database_url
    with scratch(url) as place:
        inside = {**os.environ, "MADANG_DATABASE_URL": place}
        inside["DJANGO_SETTINGS_MODULE"] = "madang.settings"
        migrate = [sys.executable, "-m", "madang", "manage", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=inside, check=True)
        again = [sys.executable, "-m", "bench.loans", *sys.argv[1:], "--inside"]
        subprocess.run(again, env=inside, check=True)


def _measure(loans: int, rounds: int) -> None:
    import django

    django.setup()
    from django.db import connection

    from madang.library.models import (
        Bib,
        CirculationRule,
        Item,
        ItemType,
        Location,
        Patron,
        PatronCategory,
    )

    category = PatronCategory.objects.create(code="bench", name="bench")
    kind = ItemType.objects.create(code="bench", name="bench")
    location = Location.objects.create(code="bench", name="bench")
    CirculationRule.objects.create(name="bench", max_loans=10_000)
    patrons = Patron.objects.bulk_create(
        Patron(name=str(n), card=str(n), category=category) for n in range(100)
    )
    bibs = Bib.objects.bulk_create(Bib(title=str(n)) for n in range(loans))
    items = Item.objects.bulk_create(
        Item(bib=bib, barcode=bib.title, item_type=kind, location=location) for bib in bibs
    )
    bare = [_rate(items, patrons, _insert) for _round in range(rounds)]
    whole = [_rate(items, patrons, _check_out) for _round in range(rounds)]
    one, other = statistics.median(bare), statistics.median(whole)
    print(
        f"{connection.vendor:10} bare INSERT {one:6.0f}/s, check-out {other:6.0f}/s,"
        f" ratio {other / one:.2f}"
    )


Step = Callable[[object, object], object]


def _rate(items: Sequence[object], patrons: Sequence[object], step: Step) -> float:
    """How many of `items` a second are lent by `step`; they are back on the shelf afterwards."""
    from madang.library.models import Loan

    before = time.perf_counter()
    for n, item in enumerate(items):
        step(item, patrons[n % len(patrons)])
    seconds = time.perf_counter() - before
    Loan.objects.all().delete()
    return len(items) / seconds


def _check_out(item: object, patron: object) -> object:
    from django.utils import timezone

    from madang.library import lending
    from madang.library.models import Item, Patron

    assert isinstance(item, Item)
    assert isinstance(patron, Patron)
    return lending.check_out(item=item, patron=patron, at=timezone.now())


def _insert(item: object, patron: object) -> object:
    from django.db import transaction
    from django.utils import timezone

    from madang.library.models import Item, Loan, Patron

    assert isinstance(item, Item)
    assert isinstance(patron, Patron)
    at = timezone.now()
    due = at.date() + timedelta(days=14)
    with transaction.atomic():
        return Loan.objects.create(
            item=item,
            patron=patron,
            rule_name="bench",
            loan_days=14,
            max_renewals=1,
            renewal_days=7,
            suspension="sum",
            loaned_at=at,
            due_on=due,
            unmoved_due_on=due,
        )


if __name__ == "__main__":
    main()
