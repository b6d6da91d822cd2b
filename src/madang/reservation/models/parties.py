"""Doctors and patients, and the plain relation between them: "my doctors"."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from madang.people.models import Member

STAFF: Final = ("receptionist", "operator")
"""The roles that work for everybody's calendar."""


class DoctorQuerySet(models.QuerySet["Doctor"]):
    """Questions about doctors."""

    def open(self) -> DoctorQuerySet:
        """Those who take reservations."""
        return self.filter(is_active=True)


class Doctor(models.Model):
    """Somebody who can be met: a physician, a counsellor. A member's account is optional."""

    name = models.CharField(_("name"), max_length=80)
    member = models.OneToOneField(
        Member,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="doctor",
        verbose_name=_("member"),
    )
    specialty = models.CharField(_("specialty"), max_length=80, blank=True)
    introduction = models.TextField(_("introduction"), blank=True)
    is_active = models.BooleanField(_("takes reservations"), default=True, db_default=True)

    objects = DoctorQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("doctor")
        verbose_name_plural = _("doctors")

    def __str__(self) -> str:
        return self.name

    def may_be_run_by(self, member: Member) -> bool:
        """Whether `member` may say when this doctor is there and who has come."""
        is_own = self.member_id == member.pk and "doctor" in member.roles
        return is_own or not member.roles.isdisjoint(STAFF)


class PatientQuerySet(models.QuerySet["Patient"]):
    """Questions about patients."""

    def of(self, member: Member) -> Patient:
        """The patient that `member` is, made on first need; two who race make one."""
        patient, _made = self.get_or_create(member=member, defaults={"name": str(member)})
        return patient


class Patient(models.Model):
    """Somebody who meets doctors. The name is empty once the person asked to be forgotten."""

    name = models.CharField(_("name"), max_length=80, blank=True)
    member = models.OneToOneField(
        Member,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="patient",
        verbose_name=_("member"),
    )
    doctors = models.ManyToManyField(
        Doctor, related_name="patients", blank=True, verbose_name=_("my doctors")
    )
    wants_reminders = models.BooleanField(
        _("gets a mail before each reservation"), default=True, db_default=True
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("patient")
        verbose_name_plural = _("patients")

    def __str__(self) -> str:
        return self.name
