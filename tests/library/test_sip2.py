"""What a self-check machine asks, and what it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache

from madang.library import lending, losing, owing
from madang.library.models import Charge, Hold, Item, Loan, Suspension
from madang.library.sip2.messages import checksum
from madang.library.sip2.session import Refused, Session
from madang.people import tokens
from madang.people.models import Member
from tests.shelf import Shelf

NOW = datetime(2027, 3, 3, 3, 0, tzinfo=UTC)  # noon of a Wednesday in Seoul
STAMP = "20270303    120000"
LATER = "20270303    120100"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def machine(sujin: Member) -> Session:
    """A machine that has signed in, and speaks Korean by the site's own language."""
    _token, text = tokens.issue(member=sujin, name="machine", at=NOW)
    session = Session()
    assert session.respond(f"9300CN{sujin.handle}|CO{text}|".encode()) == b"941\r"
    return session


def ask(session: Session, text: str) -> str:
    """The answer to `text`, without its end."""
    said = session.respond(text.encode()).decode()
    assert said.endswith("\r")
    return said[:-1]


def test_a_machine_signs_in_by_the_token_of_a_librarian(
    machine: Session, sujin: Member, hana: Member
) -> None:
    _token, of_nobody = tokens.issue(member=hana, name="phone", at=NOW)
    for handle, text in (
        (sujin.handle, "madang_wrong"),
        (hana.handle, of_nobody),
        (sujin.handle, of_nobody),
        (sujin.handle, ""),
    ):
        assert ask(machine, f"9300CN{handle}|CO{text}|") == "940"
        with pytest.raises(Refused):
            machine.respond(f"35{STAMP}AO|AAx|".encode())


def test_a_token_that_was_withdrawn_ends_it(machine: Session, sujin: Member) -> None:
    sujin.api_tokens.all().delete()
    with pytest.raises(Refused):
        machine.respond(f"35{STAMP}AO|AAx|".encode())


def test_the_status_says_what_the_library_can_do(machine: Session) -> None:
    assert ask(machine, "9900802.00") == (
        "98YYYYNN100003" + STAMP + "2.00AO|AM마당|BXYYYYYYYYYYYYYYYY|AF|"
    )
    assert ask(Session(), "9900802.00").startswith("98YNNNNN")


def test_a_copy_is_lent(machine: Session, shelf: Shelf, hana: Member) -> None:
    item, patron = shelf.item(), shelf.patron(hana)
    said = ask(machine, f"11NN{STAMP}{' ' * 18}AOvillage|AA{patron.card}|AB{item.barcode}|AC|")
    assert said == (
        f"121NNY{STAMP}AOvillage|AA{patron.card}|AB{item.barcode}|AJ혼불"
        "|AH20270317    235959|AF규정: 책 2주.|"
    )
    assert Loan.objects.get().patron == patron


def test_the_same_message_sent_again_is_one_loan(
    machine: Session, shelf: Shelf, hana: Member
) -> None:
    item, patron = shelf.item(), shelf.patron(hana)
    wanted = f"11YN{STAMP}{' ' * 18}AO|AA{patron.card}|AB{item.barcode}|AC|"
    first = ask(machine, wanted)
    other = Session(token=machine.token)  # the connection was cut before the answer came
    assert ask(other, wanted) == first
    assert (Loan.objects.count(), Loan.objects.get().renewals.count()) == (1, 0)


def test_a_machine_whose_clock_stands_still_lends_again(
    machine: Session, shelf: Shelf, hana: Member
) -> None:
    shelf.rule.is_same_day_again = True
    shelf.rule.save()
    item, patron = shelf.item(), shelf.patron(hana)
    wanted = f"11NN{STAMP}{' ' * 18}AO|AA{patron.card}|AB{item.barcode}|AC|"
    ask(machine, wanted)
    lending.check_in(item=item, at=NOW + timedelta(minutes=1))
    assert ask(machine, wanted).startswith("121")
    assert Loan.objects.filter(returned_at__isnull=True).count() == 1


def test_a_message_without_a_time_is_not_known_again(
    machine: Session, shelf: Shelf, hana: Member
) -> None:
    item, patron = shelf.item(), shelf.patron(hana)
    wanted = f"11NN{' ' * 36}AO|AA{patron.card}|AB{item.barcode}|AC|"
    assert ask(machine, wanted).startswith("121")
    assert ask(machine, wanted).startswith("120")


