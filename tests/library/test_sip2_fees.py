"""What a self-check machine tells of money, and whom it blocks."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from madang.library import blocking, owing
from madang.library.models import Charge, Patron, Payment, Suspension
from madang.library.sip2.session import Session
from madang.people import tokens
from madang.people.models import Member
from tests.library.test_sip2 import LATER, NOW, STAMP, ask
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


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


@pytest.fixture
def patron(shelf: Shelf, hana: Member) -> Patron:
    """Somebody who owes 1,000 won."""
    found = shelf.patron(hana)
    owing.charge(patron=found, kind=Charge.Kind.OTHER, amount=1000, at=NOW, by=None)
    return found


def pay(amount: str, *, at: str = STAMP, currency: str = "KRW", rest: str = "BKT1|") -> str:
    """The message about a payment of Hana's."""
    return f"37{at}0400{currency}BV{amount}|AOvillage|AAhana|AC|{rest}"


def test_what_was_paid_is_written_down(machine: Session, patron: Patron, sujin: Member) -> None:
    assert ask(machine, pay("700")) == f"38Y{STAMP}AOvillage|AAhana|BKT1|AF|"
    row = Payment.objects.get()
    assert (row.patron, row.kind, row.amount, row.note, row.made_by, row.made_at) == (
        patron,
        "paid",
        700,
        "T1",
        sujin,
        NOW,
    )
    assert "BHKRW|BV300|" in ask(machine, f"23020{STAMP}AO|AAhana|AC|AD|")


def test_the_same_message_sent_again_is_one_payment(machine: Session, patron: Patron) -> None:
    other = Session(token=machine.token)  # the connection was cut before the answer came
    assert ask(machine, pay("700")) == ask(other, pay("700"))
    assert owing.owed(patron) == 300
    assert ask(machine, pay("100", at=LATER)).startswith("38Y")
    assert ask(machine, pay("100", at=LATER, rest="BKT2|")).startswith("38Y")
    assert [row.amount for row in Payment.objects.order_by("pk")] == [700, 100, 100]


def test_a_message_without_a_time_is_not_known_again(machine: Session, patron: Patron) -> None:
    silent = pay("100", at=" " * 18)
    assert ask(machine, silent).startswith("38Y")
    assert ask(machine, silent).startswith("38Y")
    assert owing.owed(patron) == 800


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (pay("1001"), "낼 돈보다 많습니다. (낼 돈보다 많이 내지 않습니다.)"),
        (pay("0"), "금액이 아닙니다."),
        (pay("-5"), "금액이 아닙니다."),
        (pay("5.5"), "금액이 아닙니다."),
        (pay("9" * 12), "금액이 아닙니다."),
        (pay("999999999999"), "금액이 아닙니다."),
        (pay(""), "금액이 아닙니다."),
        (pay("５"), "금액이 아닙니다."),
        (pay("500", currency="EUR"), "KRW만 받습니다."),
        (pay("500", rest="ADwrong|"), "비밀번호가 맞지 않습니다."),
        (pay("500").replace("hana", "nobody"), "“nobody”번은 없습니다."),
    ],
)
def test_what_cannot_be_taken_is_refused(
    machine: Session, patron: Patron, wanted: str, told: str
) -> None:
    said = ask(machine, wanted)
    assert said.startswith("38N")
    assert said.endswith(f"|AF{told}|")
    assert not Payment.objects.exists()


def test_cents_are_counted_where_money_has_them(
    machine: Session, patron: Patron, settings: pytest.FixtureRequest
) -> None:
    settings.CURRENCY = "EUR"  # type: ignore[attr-defined]
    assert ask(machine, pay("2.50", currency="EUR")).startswith("38Y")
    assert ask(machine, pay("2.505", currency="EUR")).startswith("38N")
    assert ask(machine, pay("999999999", currency="EUR")).startswith("38N")
    assert Payment.objects.get().amount == 250


def test_a_machine_blocks_a_card_once(machine: Session, patron: Patron) -> None:
    wanted = f"01Y{STAMP}AOvillage|AL잊고 간 카드|AAhana|AC|"
    said = ask(machine, wanted)
    assert said == (
        f"24YY Y          000{STAMP}AOvillage|AE김하나|AAhana|BLY|CQN|BHKRW|BV1000"
        "|AF대출이 정지된 이용자입니다. (잊고 간 카드)|"
    )
    ask(machine, wanted.replace("잊고", "또 잊고"))
    row = Suspension.objects.get()
    assert (row.begins_on, row.ends_on, row.rule_name) == (date(2027, 3, 3), None, "잊고 간 카드")
    blocking.lift(suspension=row, at=NOW)
    assert ask(machine, f"01N{STAMP}AO|AL|AAhana|AC|").startswith("24YY Y")
    assert Suspension.objects.latest("pk").rule_name == "기기에서 정지함"


def test_a_machine_enables_a_card_that_was_blocked(
    machine: Session, patron: Patron, hana: Member
) -> None:
    late = patron.suspensions.create(
        begins_on=date(2027, 3, 3), ends_on=date(2027, 3, 5), rule_name="책 2주", made_at=NOW
    )
    ask(machine, f"01N{STAMP}AO|ALx|AAhana|AC|")
    wrong = f"25{STAMP}AOvillage|AAhana|AC|ADwrong|"
    assert ask(machine, wrong).endswith("BLY|CQN|AF비밀번호가 맞지 않습니다.|")
    assert not Suspension.objects.filter(lifted_at__isnull=False).exists()
    wanted = f"25{STAMP}AOvillage|AAhana|AC|AD|"
    assert ask(machine, wanted).startswith("26YY Y")
    assert Suspension.objects.get(lifted_at__isnull=True) == late
    late.delete()
    assert ask(machine, wanted) == (f"26{' ' * 14}000{STAMP}AOvillage|AE김하나|AAhana|BLY|CQN|AF|")


def test_an_unknown_card_cannot_be_enabled(machine: Session, patron: Patron) -> None:
    said = ask(machine, f"25{STAMP}AO|AAnobody|AC|AD|")
    assert said == (f"26YY Y{' ' * 10}000{STAMP}AO|AE|AAnobody|BLN|CQN|AF“nobody”번은 없습니다.|")


def test_an_unknown_card_cannot_be_blocked(machine: Session, patron: Patron) -> None:
    said = ask(machine, f"01N{STAMP}AO|ALx|AAnobody|AC|")
    assert said.startswith("24YY Y")
    assert "“nobody”번은 없습니다." in said
    assert not Suspension.objects.exists()
