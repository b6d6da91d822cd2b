"""The room's tables for operators. What the database refuses is said on the form."""

from __future__ import annotations

from typing import Any  # Django's own signatures have no narrower type

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import ModelChoiceField
from django.http import HttpRequest

from madang.reservation.models import (
    Doctor,
    OpeningRule,
    Patient,
    Reservation,
    ReservationEvent,
    Schedule,
    Service,
    WaitlistEntry,
)


class ScheduleInline(admin.TabularInline[Schedule, Doctor]):
    """What a doctor offers."""

    model = Schedule
    extra = 0
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Schedule]:
        """With what a row is called, in one query."""
        return super().get_queryset(request).select_related("doctor", "service")

    def formfield_for_foreignkey(
        self,
        db_field: ForeignKey[Any, Any],
        request: HttpRequest,
        **options: Any,
    ) -> ModelChoiceField[Any] | None:
        """The services to choose from, asked for once for all rows."""
        field = super().formfield_for_foreignkey(db_field, request, **options)
        if field is not None and db_field.name == "service":
            services = [(service.pk, str(service)) for service in Service.objects.all()]
            field.choices = [*BLANK_CHOICE_DASH, *services]
        return field


@admin.register(Doctor)
class DoctorAdmin(admin.ModelAdmin[Doctor]):
    """Doctors and what they offer."""

    list_display = ("name", "specialty", "member", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("member",)
    search_fields = ("name", "specialty")
    autocomplete_fields = ("member",)
    inlines = (ScheduleInline,)


@admin.register(Patient)
class PatientAdmin(admin.ModelAdmin[Patient]):
    """Patients; those who asked to be forgotten have no name."""

    list_display = ("id", "name", "member")
    list_display_links = ("id", "name")
    list_select_related = ("member",)
    search_fields = ("name", "member__handle")
    autocomplete_fields = ("member", "doctors")


@admin.register(Service)
class ServiceAdmin(admin.ModelAdmin[Service]):
    """What can be booked."""

    list_display = ("name", "minutes", "step", "buffer_before", "buffer_after", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)


class OpeningRuleInline(admin.TabularInline[OpeningRule, Schedule]):
    """The hours of a week."""

    model = OpeningRule
    extra = 1


@admin.register(Schedule)
class ScheduleAdmin(admin.ModelAdmin[Schedule]):
    """Who offers what, and in which hours."""

    list_display = ("doctor", "service", "time_zone", "valid_from", "valid_until")
    list_filter = ("doctor", "service")
    list_select_related = ("doctor", "service")
    autocomplete_fields = ("doctor", "service")
    inlines = (OpeningRuleInline,)


class EventInline(admin.TabularInline[ReservationEvent, Reservation]):
    """What happened, only to be read."""

    model = ReservationEvent
    extra = 0
    can_delete = False
    readonly_fields = ("kind", "happened_at", "by", "note", "moved_from", "moved_to")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReservationEvent]:
        """With who did it, in one query."""
        return super().get_queryset(request).select_related("by")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Events come from verbs."""
        return False


@admin.register(Reservation)
class ReservationAdmin(admin.ModelAdmin[Reservation]):
    """Every reservation. History is not deleted; it is cancelled or entered in error."""

    list_display = ("appointed_time", "doctor", "patient", "service", "minutes", "status")
    list_filter = ("status", "doctor", "service")
    list_select_related = ("doctor", "patient", "service")
    date_hierarchy = "appointed_time"
    search_fields = ("doctor__name", "patient__name")
    autocomplete_fields = ("doctor", "patient", "service")
    inlines = (EventInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Reservation | None = None) -> bool:
        """Protected, as the foreign keys are."""
        return False


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(admin.ModelAdmin[WaitlistEntry]):
    """Who waits; entries come from the verbs."""

    list_display = (
        "placed_at",
        "doctor",
        "service",
        "patient",
        "starts_at",
        "ends_at",
        "closed_at",
    )
    list_filter = ("doctor", "service")
    list_select_related = ("doctor", "service", "patient")
    readonly_fields = (
        "doctor",
        "service",
        "patient",
        "starts_at",
        "ends_at",
        "placed_at",
        "closed_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Members join by themselves."""
        return False