def test_a_copy_that_the_patron_has_is_renewed_where_the_machine_allows_it(
    machine: Session, shelf: Shelf, hana: Member
) -> None:
    item, patron = shelf.item(), shelf.patron(hana)
    ask(machine, f"11NN{STAMP}{' ' * 18}AO|AA{patron.card}|AB{item.barcode}|AC|")
    said = ask(machine, f"11NN{LATER}{' ' * 18}AO|AA{patron.card}|AB{item.barcode}|AC|")
    assert said.startswith("120NNN")
    assert "AF이 자료는 이미 대출 중입니다." in said
    said = ask(machine, f"11YN{LATER}{' ' * 18}AO|AA{patron.card}|AB{item.barcode}|AC|")
    assert said.startswith("121YNN")
    assert "AH20270324    235959" in said


def test_a_loan_that_the_machine_could_not_finish_is_taken_back(
    machine: Session, shelf: Shelf, hana: Member
) -> None:
    item, patron = shelf.item(), shelf.patron(hana)
    start = f"{' ' * 18}AO|AA{patron.card}|AB{item.barcode}|AC|"
    ask(machine, f"11NN{STAMP}{start}")
    assert ask(machine, f"11NN{LATER}{start}BIY|").startswith("121")
    assert not Loan.objects.filter(returned_at__isnull=True).exists()
    assert ask(machine, f"11NN{LATER}{start}BIY|").startswith("120")


def test_a_refusal_names_the_rule(
    machine: Session, shelf: Shelf, hana: Member, minjun: Member
) -> None:
    item = shelf.item()
    lending.check_out(item=item, patron=shelf.patron(minjun), at=NOW)
    said = ask(machine, f"11NN{STAMP}{' ' * 18}AO|AA{shelf.patron(hana).card}|AB{item.barcode}|AC|")
    assert said.startswith("120NNN")
    assert said.endswith(
        "AH|AF이 자료는 이미 대출 중입니다. (자료 하나는 한 번에 한 사람에게만 빌려드립니다.)|"
    )


@pytest.mark.parametrize(("card", "barcode", "told"), [("no", "B1", "no"), ("", "no", "no")])
def test_an_unknown_number_is_said_to_be_unknown(
    machine: Session, shelf: Shelf, hana: Member, card: str, barcode: str, told: str
) -> None:
    shelf.item()
    card = card or shelf.patron(hana).card or ""
    for start in (f"11NN{STAMP}{STAMP}", f"29NN{STAMP}{STAMP}", f"15+{STAMP}"):
        said = ask(machine, f"{start}AO|AA{card}|AB{barcode}|AC|")
        assert said[2] == "0"
        assert f"AF“{told}”번은 없습니다." in said


def test_a_copy_comes_back(machine: Session, shelf: Shelf, hana: Member) -> None:
    item = shelf.item()
    lending.check_out(item=item, patron=shelf.patron(hana), at=NOW - timedelta(days=1))
    wanted = f"09N{STAMP}{STAMP}APhere|AOvillage|AB{item.barcode}|AC|"
    assert ask(machine, wanted) == (f"101YNN{STAMP}AOvillage|AB{item.barcode}|AQ서가|AJ혼불|")
    assert ask(machine, wanted).startswith("100NNY")
    assert ask(machine, f"09N{STAMP}{STAMP}APhere|AO|ABno|AC|").startswith("100NNY")


def test_a_copy_that_somebody_waits_for_raises_an_alert(
    machine: Session, shelf: Shelf, hana: Member, minjun: Member
) -> None:
    item = shelf.item()
    lending.check_out(item=item, patron=shelf.patron(hana), at=NOW)
    waiting = shelf.patron(minjun)
    said = ask(machine, f"15+{STAMP}AO|AA{waiting.card}|AB{item.barcode}|AC|")
    assert said == f"161N{STAMP}AO|AA{waiting.card}|AB{item.barcode}|AJ혼불|BR1|"
    said = ask(machine, f"09N{STAMP}{STAMP}AP|AO|AB{item.barcode}|AC|")
    assert said.startswith("101YNY")
    assert "CV01|AF기다리는 분이 있습니다.|" in said
    said = ask(machine, f"15-{STAMP}AO|AA{waiting.card}|AB{item.barcode}|AC|")
    assert said.startswith("161N")
    assert Hold.objects.get().status == Hold.Status.CANCELLED
    assert ask(machine, f"15-{STAMP}AO|AA{waiting.card}|AB{item.barcode}|AC|").startswith("160")


def test_a_hold_on_a_free_copy_is_ready_at_once(
    machine: Session, shelf: Shelf, hana: Member
) -> None:
    item, patron = shelf.item(), shelf.patron(hana)
    said = ask(machine, f"15+{STAMP}BY3|AO|AA{patron.card}|AB{item.barcode}|AC|")
    assert said.startswith("161Y")
    assert "BW202703" in said
    assert Hold.objects.get().item == item
    said = ask(machine, f"15+{STAMP}AO|AA{patron.card}|AB{item.barcode}|AC|")
    assert said.startswith("160N")
    assert ask(machine, f"15*{STAMP}AO|AA{patron.card}|AB{item.barcode}|AC|").startswith("160N")


