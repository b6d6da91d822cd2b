"""What the library has: titles (bibs), their identifiers, and the copies (items) on its shelves."""

from __future__ import annotations

from typing import Any, ClassVar  # Django's own signatures have no narrower type

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.library.models.imports import ImportBatch


class Bib(models.Model):
    """A title, as a bibliographic record describes it. The source record is kept byte for byte.

    The other columns are derived from it, or typed by hand where there is none.
    """

    class Form(models.TextChoices):
        """What kind of thing it is, as positions 6 and 7 of MARC's leader tell it."""

        BOOK = "book", _("book")
        SERIAL = "serial", _("magazine or series")
        SCORE = "score", _("score")
        MAP = "map", _("map")
        VIDEO = "video", _("film or picture")
        AUDIO = "audio", _("recording")
        COMPUTER = "computer", _("computer file")
        OTHER = "other", _("something else")

    title = models.CharField(_("title"), max_length=1000)
    form = models.CharField(
        _("form"), max_length=10, choices=Form.choices, default=Form.BOOK, db_default=Form.BOOK
    )
    other_titles = models.TextField(
        _("other titles"),
        blank=True,
        default="",
        db_default="",
        help_text=_("In other scripts and other words, one in a line."),
    )
    subtitle = models.CharField(_("subtitle"), max_length=1000, blank=True)
    author = models.CharField(_("author"), max_length=500, blank=True)
    responsibility = models.CharField(_("statement of responsibility"), max_length=1000, blank=True)
    edition = models.CharField(_("edition"), max_length=250, blank=True)
    publisher = models.CharField(_("publisher"), max_length=500, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    language = models.CharField(
        _("language"), max_length=3, blank=True, help_text=_("The code of MARC: kor, eng, …")
    )
    extent = models.CharField(_("extent"), max_length=250, blank=True)
    series = models.CharField(_("series"), max_length=500, blank=True)
    subjects = models.TextField(_("subjects"), blank=True, help_text=_("One in a line."))
    summary = models.TextField(_("summary"), blank=True)
    control_number = models.CharField(_("control number"), max_length=100, blank=True)
    is_hidden = models.BooleanField(_("hidden from the catalogue"), default=False, db_default=False)
    source = models.BinaryField(_("source record"), null=True, blank=True, editable=False)
    source_format = models.CharField(
        _("format of the source"),
        max_length=10,
        blank=True,
        choices=ImportBatch.Format.choices,
        editable=False,
    )
    batch = models.ForeignKey(
        ImportBatch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bibs",
        verbose_name=_("import"),
        editable=False,
    )
    import_key = models.CharField(  # noqa: DJ001 - unique, and what was typed by hand has none
        _("what makes the record one"), max_length=150, null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last changed"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["title", "id"]
        verbose_name = _("title")
        verbose_name_plural = _("titles")
        constraints = [
            models.UniqueConstraint(fields=["import_key"], name="library_bib_import_key_once"),
            models.CheckConstraint(
                condition=Q(
                    form__in=[
                        "book",
                        "serial",
                        "score",
                        "map",
                        "video",
                        "audio",
                        "computer",
                        "other",
                    ]
                ),
                name="library_bib_form_known",
            ),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="library_bib_changed")]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **options: Any) -> None:
        """As Django's; a title that was there has changed now."""
        if not self._state.adding:
            self.updated_at = timezone.now()
        super().save(*args, **options)


class SearchEntry(models.Model):
    """By which keys a title is found; written by `madang.library.index` alone.

    The migration adds what only one kind of database has: the pairs of signs and their index, and
    on SQLite a trigger that forgets them. Whoever has this table rebuilt there makes it again.
    """

    bib = models.OneToOneField(
        Bib, on_delete=models.CASCADE, primary_key=True, related_name="entry", editable=False
    )
    title = models.TextField(_("title"), editable=False)
    author = models.TextField(_("author"), editable=False)
    other = models.TextField(_("other words"), editable=False)

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")

    def __str__(self) -> str:
        return self.title


