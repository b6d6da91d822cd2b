"""Lending, returning and renewing: write, and let the constraints answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madang.lib.constraints import refused
from madang.library import holding, line, opening, owing, rules, standing
from madang.library.models import (
    Charge,
    CirculationRule,
    Hold,
    Item,
    Loan,
    Patron,
    Suspension,
)
from madang.library.rules import Refused


class AlreadyOnLoan(Refused):
    """The copy is with somebody already."""

    code = "already_on_loan"
    sentence = _("This copy is on loan already.")


class LimitReached(Refused):
    """The patron has as many loans as the rule, or the category, allows."""

    code = "limit_reached"
    sentence = _("No more loans at once are allowed.")


class SameDay(Refused):
    """The patron returned this copy today, and the rule does not lend it again so soon."""

    code = "same_day"
    sentence = _("It was returned today and can be borrowed again from tomorrow on.")


class KeyReused(Refused):
    """The idempotency key stands for another loan."""

    code = "key_reused"
    sentence = _("This idempotency key was used for another loan.")


class NotOnLoan(Refused):
    """Nobody has the copy, or the loan is over."""

    code = "not_on_loan"
    sentence = _("This copy is not on loan.")


class RenewalLimit(Refused):
    """The loan was renewed as often as its rule allows."""

    code = "renewal_limit_reached"
    sentence = _("It cannot be renewed any more.")


class TooLate(Refused):
    """The loan is overdue already."""

    code = "overdue"
    sentence = _("It is overdue and cannot be renewed.")


@dataclass(frozen=True)
class Returned:
    """What a return brought: the loan, how many days late, and whom the copy is kept for now."""

    loan: Loan
    days_late: int
    suspension: Suspension | None
    fine: Charge | None
    hold: Hold | None


def check_out(*, item: Item, patron: Patron, at: datetime, key: str | None = None) -> Loan:
    """Lend `item` to `patron`; of those who race for it, one gets it.

    `key` makes asking twice harmless: the second time the same loan is returned. Raises a
    `Refused` that names the rule, with nothing written. A copy is lent once by the constraint
    `library_item_lent_once`; the limit is counted while others wait for the same patron.
    """
    with transaction.atomic():
        line.wait(patron=patron, bib_id=item.bib_id, item=item)
        if key is not None:
            before = Loan.objects.filter(idempotency_key=key).first()
            if before is not None:
                return _same(before, item, patron)
        on = opening.today(at)
        standing.check(patron=patron, on=on)
        rule = rules.lendable(patron=patron, item=item)
        _not_again(item, patron, rule, on)
        loan = _write(item, patron, rule, at=at, key=key)
        _within_limits(patron, rule)
        holding.claim(item=item, patron=patron, at=at)
    return loan


def _same(before: Loan, item: Item, patron: Patron) -> Loan:
    if (before.item_id, before.patron_id) != (item.pk, patron.pk):
        raise _KeyReused
    return before


class _AlreadyOnLoan(AlreadyOnLoan):
    """As the database says it."""

    def __init__(self) -> None:
        super().__init__(gettext("A copy is lent to one patron at a time."))


class _KeyReused(KeyReused):
    """As the database says it."""

    def __init__(self) -> None:
        super().__init__(gettext("An idempotency key stands for one loan."))


def _write(
    item: Item, patron: Patron, rule: CirculationRule, *, at: datetime, key: str | None
) -> Loan:
    """The loan, with what the rule says now."""
    unmoved = opening.today(at) + timedelta(days=rule.loan_days)
    answers = {
        "library_item_lent_once": _AlreadyOnLoan,
        "library_loan_idempotency_key_once": _KeyReused,
    }
    with refused(answers):
        return Loan.objects.create(
            item=item,
            patron=patron,
            rule=rule,
            rule_name=rule.name,
            loan_days=rule.loan_days,
            max_renewals=rule.max_renewals,
            renewal_days=rule.renewal_days,
            suspension=rule.suspension,
            fine_per_day=rule.fine_per_day,
            fine_most=rule.fine_most,
            loaned_at=at,
            unmoved_due_on=unmoved,
            due_on=opening.open_from(unmoved),
            idempotency_key=key,
        )


def _within_limits(patron: Patron, rule: CirculationRule) -> None:
    """Count with the new loan; others who lend to the same patron wait meanwhile."""
    current = Loan.objects.filter(patron=patron, returned_at__isnull=True)
    if current.filter(rule=rule).count() > rule.max_loans:
        raise LimitReached(rule)
    limit = patron.category.max_loans
    if limit is not None and current.count() > limit:
        raise LimitReached(patron.category)


def _not_again(item: Item, patron: Patron, rule: CirculationRule, on: date) -> None:
    if rule.is_same_day_again:
        return
    last = (
        item.loans.filter(patron=patron, returned_at__isnull=False).order_by("returned_at").last()
    )
    if last is not None and last.returned_at and opening.today(last.returned_at) == on:
        raise SameDay(rule)


def check_in(*, item: Item, at: datetime, loan: Loan | None = None) -> Returned:
    """Take `item` back, suspend or fine who was late, and keep it for the next in the queue.

    All of it in one transaction. With `loan`, only if it is out on that one. `NotOnLoan` where
    nobody has it, with nothing written; of two who return the same copy, one is told so.
    """
    out = item.loans.filter(returned_at__isnull=True).select_related("patron").first()
    loan = out if loan is None or loan == out else None
    if loan is None:
        raise NotOnLoan(gettext("What is returned was lent."))
    with transaction.atomic():
        line.wait(patron=loan.patron, bib_id=item.bib_id, item=item)
        loan.returned_at = max(at, loan.loaned_at)
        still_out = Loan.objects.filter(pk=loan.pk, returned_at__isnull=True)
        if not still_out.update(returned_at=loan.returned_at):
            raise NotOnLoan(gettext("What is returned was lent."))
        loan.refresh_from_db()
        if item.is_missing:
            item.status = Item.Status.AVAILABLE
            item.save(update_fields=["status"])
        days_late = max(0, (opening.today(loan.claimed_at or at) - loan.due_on).days)
        suspension = _suspend(loan, days_late, at=at) if days_late else None
        fine = owing.fine(loan=loan, days_late=days_late, at=at)
        served = holding.serve(bib_id=item.bib_id, at=at)
    hold = next((each for each in served if each.ready_item_id == item.pk), None)
    return Returned(loan, days_late, suspension, fine, hold)


def _suspend(loan: Loan, days: int, *, at: datetime) -> Suspension | None:
    """As many days as it was late: after those of other loans, or beside them."""
    if loan.suspension == CirculationRule.Suspension.NONE or loan.patron is None:
        return None
    begins = opening.today(at)
    if loan.suspension == CirculationRule.Suspension.SUM:
        rows = Suspension.objects.filter(
            patron=loan.patron, lifted_at__isnull=True, ends_on__gte=begins
        )
        begins = max([begins, *(row.ends_on + opening.DAY for row in rows if row.ends_on)])
    return Suspension.objects.create(
        patron=loan.patron,
        loan=loan,
        begins_on=begins,
        ends_on=begins + timedelta(days=days - 1),
        rule_name=loan.rule_name,
        made_at=at,
    )


def renew(*, loan: Loan, at: datetime) -> Loan:
    """Make `loan` longer by the days of its rule, from the day it is due.

    Refused to who may not borrow, where it is overdue or was renewed often enough, and where
    others wait: of several copies, those that are due first are theirs.
    """
    item = loan.item
    with transaction.atomic():
        line.wait(patron=loan.patron, bib_id=item.bib_id, item=item)
        loan.refresh_from_db()
        if loan.returned_at is not None or loan.patron is None:
            raise NotOnLoan(gettext("What is renewed is on loan."))
        on = opening.today(at)
        if loan.due_on < on:
            raise TooLate(loan.rule_name)
        standing.check(patron=loan.patron, on=on)
        number = loan.renewals.count() + 1
        if number > loan.max_renewals:
            raise RenewalLimit(loan.rule_name)
        if _due_before(loan) < holding.ahead(loan=loan, at=at):
            raise holding.HeldForOther(gettext("Somebody waits for it."))
        previous = loan.due_on
        loan.unmoved_due_on = previous + timedelta(days=loan.renewal_days)
        loan.due_on = opening.open_from(loan.unmoved_due_on)
        loan.save(update_fields=["due_on", "unmoved_due_on"])
        loan.renewals.create(
            number=number, renewed_at=at, previous_due_on=previous, due_on=loan.due_on
        )
    return loan


def _due_before(loan: Loan) -> int:
    """How many copies of the title come back before this one."""
    sooner = Q(due_on__lt=loan.due_on) | Q(due_on=loan.due_on, pk__lt=loan.pk)
    return Loan.objects.filter(sooner, item__bib=loan.item.bib_id, returned_at__isnull=True).count()
