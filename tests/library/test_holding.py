"""The queue for a title."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from madang.library import holding, lending, rules, standing
from madang.library.models import Bib, CirculationRule, ClosedDay, Hold, Item, ItemType, Suspension
from madang.people import tasks
from madang.people.models import Member
from tests.cast import NOW
from tests.shelf import Shelf

DAY = timedelta(days=1)


def place(
    shelf: Shelf, member: Member, bib: Bib, at: datetime = NOW, item: Item | None = None
) -> Hold:
    return holding.place(bib=bib, patron=shelf.patron(member), at=at, item=item)


def lend(shelf: Shelf, member: Member, item: Item) -> None:
    lending.check_out(item=item, patron=shelf.patron(member), at=NOW)


def queue() -> list[tuple[str, str, str | None]]:
    rows = Hold.objects.order_by("placed_at", "pk").values_list(
        "patron__card", "status", "ready_item__barcode"
    )
    return [(str(card), status, barcode) for card, status, barcode in rows]


def test_who_waits_is_served_when_the_copy_comes_back(
    shelf: Shelf, hana: Member, minjun: Member, emma: Member
) -> None:
    item = shelf.item()
    lend(shelf, hana, item)
    place(shelf, minjun, item.bib)
    place(shelf, emma, item.bib)
    assert queue() == [("minjun", "waiting", None), ("emma", "waiting", None)]
    ClosedDay.objects.create(on=date(2027, 3, 3))
    returned = lending.check_in(item=item, at=NOW)
    assert returned.hold is not None
    assert queue() == [("minjun", "ready", "B1"), ("emma", "waiting", None)]
    hold = Hold.objects.get(status="ready")
    assert (hold.ready_at, hold.pickup_until, hold.rule_name) == (
        NOW,
        date(2027, 3, 5),
        "책 2주",
    )


def test_a_copy_on_the_shelf_is_ready_at_once(shelf: Shelf, hana: Member) -> None:
    hold = place(shelf, hana, shelf.bib())
    assert (hold.status, hold.pickup_until) == ("ready", date(2027, 3, 4))


def test_the_queue_never_goes_backwards(
    shelf: Shelf, hana: Member, minjun: Member, emma: Member
) -> None:
    item = shelf.item()
    lend(shelf, hana, item)
    place(shelf, minjun, item.bib)
    late = place(shelf, emma, item.bib, at=NOW - DAY)
    assert (late.placed_at, [row[0] for row in queue()]) == (NOW, ["minjun", "emma"])


def test_a_patron_waits_once_for_a_title(shelf: Shelf, hana: Member) -> None:
    bib = shelf.bib()
    place(shelf, hana, bib)
    with pytest.raises(holding.AlreadyHeld) as error:
        place(shelf, hana, bib)
    assert (error.value.code, error.value.rule) == (
        "already_held",
        "한 도서는 한 사람이 한 번만 예약합니다.",
    )
    assert Hold.objects.count() == 1


def test_nobody_waits_for_what_they_have(shelf: Shelf, hana: Member) -> None:
    item = shelf.item()
    lend(shelf, hana, item)
    with pytest.raises(holding.AlreadyBorrowed):
        place(shelf, hana, item.bib)


def test_the_rule_limits_holds_of_a_patron_and_on_a_title(
    shelf: Shelf, hana: Member, minjun: Member
) -> None:
    shelf.rule.max_holds, shelf.rule.max_holds_per_bib = 1, 1
    shelf.rule.save()
    bib = shelf.bib("가")
    place(shelf, hana, bib)
    with pytest.raises(holding.HoldLimit) as of_patron:
        place(shelf, hana, shelf.bib("나"))
    with pytest.raises(holding.QueueFull) as on_title:
        place(shelf, minjun, bib)
    assert (of_patron.value.rule, on_title.value.rule) == ("책 2주", "책 2주")
    assert queue() == [("hana", "ready", "B1")]


def test_what_nobody_could_borrow_has_no_queue(shelf: Shelf, hana: Member) -> None:
    with pytest.raises(rules.NotLent) as none:
        place(shelf, hana, shelf.bib(copies=0))
    assert none.value.rule == "소장 자료가 없는 도서입니다."
    bib = shelf.bib()
    bib.items.update(status="reference")
    with pytest.raises(rules.NotLent) as reference:
        place(shelf, hana, bib)
    assert reference.value.rule == "관내 열람"


def test_who_is_suspended_does_not_get_in_line(shelf: Shelf, hana: Member) -> None:
    Suspension.objects.create(
        patron=shelf.patron(hana), begins_on=date(2027, 3, 1), rule_name="연체"
    )
    with pytest.raises(standing.Suspended):
        place(shelf, hana, shelf.bib())


def test_cancelling_serves_the_next(shelf: Shelf, hana: Member, minjun: Member) -> None:
    bib = shelf.bib()
    first = place(shelf, hana, bib)
    place(shelf, minjun, bib)
    holding.cancel(hold=first, at=NOW)
    assert queue() == [("hana", "cancelled", "B1"), ("minjun", "ready", "B1")]
    with pytest.raises(holding.NotWaiting):
        holding.cancel(hold=first, at=NOW)


def test_what_is_not_picked_up_goes_to_the_next(shelf: Shelf, hana: Member, minjun: Member) -> None:
    bib = shelf.bib()
    place(shelf, hana, bib)
    place(shelf, minjun, bib)
    assert tasks.sweep(at=NOW + 3 * DAY) == []
    assert queue() == [("hana", "ready", "B1"), ("minjun", "waiting", None)]
    for _ in range(2):
        holding.expire(NOW + 4 * DAY)
        assert queue() == [("hana", "expired", "B1"), ("minjun", "ready", "B1")]


def test_a_hold_that_is_put_off_keeps_its_place(
    shelf: Shelf, hana: Member, minjun: Member, emma: Member
) -> None:
    item = shelf.item()
    lend(shelf, hana, item)
    first = place(shelf, minjun, item.bib)
    place(shelf, emma, item.bib)
    holding.suspend(hold=first, until=date(2027, 3, 5), at=NOW)
    lending.check_in(item=item, at=NOW)
    assert queue() == [("minjun", "waiting", None), ("emma", "ready", "B1")]
    holding.cancel(hold=Hold.objects.get(status="ready"), at=NOW)
    assert queue() == [("minjun", "waiting", None), ("emma", "cancelled", "B1")]
    holding.expire(NOW + 3 * DAY)
    assert queue()[0] == ("minjun", "waiting", None)
    holding.expire(NOW + 4 * DAY)
    assert queue()[0] == ("minjun", "ready", "B1")


def test_ending_the_delay_serves_at_once_and_what_is_ready_is_not_put_off(
    shelf: Shelf, hana: Member, minjun: Member
) -> None:
    item = shelf.item()
    lend(shelf, hana, item)
    hold = place(shelf, minjun, item.bib)
    holding.suspend(hold=hold, until=date(2027, 4, 1), at=NOW)
    lending.check_in(item=item, at=NOW)
    assert holding.suspend(hold=hold, until=None, at=NOW).status == "ready"
    with pytest.raises(holding.NotWaiting):
        holding.suspend(hold=hold, until=date(2027, 4, 1), at=NOW)


def test_a_held_title_blocks_only_as_many_copies_as_it_has_holds(
    shelf: Shelf, hana: Member, minjun: Member, emma: Member
) -> None:
    first, second = shelf.bib(copies=2).items.order_by("pk")
    place(shelf, hana, first.bib)
    lend(shelf, minjun, first)
    assert queue() == [("hana", "ready", "B2")]
    with pytest.raises(holding.HeldForOther):
        lend(shelf, emma, second)


def test_one_copy_alone_is_waited_for_and_not_exchanged(
    shelf: Shelf, hana: Member, minjun: Member, emma: Member
) -> None:
    first, second = shelf.bib(copies=2).items.order_by("pk")
    place(shelf, hana, first.bib, item=second)
    place(shelf, minjun, first.bib)
    assert queue() == [("hana", "ready", "B2"), ("minjun", "ready", "B1")]
    with pytest.raises(holding.HeldForOther):
        lend(shelf, emma, second)
    holding.cancel(hold=Hold.objects.get(patron__card="minjun"), at=NOW)
    with pytest.raises(holding.HeldForOther):
        lend(shelf, emma, second)


def test_who_takes_another_copy_leaves_the_kept_one_to_the_next(
    shelf: Shelf, hana: Member, minjun: Member
) -> None:
    first, second = shelf.bib(copies=2).items.order_by("pk")
    lend(shelf, minjun, second)
    place(shelf, hana, first.bib)
    lending.check_in(item=second, at=NOW)
    lend(shelf, hana, second)
    assert queue() == [("hana", "fulfilled", "B1")]
    assert place(shelf, minjun, first.bib).ready_item == first


def test_a_copy_that_the_first_may_not_borrow_serves_the_next(
    shelf: Shelf, hana: Member, minjun: Member
) -> None:
    disc = ItemType.objects.create(code="disc", name="음반")
    CirculationRule.objects.create(name="음반", item_type=disc, max_loans=0)
    book = shelf.item()
    lend(shelf, minjun, book)
    place(shelf, hana, book.bib)
    other = shelf.copy(book.bib)
    other.item_type = disc
    other.save()
    holding.expire(NOW)
    assert queue() == [("hana", "waiting", None)]
    lending.check_in(item=book, at=NOW)
    assert queue() == [("hana", "ready", "B1")]


def test_a_copy_is_not_kept_for_who_asked_for_another(
    shelf: Shelf, hana: Member, minjun: Member, emma: Member
) -> None:
    first, second = shelf.bib(copies=2).items.order_by("pk")
    lend(shelf, minjun, first)
    lend(shelf, emma, second)
    place(shelf, hana, first.bib, item=second)
    lending.check_in(item=first, at=NOW)
    assert queue() == [("hana", "waiting", None)]
    lending.check_in(item=second, at=NOW)
    assert queue() == [("hana", "ready", "B2")]
