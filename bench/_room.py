"""Databases of their own for the benches; one with 20 doctors and a year of 73,000 reservations."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.postgres import PrivateServer

if TYPE_CHECKING:
    from madang.reservation.models import Doctor, Patient, Service

DOCTORS, DAYS, A_DAY = 20, 365, 10
FIRST = datetime(2031, 1, 1, tzinfo=UTC)
NOW = FIRST - timedelta(days=1)
KINDS = ("sqlite", "postgresql")
BATCH = 5000


def on_each(module: str, arguments: list[str]) -> int:
    """Run a bench on each database, each time in a process of its own; the worst exit code."""
    codes = []
    for kind in KINDS:
        command = [sys.executable, "-m", module, "--on", kind, *arguments]
        codes.append(subprocess.run(command, check=False).returncode)
    return max(codes)


@contextmanager
def database(kind: str) -> Iterator[None]:
    """A migrated database of `kind` with Django set up for it; gone afterwards."""
    server = PrivateServer() if kind == "postgresql" else None
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.sqlite3"
        if server is not None:
            server.start()
            url = server.url
        os.environ.update(
            MADANG_DATABASE_URL=url,
            MADANG_DATA=folder,
            MADANG_SECRET_KEY="benches only, " * 4,
            MADANG_HOSTS="localhost",
            MADANG_ORIGIN="http://localhost",
            DJANGO_SETTINGS_MODULE="madang.settings",
        )
        try:
            _migrate()
            yield
        finally:
            from django.db import connections

            connections.close_all()
            if server is not None:
                server.stop()


@contextmanager
def room(kind: str, *, is_full: bool) -> Iterator[None]:
    """A `database` with doctors and hours, and where `is_full` with their reservations."""
    with database(kind):
        _furnish(is_full=is_full)
        yield


def _migrate() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _furnish(*, is_full: bool) -> None:
    from madang.reservation.models import Doctor, OpeningRule, Patient, Schedule, Service

    service = Service.objects.create(name="s", minutes=30, horizon_days=4000)
    doctors = [Doctor.objects.create(name=str(n)) for n in range(DOCTORS)]
    for doctor in doctors:
        schedule = Schedule.objects.create(doctor=doctor, service=service, time_zone="Asia/Seoul")
        OpeningRule.objects.bulk_create(
            OpeningRule(schedule=schedule, weekday=day, opens_minute=540, closes_minute=1080)
            for day in range(1, 8)
        )
    patients = Patient.objects.bulk_create(Patient(name=str(n)) for n in range(DOCTORS))
    if is_full:
        _fill(doctors, patients, service)


def _fill(doctors: list[Doctor], patients: list[Patient], service: Service) -> None:
    """Ten meetings a day with each doctor, from nine in the morning in Seoul."""
    from madang.reservation.models import Reservation

    rows = (
        Reservation(
            doctor=doctor,
            patient=patient,
            service=service,
            appointed_time=FIRST + timedelta(days=day, minutes=30 * n),
        )
        for doctor, patient in zip(doctors, patients, strict=True)
        for day in range(DAYS)
        for n in range(A_DAY)
    )
    Reservation.objects.bulk_create(rows, batch_size=BATCH)
