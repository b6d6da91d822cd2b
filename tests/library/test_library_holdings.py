"""What the library hands over, and what it erases."""

from __future__ import annotations

from datetime import date, timedelta

from madang.library import holding, lending
from madang.library.models import Charge, Hold, Loan, Patron, Payment, Suspension
from madang.people import holdings
from madang.people.models import Member
from tests.cast import NOW
from tests.shelf import Shelf


def test_everything_known_is_handed_over(shelf: Shelf, hana: Member, minjun: Member) -> None:
    patron, item = shelf.patron(hana), shelf.item()
    lending.check_out(item=item, patron=patron, at=NOW - timedelta(days=15))
    lending.check_in(item=item, at=NOW)
    Hold.objects.create(
        bib=shelf.bib("토지"), patron=patron, rule_name="책", pickup_days=3, placed_at=NOW
    )
    Charge.objects.create(patron=patron, kind="lost", amount=9000, made_at=NOW)
    Payment.objects.create(patron=patron, amount=9000, made_at=NOW)
    assert holdings.hand_over(hana)["library"] == {
        "card": "hana",
        "category": "어른",
        "expires_on": None,
        "keeps_reading_history": False,
        "gets_reminders": True,
        "note": "",
        "loans": [
            {
                "title": "혼불",
                "barcode": "B1",
                "loaned_at": "2027-02-14T00:00:00+00:00",
                "due_on": "2027-02-28",
                "returned_at": "2027-03-01T00:00:00+00:00",
                "rule": "책 2주",
            }
        ],
        "holds": [{"title": "토지", "status": "waiting", "placed_at": "2027-03-01T00:00:00+00:00"}],
        "suspensions": [{"begins_on": "2027-03-01", "ends_on": "2027-03-01", "rule": "책 2주"}],
        "charges": [{"kind": "lost", "amount": 9000, "made_at": "2027-03-01T00:00:00+00:00"}],
        "payments": [{"kind": "paid", "amount": 9000, "made_at": "2027-03-01T00:00:00+00:00"}],
    }
    assert holdings.hand_over(minjun)["library"] == {}


def test_an_erased_member_leaves_no_name_and_the_next_is_served(
    shelf: Shelf, hana: Member, minjun: Member
) -> None:
    patron, item = shelf.patron(hana), shelf.item()
    Patron.objects.update(note="단골", is_history_kept=True)
    lending.check_out(item=item, patron=patron, at=NOW - timedelta(days=15))
    lending.check_in(item=item, at=NOW)
    Suspension.objects.update(ends_on=date(2027, 2, 28), begins_on=date(2027, 2, 28))
    out = lending.check_out(item=shelf.item("무정"), patron=patron, at=NOW)
    bib = shelf.bib("토지")
    holding.place(bib=bib, patron=patron, at=NOW)
    waiting = holding.place(bib=bib, patron=shelf.patron(minjun), at=NOW)
    Charge.objects.create(patron=patron, kind="lost", amount=9000, note="하나")
    Payment.objects.create(patron=patron, amount=9000, note="하나")
    holdings.erase(member=hana, at=NOW)
    patron.refresh_from_db()
    assert (patron.name, patron.card, patron.note, patron.member, patron.is_history_kept) == (
        "",
        None,
        "",
        None,
        False,
    )
    assert {loan.patron for loan in Loan.objects.exclude(pk=out.pk)} == {None}
    assert (Charge.objects.get().note, Payment.objects.get().note) == ("", "")
    waiting.refresh_from_db()
    assert (waiting.status, Hold.objects.get(status="cancelled").patron) == ("ready", None)


def test_who_never_borrowed_is_erased(shelf: Shelf, hana: Member) -> None:
    holdings.erase(member=hana, at=NOW)
    assert not Member.objects.exists()
