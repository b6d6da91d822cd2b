"""Who borrows: patrons, their categories and cards."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.people.models import Member


class PatronCategory(models.Model):
    """A group of patrons that rules can speak of: adults, children, teachers."""

    code = models.SlugField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=80)
    max_loans = models.PositiveSmallIntegerField(
        _("most loans at once, over all rules"),
        null=True,
        blank=True,
        help_text=_("Each rule has its own limit; this one is for all of them together."),
    )

    max_owed = models.PositiveIntegerField(
        _("most that may be owed"),
        null=True,
        blank=True,
        help_text=_("Who owes more borrows nothing. Empty where debts keep nobody from borrowing."),
    )

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("patron category")
        verbose_name_plural = _("patron categories")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="library_patron_category_code_once")
        ]

    def __str__(self) -> str:
        return self.name


class Patron(models.Model):
    """Somebody who borrows. A member's account is optional.

    Name and card are empty once the person asked to be forgotten.
    """

    name = models.CharField(_("name"), max_length=80, blank=True)
    member = models.OneToOneField(
        Member,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="patron",
        verbose_name=_("member"),
    )
    category = models.ForeignKey(
        PatronCategory,
        on_delete=models.PROTECT,
        related_name="patrons",
        verbose_name=_("patron category"),
    )
    card = models.CharField(  # noqa: DJ001 - unique, and many have none
        _("card"), max_length=50, null=True, blank=True
    )
    expires_on = models.DateField(
        _("card valid until, inclusive"),
        null=True,
        blank=True,
        help_text=_("Empty where it does not expire."),
    )
    is_history_kept = models.BooleanField(
        _("keeps a reading history"), default=False, db_default=False
    )
    wants_reminders = models.BooleanField(
        _("gets a letter before something is due"), default=True, db_default=True
    )
    note = models.CharField(_("note"), max_length=250, blank=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("patron")
        verbose_name_plural = _("patrons")
        constraints = [
            models.UniqueConstraint(
                fields=["card"],
                name="library_patron_card_once",
                violation_error_message=_("Another patron has this card."),
            ),
            models.CheckConstraint(condition=~Q(card=""), name="library_patron_card_filled"),
        ]

    def __str__(self) -> str:
        return self.name