def test_who_returns_late_is_told_what_follows(
    machine: Session, shelf: Shelf, hana: Member
) -> None:
    shelf.rule.suspension, shelf.rule.fine_per_day = "sum", 100
    shelf.rule.save()
    item, patron = shelf.item(), shelf.patron(hana)
    lending.check_out(item=item, patron=patron, at=NOW - timedelta(days=16))
    said = ask(machine, f"09N{STAMP}{STAMP}AP|AO|AB{item.barcode}|AC|")
    assert "AF2일 연체: 200원. 규정: 책 2주.|AF2일 연체했습니다." in said
    assert Suspension.objects.get().patron == patron
    said = ask(machine, f"23020{STAMP}AO|AA{patron.card}|AC|AD|")
    assert said.startswith("24YY Y")
    assert "BHKRW|BV200|" in said


def test_a_missing_copy_is_found(machine: Session, shelf: Shelf) -> None:
    item = shelf.item()
    Item.objects.update(status=Item.Status.MISSING)
    said = ask(machine, f"09N{STAMP}{STAMP}AP|AO|AB{item.barcode}|AC|")
    assert said.startswith("101YNN")
    item.refresh_from_db()
    assert item.status == Item.Status.AVAILABLE


def test_loans_are_renewed_one_by_one_and_all_together(
    machine: Session, shelf: Shelf, hana: Member
) -> None:
    patron = shelf.patron(hana)
    first, second = shelf.item("혼불"), shelf.item("토지")
    start = f"29NN{STAMP}{' ' * 18}AO|AA{patron.card}|AB{first.barcode}|AC|"
    assert ask(machine, start).startswith("300")
    for item in (first, second):
        lending.check_out(item=item, patron=patron, at=NOW)
    assert ask(machine, start).startswith("301YNN")
    assert ask(machine, start).startswith("300NNN")
    said = ask(machine, f"65{STAMP}AO|AA{patron.card}|AC|")
    assert said == f"66100010001{STAMP}AO|BM{second.barcode}|BN{first.barcode}|"
    assert ask(machine, f"65{STAMP}AO|AAno|AC|").startswith("66000000000")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("available", "03"),
        ("reference", "01"),
        ("processing", "06"),
        ("claimed", "11"),
        ("lost", "12"),
        ("missing", "13"),
    ],
)
def test_what_a_copy_is_fit_for_is_told(
    machine: Session, shelf: Shelf, status: str, code: str
) -> None:
    item = shelf.item()
    Item.objects.update(status=status, call_number="813.7 최34ㅎ")
    assert ask(machine, f"17{STAMP}AO|AB{item.barcode}|AC|") == (
        f"18{code}0001{STAMP}CF0|AB{item.barcode}|AJ혼불|AQ서가|CH813.7 최34ㅎ|"
    )


def test_a_copy_that_is_lent_says_when_it_is_due_and_nobody_s_name(
    machine: Session, shelf: Shelf, hana: Member, minjun: Member
) -> None:
    item = shelf.item()
    loan = lending.check_out(item=item, patron=shelf.patron(hana), at=NOW)
    said = ask(machine, f"17{STAMP}AO|AB{item.barcode}|AC|")
    assert said.startswith(f"18040001{STAMP}CF0|AH20270317    235959|")
    assert str(hana) not in said
    losing.lose(loan=loan, at=NOW, by=None)
    losing.settle(loan=loan, at=NOW)
    losing.find(item=item, at=NOW)
    ask(machine, f"15+{STAMP}AO|AA{shelf.patron(minjun).card}|AB{item.barcode}|AC|")
    assert ask(machine, f"17{STAMP}AO|AB{item.barcode}|AC|").startswith("1808")
    assert ask(machine, f"17{STAMP}AO|ABno|AC|").startswith("1801")


