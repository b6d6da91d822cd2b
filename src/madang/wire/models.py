"""Who looked at which requests: only ever added to."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Look(models.Model):
    """Somebody opened a page of this room. `by` is the key of a user, as text, or empty.

    `what` is the number of the request or exchange, or what the list was searched for.
    """

    class Page(models.TextChoices):
        REQUESTS = "requests", _("the list")
        REQUEST = "request", _("one request")
        EXCHANGES = "exchanges", _("the proxy")
        EXCHANGE = "exchange", _("one exchange")

    at = models.DateTimeField(_("when"))
    by = models.CharField(_("who"), max_length=64, blank=True)
    page = models.CharField(_("page"), max_length=10, choices=Page.choices)
    what = models.CharField(_("what"), max_length=100, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["-at", "-id"], name="wire_look_at")]
        verbose_name = _("look")
        verbose_name_plural = _("looks")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.page} {self.what}"
