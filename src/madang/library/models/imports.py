"""Files that were read in: what each brought, what it could not bring, and why."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.people.models import Member

UNDER_WAY = ("reading", "applying", "reverting")
"""The statuses in which the background worker has something to do."""


class ImportBatch(models.Model):
    """One file that was read in: what it was, and whether it stands or was taken back."""

    class Format(models.TextChoices):
        MARC = "marc", _("MARC (ISO 2709)")
        MARCXML = "marcxml", "MARCXML"
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    class Status(models.TextChoices):
        READING = "reading", _("being looked through")
        STAGED = "staged", _("to be looked at")
        APPLYING = "applying", _("being read in")
        APPLIED = "applied", _("in the catalogue")
        REVERTING = "reverting", _("being taken back")
        REVERTED = "reverted", _("taken back")

    file_name = models.CharField(_("file"), max_length=255)
    file = models.FileField(upload_to="library/imports", blank=True, editable=False)
    format = models.CharField(_("format"), max_length=10, choices=Format.choices)
    columns = models.JSONField(_("what its columns hold"), default=list, blank=True, editable=False)
    item_type = models.ForeignKey(
        "library.ItemType",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("item type of new copies"),
    )
    location = models.ForeignKey(
        "library.Location",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("where new copies stand"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.READING
    )
    total = models.PositiveIntegerField(_("records in the file"), null=True, editable=False)
    seen = models.PositiveIntegerField(_("records so far"), default=0, db_default=0, editable=False)
    titles = models.PositiveIntegerField(_("new titles"), default=0, db_default=0, editable=False)
    copies = models.PositiveIntegerField(_("new copies"), default=0, db_default=0, editable=False)
    known = models.PositiveIntegerField(_("there already"), default=0, db_default=0, editable=False)
    rejected = models.PositiveIntegerField(_("rejected"), default=0, db_default=0, editable=False)
    made_by = models.ForeignKey(
        Member,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("read in by"),
    )
    made_at = models.DateTimeField(_("read in"), default=timezone.now, editable=False)
    worked_at = models.DateTimeField(_("last worked on"), null=True, blank=True, editable=False)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True, editable=False)
    reverted_at = models.DateTimeField(_("taken back"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                condition=Q(format__in=["marc", "marcxml", "csv", "xlsx"]),
                name="library_import_format_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["reading", "staged", "applying"],
                    applied_at__isnull=True,
                    reverted_at__isnull=True,
                )
                | Q(
                    status__in=["applied", "reverting"],
                    applied_at__isnull=False,
                    reverted_at__isnull=True,
                )
                | Q(status="reverted", applied_at__isnull=False, reverted_at__isnull=False),
                name="library_import_status_dated",
            ),
            models.CheckConstraint(
                condition=Q(seen=models.F("titles") + models.F("known") + models.F("rejected")),
                name="library_import_counts_every_record",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_table(self) -> bool:
        """Whether its records are rows, whose columns hold what somebody says they do."""
        return self.format in {self.Format.CSV, self.Format.XLSX}

    @property
    def is_under_way(self) -> bool:
        """Whether the background worker has something to do for it."""
        return self.status in UNDER_WAY


class ImportProblem(models.Model):
    """What was wrong with a record, and which one it was; its bytes are kept if it was rejected."""

    class Reason(models.TextChoices):
        CUT = "cut", _("The record is cut off.")
        LEADER = "leader", _("The record does not begin with a leader of 24 signs.")
        DIRECTORY = "directory", _("The record's directory of fields cannot be read.")
        FIELDS = "fields", _("The record's fields are not those that its directory lists.")
        ENCODING = "encoding", _("The text is neither UTF-8 nor MARC-8 nor CP949.")
        XML = "xml", _("The XML is not well-formed.")
        NO_TITLE = "no_title", _("The record has no title.")
        DIFFERS = "differs", _("The catalogue has this record already, with other words in it.")
        COLUMNS = "columns", _("The row has more cells than the table has columns.")
        WIDE = "wide", _("The table has more columns than are read.")
        TABLE = "table", _("The table cannot be read from here on.")
        LENGTHS = "lengths", _("Lengths were stated wrongly; read by the marks between fields.")
        MIXED = "mixed", _("Several encodings are mixed in it.")
        ISBN = "isbn", _("The check digit of the ISBN is wrong; kept as it is written.")
        BARCODE = "barcode", _("Another copy has this barcode or accession number.")

    batch = models.ForeignKey(
        ImportBatch, on_delete=models.CASCADE, related_name="problems", verbose_name=_("import")
    )
    number = models.PositiveIntegerField(_("number of the record"))
    offset = models.PositiveBigIntegerField(_("byte or row it begins at"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    detail = models.CharField(_("what it is about"), max_length=250, blank=True)
    source = models.BinaryField(_("the record"), null=True, blank=True, editable=False)
    is_rejected = models.BooleanField(_("rejected"))

    class Meta:
        ordering = ["number", "id"]
        verbose_name = _("problem of an import")
        verbose_name_plural = _("problems of imports")

    def __str__(self) -> str:
        return f"{self.number}: {self.get_reason_display()} {self.detail}".strip()
