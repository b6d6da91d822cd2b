"""The relation between copies and patrons, and what follows from a late return."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.library.models.catalogue import Item
from madang.library.models.patrons import Patron
from madang.library.models.rules import CirculationRule
from madang.people.models import Member


class LoanQuerySet(models.QuerySet["Loan"]):
    """Questions about loans."""

    def current(self) -> LoanQuerySet:
        """Those that are out, with copy, title and patron loaded in the same query."""
        return self.filter(returned_at__isnull=True).select_related("item__bib", "patron")


class Loan(models.Model):
    """A copy is with a patron: the relay table. What the rule said then is kept on it.

    The patron of a returned loan is forgotten after some time; that of an open one never.
    """

    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="loans", verbose_name=_("copy")
    )
    patron = models.ForeignKey(
        Patron,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="loans",
        verbose_name=_("patron"),
    )
    rule = models.ForeignKey(
        CirculationRule,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="loans",
        verbose_name=_("circulation rule"),
    )
    rule_name = models.CharField(_("name of the rule"), max_length=80)
    loan_days = models.PositiveSmallIntegerField(_("days of a loan"))
    max_renewals = models.PositiveSmallIntegerField(_("most renewals"))
    renewal_days = models.PositiveSmallIntegerField(_("days of a renewal"))
    suspension = models.CharField(
        _("suspension after a late return"),
        max_length=10,
        choices=CirculationRule.Suspension.choices,
    )
    fine_per_day = models.PositiveIntegerField(_("fine for a day late"), default=0, db_default=0)
    fine_most = models.PositiveIntegerField(_("most of a fine"), null=True, blank=True)
    loaned_at = models.DateTimeField(_("lent"))
    due_on = models.DateField(_("due"))
    unmoved_due_on = models.DateField(
        _("due by the rule alone"),
        help_text=_("Earlier than the day it is due where that day was closed."),
    )
    claimed_at = models.DateTimeField(_("said to be returned"), null=True, blank=True)
    returned_at = models.DateTimeField(_("returned"), null=True, blank=True)
    idempotency_key = models.CharField(  # noqa: DJ001 - unique, and many have none
        _("idempotency key"), max_length=100, null=True, blank=True, editable=False
    )

    objects = LoanQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        verbose_name = _("loan")
        verbose_name_plural = _("loans")
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=Q(returned_at__isnull=True),
                name="library_loan_open_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(returned_at__isnull=True),
                name="library_item_lent_once",
                violation_error_message=_("This copy is on loan already."),
            ),
            models.UniqueConstraint(
                fields=["idempotency_key"], name="library_loan_idempotency_key_once"
            ),
            models.CheckConstraint(
                condition=Q(patron__isnull=False) | Q(returned_at__isnull=False),
                name="library_loan_open_has_patron",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("unmoved_due_on")), name="library_loan_due_moves_on"
            ),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True) | Q(returned_at__gte=F("loaned_at")),
                name="library_loan_returned_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.due_on}"


class Renewal(models.Model):
    """A loan was made longer."""

    loan = models.ForeignKey(
        Loan, on_delete=models.CASCADE, related_name="renewals", verbose_name=_("loan")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    renewed_at = models.DateTimeField(_("renewed"))
    previous_due_on = models.DateField(_("was due"))
    due_on = models.DateField(_("due"))

    class Meta:
        ordering = ["loan", "number", "id"]
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        constraints = [
            models.UniqueConstraint(fields=["loan", "number"], name="library_renewal_number_once"),
            models.CheckConstraint(
                condition=Q(due_on__gt=F("previous_due_on")), name="library_renewal_is_longer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id}: {self.due_on}"


class Suspension(models.Model):
    """Days on which a patron may not borrow (대출정지), the first and the last included."""

    patron = models.ForeignKey(
        Patron, on_delete=models.CASCADE, related_name="suspensions", verbose_name=_("patron")
    )
    loan = models.ForeignKey(
        Loan,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="suspensions",
        verbose_name=_("loan"),
    )
    begins_on = models.DateField(_("first day"))
    ends_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("Empty until further notice.")
    )
    rule_name = models.CharField(
        _("name of the rule"), max_length=80, help_text=_("Or a reason, where no rule decided.")
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)

    class Meta:
        ordering = ["begins_on", "id"]
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        constraints = [
            models.UniqueConstraint(fields=["loan"], name="library_suspension_once_a_loan"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("begins_on")),
                name="library_suspension_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.begins_on} – {self.ends_on or ''}".strip()


class Charge(models.Model):
    """What a patron owes, in the smallest unit of money. Rows are added, never changed."""

    is_credit = False

    class Kind(models.TextChoices):
        OVERDUE = "overdue", _("late return")
        LOST = "lost", _("lost")
        DAMAGED = "damaged", _("damaged")
        OTHER = "other", _("other")

    patron = models.ForeignKey(
        Patron, on_delete=models.PROTECT, related_name="charges", verbose_name=_("patron")
    )
    loan = models.ForeignKey(
        Loan,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="charges",
        verbose_name=_("loan"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    amount = models.PositiveIntegerField(_("amount"), validators=[MinValueValidator(1)])
    note = models.CharField(_("note"), max_length=250, blank=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        Member,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )

    class Meta:
        ordering = ["made_at", "id"]
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=1), name="library_charge_positive"),
            models.CheckConstraint(
                condition=Q(kind__in=["overdue", "lost", "damaged", "other"]),
                name="library_charge_kind_known",
            ),
            models.UniqueConstraint(
                fields=["loan", "kind"],
                condition=Q(kind__in=["overdue", "lost"]),
                name="library_loan_charged_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"


class Payment(models.Model):
    """What a patron has paid, or was let off. Rows are added, never changed."""

    is_credit = True

    class Kind(models.TextChoices):
        PAID = "paid", _("paid")
        WAIVED = "waived", _("let off")

    patron = models.ForeignKey(
        Patron, on_delete=models.PROTECT, related_name="payments", verbose_name=_("patron")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PAID)
    amount = models.PositiveIntegerField(_("amount"), validators=[MinValueValidator(1)])
    note = models.CharField(_("note"), max_length=250, blank=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        Member,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    idempotency_key = models.CharField(  # noqa: DJ001 - unique, and many have none
        _("idempotency key"), max_length=100, null=True, blank=True, editable=False
    )

    class Meta:
        ordering = ["made_at", "id"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(
                fields=["idempotency_key"], name="library_payment_idempotency_key_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="library_payment_positive"),
            models.CheckConstraint(
                condition=Q(kind__in=["paid", "waived"]), name="library_payment_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