def test_a_patron_is_told_what_is_charged_and_owed_and_held(
    machine: Session, shelf: Shelf, hana: Member, minjun: Member
) -> None:
    patron, other = shelf.patron(hana), shelf.patron(minjun)
    shelf.category.max_loans, shelf.rule.suspension = 5, "none"
    shelf.category.save()
    shelf.rule.save()
    late, due, taken = shelf.item("혼불"), shelf.item("토지"), shelf.item("태백산맥")
    lending.check_out(item=late, patron=patron, at=NOW - timedelta(days=20))
    lending.check_out(item=due, patron=patron, at=NOW)
    lending.check_out(item=taken, patron=other, at=NOW)
    owing.charge(patron=patron, kind=Charge.Kind.OTHER, amount=3000, at=NOW, by=None)
    ask(machine, f"15+{STAMP}AO|AA{patron.card}|AB{taken.barcode}|AC|")
    start = f"63020{STAMP}"
    counts = "000000010002000100000001"
    who = f"AOv|AE{hana}|AA{patron.card}|BLY|CQN|CB0005|BHKRW|BV3000|"
    end = f"AOv|AA{patron.card}|AC|AD|"
    said = ask(machine, f"{start}{' ' * 10}{end}")
    assert said == f"64{' ' * 14}020{STAMP}{counts}{who}AF|"
    said = ask(machine, f"{start}  Y       {end}")
    assert said == (f"64{' ' * 14}020{STAMP}{counts}{who}AU{late.barcode}|AU{due.barcode}|AF|")
    assert f"AU{due.barcode}|AF|" in ask(machine, f"{start}  Y       {end}BP2|BQ2|")
    assert f"AT{late.barcode}|AF|" in ask(machine, f"{start} Y        {end}")
    assert "AV3,000원|AF|" in ask(machine, f"{start}   Y      {end}")
    assert "CD태백산맥|AF|" in ask(machine, f"{start}     Y    {end}")
    lending.check_in(item=taken, at=NOW)
    assert f"AS{taken.barcode}|AF|" in ask(machine, f"{start}Y         {end}BPx|")


def test_the_flags_say_what_keeps_from_borrowing(
    machine: Session, shelf: Shelf, hana: Member
) -> None:
    patron = shelf.patron(hana)
    wanted = f"23001{STAMP}AO|AA{patron.card}|AC|AD|"
    assert ask(machine, wanted) == (
        f"24{' ' * 14}001{STAMP}AO|AE{hana}|AA{patron.card}|BLY|CQN|BHKRW|BV0|AF|"
    )
    shelf.category.max_loans = 1
    shelf.category.save()
    shelf.rule.suspension = "sum"
    shelf.rule.save()
    loan = lending.check_out(item=shelf.item(), patron=patron, at=NOW)
    assert ask(machine, wanted).startswith(f"24Y    Y{' ' * 8}")
    Loan.objects.update(
        due_on=NOW.date() - timedelta(days=1),
        unmoved_due_on=loan.loaned_at.date() - timedelta(days=1),
    )
    said = ask(machine, wanted)
    assert said.startswith("24YY Y  Y")
    assert "AFSomething is overdue. It has to be returned first." in said
    assert ask(machine, f"23001{STAMP}AO|AAno|AC|AD|") == (
        f"24YY Y{' ' * 10}001{STAMP}AO|AE|AAno|BLN|CQN|AFNothing has the number “no”.|"
    )


def test_a_password_is_that_of_the_account_and_a_wrong_one_shows_nothing(
    machine: Session, shelf: Shelf, hana: Member
) -> None:
    cache.clear()
    hana.set_password("right and long")
    hana.save()
    patron = shelf.patron(hana)
    wanted = f"63001{STAMP}  Y       AO|AA{patron.card}|AC|AD"
    assert "BLY|CQY|" in ask(machine, f"{wanted}right and long|")
    for _ in range(5):
        said = ask(machine, f"{wanted}wrong|")
        assert said == (
            f"64YY Y{' ' * 10}001{STAMP}{'0000' * 6}AO|AE|AA{patron.card}|BLY|CQN|"
            "AFThe password is wrong.|"
        )
    assert "CQN" in ask(machine, f"{wanted}right and long|")
    lend = f"11NN{STAMP}{STAMP}AO|AA{patron.card}|AB{shelf.item().barcode}|AC|ADright and long|"
    assert ask(machine, lend).startswith("120")
    patron.member = None
    patron.save()
    assert "CQN" in ask(machine, f"{wanted}right and long|")


def test_a_session_of_a_patron_ends(machine: Session) -> None:
    assert ask(machine, f"35{STAMP}AOv|AAcard|AC|AD|") == f"36Y{STAMP}AOv|AAcard|AF|"


def test_a_damaged_message_is_asked_for_again_and_an_answer_can_be(machine: Session) -> None:
    again = "96AZ" + checksum(b"96AZ")
    assert ask(Session(), "97") == again
    assert ask(machine, "nonsense") == again
    said = ask(machine, "9900802.00")
    assert ask(machine, "97") == said


def test_a_message_with_the_same_number_is_answered_as_before(
    machine: Session, shelf: Shelf, hana: Member
) -> None:
    item = shelf.item()
    lending.check_out(item=item, patron=shelf.patron(hana), at=NOW - timedelta(days=1))
    line = f"09N{STAMP}{STAMP}AP|AO|AB{item.barcode}|AC|AY3AZ"
    line += checksum(line.encode())
    first = ask(machine, line)
    assert first.startswith("101")
    assert ask(machine, line) == first