class Identifier(models.Model):
    """A number by which a title is known: normalised for looking up, and as it was written."""

    class Kind(models.TextChoices):
        ISBN = "isbn", "ISBN"
        ISSN = "issn", "ISSN"
        OTHER = "other", _("other")

    bib = models.ForeignKey(
        Bib, on_delete=models.CASCADE, related_name="identifiers", verbose_name=_("title")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    value = models.CharField(_("number"), max_length=100, db_index=True)
    raw = models.CharField(_("as it was written"), max_length=250, blank=True)
    is_valid = models.BooleanField(_("check digit is right"), default=True, db_default=True)

    class Meta:
        ordering = ["kind", "value", "id"]
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = [
            models.UniqueConstraint(
                fields=["bib", "kind", "value"], name="library_identifier_once_a_title"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["isbn", "issn", "other"]),
                name="library_identifier_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.value


class ItemType(models.Model):
    """What kind of thing a copy is, as far as lending is concerned: book, magazine, disc."""

    code = models.SlugField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("item type")
        verbose_name_plural = _("item types")
        constraints = [models.UniqueConstraint(fields=["code"], name="library_item_type_code_once")]

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """Where copies stand: a room, a shelf."""

    code = models.SlugField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("shelving location")
        verbose_name_plural = _("shelving locations")
        constraints = [models.UniqueConstraint(fields=["code"], name="library_location_code_once")]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """One copy of a title. Whether it is on loan or kept for somebody, loans and holds say."""

    class Status(models.TextChoices):
        """What the copy itself is fit for."""

        AVAILABLE = "available", _("can be lent")
        REFERENCE = "reference", _("to be read here")
        PROCESSING = "processing", _("being prepared")
        REPAIR = "repair", _("being repaired")
        MISSING = "missing", _("missing")
        LOST = "lost", _("lost")
        CLAIMED = "claimed", _("said to be returned")
        WITHDRAWN = "withdrawn", _("withdrawn")

    MISSING: ClassVar[tuple[str, ...]] = ("lost", "missing", "claimed")
    """What a copy is no longer once it is found or handed in."""

    bib = models.ForeignKey(
        Bib, on_delete=models.PROTECT, related_name="items", verbose_name=_("title")
    )
    barcode = models.CharField(_("barcode"), max_length=50)
    accession_number = models.CharField(  # noqa: DJ001 - unique, and many have none
        _("accession number"), max_length=50, null=True, blank=True
    )
    call_number = models.CharField(_("call number"), max_length=100, blank=True)
    item_type = models.ForeignKey(
        ItemType, on_delete=models.PROTECT, related_name="items", verbose_name=_("item type")
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="items",
        verbose_name=_("shelving location"),
    )
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.AVAILABLE
    )
    note = models.CharField(_("note"), max_length=250, blank=True)
    batch = models.ForeignKey(
        ImportBatch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
        verbose_name=_("import"),
        editable=False,
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["call_number", "id"]
        verbose_name = _("copy")
        verbose_name_plural = _("copies")
        constraints = [
            models.UniqueConstraint(
                fields=["barcode"],
                name="library_item_barcode_once",
                violation_error_message=_("Another copy has this barcode."),
            ),
            models.UniqueConstraint(
                fields=["accession_number"],
                name="library_item_accession_number_once",
                violation_error_message=_("Another copy has this accession number."),
            ),
            models.CheckConstraint(condition=~Q(barcode=""), name="library_item_has_barcode"),
            models.CheckConstraint(
                condition=~Q(accession_number=""), name="library_item_accession_number_filled"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "available",
                        "reference",
                        "processing",
                        "repair",
                        "missing",
                        "lost",
                        "claimed",
                        "withdrawn",
                    ]
                ),
                name="library_item_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.barcode} {self.call_number}".strip()

    @property
    def is_missing(self) -> bool:
        """Whether nobody knows where it is."""
        return self.status in self.MISSING
