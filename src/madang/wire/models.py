"""Who looked at what, only ever added to; and the captures that are kept."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Look(models.Model):
    """Somebody opened a page of this room. `by` is the key of a user, as text, or empty.

    `what` is the number of the request or exchange, the name of the capture and what of it was
    looked at, or what the list was searched for.
    """

    class Page(models.TextChoices):
        REQUESTS = "requests", _("the list")
        REQUEST = "request", _("one request")
        EXCHANGES = "exchanges", _("the proxy")
        EXCHANGE = "exchange", _("one exchange")
        CAPTURES = "captures", _("captures")
        CAPTURE = "capture", _("one capture")

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


class Capture(models.Model):
    """A file of packets. `key` names it on the disk, `name` is what it was called elsewhere.

    `size` in bytes, unpacked; `seconds` from its first packet to its last; `ending` is how far it
    could be read, as `madang.wire.engine.Ending` says.
    """

    key = models.CharField(_("key"), max_length=32, primary_key=True)
    name = models.CharField(_("name"), max_length=100)
    at = models.DateTimeField(_("when"))
    by = models.CharField(_("who"), max_length=64, blank=True)
    size = models.BigIntegerField(_("bytes"))
    packets = models.IntegerField(_("packets"))
    seconds = models.FloatField(_("seconds"))
    ending = models.CharField(_("ending"), max_length=16)

    class Meta:
        ordering = ["-at", "key"]
        verbose_name = _("capture")
        verbose_name_plural = _("captures")

    def __str__(self) -> str:
        return self.name
