"""What a self-check machine tells of a copy itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from madang.library import holding, lending, losing
from madang.library.models import Item, Loan
from madang.library.sip2.session import Session
from madang.people import tokens
from madang.people.models import Member
from tests.library.test_sip2 import NOW, STAMP, ask
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db
AT = NOW - timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def machine(sujin: Member) -> Session:
    """A machine that has signed in."""
    _token, text = tokens.issue(member=sujin, name="machine", at=NOW)
    session = Session()
    assert session.respond(f"9300CN{sujin.handle}|CO{text}|".encode()) == b"941\r"
    return session


def status(session: Session, item: Item, wanted: str) -> str:
    """The answer to a machine that says what `item` is."""
    return ask(session, f"19{STAMP}AOvillage|AB{item.barcode}|AC|CH{wanted}|")


@pytest.mark.parametrize("before", ["missing", "lost", "claimed", "available"])
def test_what_was_missing_is_found(machine: Session, shelf: Shelf, before: str) -> None:
    item = shelf.item()
    Item.objects.update(status=before)
    for _again in range(2):
        assert status(machine, item, "03") == f"201{STAMP}AB{item.barcode}|AJ혼불|CH03|AF|"
        item.refresh_from_db()
        assert item.status == Item.Status.AVAILABLE


@pytest.mark.parametrize(("code", "after"), [("11", "claimed"), ("12", "lost")])
def test_what_is_lent_is_claimed_returned_or_lost(
    machine: Session,
    shelf: Shelf,
    hana: Member,
    code: str,
    after: str,
) -> None:
    item = shelf.item()
    lending.check_out(item=item, patron=shelf.patron(hana), at=AT)
    for _again in range(2):
        assert status(machine, item, code) == f"201{STAMP}AB{item.barcode}|AJ혼불|CH{code}|AF|"
        item.refresh_from_db()
        assert item.status == after
    assert Loan.objects.get().returned_at is None


def test_what_nobody_has_is_not_claimed(machine: Session, shelf: Shelf) -> None:
    item = shelf.item()
    assert status(machine, item, "12") == (
        f"200{STAMP}AB{item.barcode}|AJ혼불|CH03"
        "|AF대출 중인 자료가 아닙니다. (빌려준 자료만 없어진 것으로 합니다.)|"
    )


def test_what_is_lent_or_fit_for_something_else_is_not_made_available(
    machine: Session,
    shelf: Shelf,
    hana: Member,
) -> None:
    lent, mended = shelf.item("혼불"), shelf.item("토지")
    lending.check_out(item=lent, patron=shelf.patron(hana), at=AT)
    Item.objects.filter(pk=mended.pk).update(status=Item.Status.REPAIR)
    for item, state in ((lent, "04"), (mended, "01")):
        said = status(machine, item, "03")
        assert said.startswith(f"200{STAMP}AB{item.barcode}|AJ{item.bib}|CH{state}|AF")
        assert len(said.split("|AF")[1]) > 1
    assert Loan.objects.get().returned_at is None
    mended.refresh_from_db()
    assert mended.status == Item.Status.REPAIR


def test_a_copy_that_is_found_is_kept_for_who_waits(
    machine: Session,
    shelf: Shelf,
    hana: Member,
    minjun: Member,
) -> None:
    item = shelf.item()
    loan = lending.check_out(item=item, patron=shelf.patron(minjun), at=AT)
    holding.place(bib=item.bib, patron=shelf.patron(hana), at=AT)
    losing.lose(loan=loan, at=AT, by=None)
    losing.settle(loan=loan, at=AT)
    assert status(machine, item, "03") == f"201{STAMP}AB{item.barcode}|AJ혼불|CH08|AF|"


@pytest.mark.parametrize("wanted", ["", "13", "99", "missing", "０３", "808"])
def test_no_other_status_can_be_set(
    machine: Session,
    shelf: Shelf,
    wanted: str,
) -> None:
    item = shelf.item()
    assert status(machine, item, wanted) == (
        f"200{STAMP}AB{item.barcode}|AJ혼불|CH03|AF03, 11, 12만 정할 수 있습니다.|"
    )


def test_an_unknown_copy_has_no_status(machine: Session, shelf: Shelf) -> None:
    assert ask(machine, f"19{STAMP}AO|ABno|AC|CH03|") == (
        f"200{STAMP}ABno|AJ|CH|AF“no”번은 없습니다.|"
    )
