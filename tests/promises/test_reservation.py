"""Nobody is in two places at once: over HTTP, by two server processes, also when one is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from http.client import HTTPException
from pathlib import Path

import pytest

from madang.reservation import prove
from tests.db.test_scratch import leftovers
from tests.processes import eventually, marked
from tests.servers import Server, environment, run, send, servers

CLIENTS = 50
SETUP = """
import json
from django.utils import timezone
from madang.people import tokens
from madang.people.models import Member
from madang.reservation.models import Doctor, OpeningRule, Schedule, Service
doctors = [Doctor.objects.create(name=str(n)) for n in range({doctors})]
service = Service.objects.create(name="s", minutes=30, step=10, horizon_days=400)
for doctor in doctors:
    schedule = Schedule.objects.create(doctor=doctor, service=service, time_zone="UTC")
    OpeningRule.objects.bulk_create(
        OpeningRule(schedule=schedule, weekday=day, opens_minute=0, closes_minute=1440)
        for day in range(1, 8)
    )
members = [Member.objects.create_user(f"member{{n}}", email=f"m{{n}}@madang.example")
           for n in range({members})]
texts = [tokens.issue(member=one, name="race", at=timezone.now())[1] for one in members]
pks = [one.pk for one in doctors]
print(json.dumps({{"doctors": pks, "service": service.pk, "tokens": texts}}))
"""
AUDIT = """
import json
from madang.people.models import OutboxMail
from madang.reservation.models import Reservation, ReservationEvent
rows = Reservation.objects.order_by("pk")
print(json.dumps({
    "ids": [row.pk for row in rows],
    "whole": all(row.events.count() == 1 for row in rows)
        and ReservationEvent.objects.count() == len(rows)
        and OutboxMail.objects.count() == len(rows),
}))
"""
MORNING = datetime.combine(
    datetime.now(UTC).date() + timedelta(days=20), time(9), UTC
)  # the API reads the clock itself


@dataclass(frozen=True)
class Village:
    """A migrated database with doctors and members."""

    url: str
    data: Path
    doctors: list[int]
    service: int
    tokens: list[str]

    def wanted(self, doctor: int, start: datetime) -> dict[str, object]:
        return {
            "doctor": self.doctors[doctor],
            "service": self.service,
            "appointed_time": start.isoformat(),
        }


@pytest.fixture
def village(site_database: str, tmp_path: Path) -> Village:
    made = json.loads(run(site_database, tmp_path, SETUP.format(doctors=8, members=CLIENTS)))
    return Village(site_database, tmp_path, made["doctors"], made["service"], made["tokens"])


@pytest.fixture
def two(village: Village) -> Iterator[list[Server]]:
    with servers(village.url, village.data, 2) as both:
        yield list(both)


def test_of_fifty_who_ask_for_overlapping_times_one_gets_it(
    village: Village, two: list[Server]
) -> None:
    gate = threading.Barrier(CLIENTS)

    def ask(n: int) -> tuple[int, str, int, float]:
        start = MORNING + timedelta(minutes=10 * (n % 3))
        gate.wait()
        status, body, seconds = send(
            two[n % 2].port,
            "/api/v1/reservations",
            village.tokens[n],
            village.wanted(0, start),
        )
        return status, body.get("code", ""), len(body.get("nearest", [])), seconds

    with ThreadPoolExecutor(CLIENTS) as pool:
        told = list(pool.map(ask, range(CLIENTS)))
    print(f"slowest: {max(seconds for *_, seconds in told):.2f} s")
    assert Counter(each[:3] for each in told) == {(201, "", 0): 1, (409, "slot_taken", 3): 49}
    audit = json.loads(run(village.url, village.data, AUDIT))
    assert (len(audit["ids"]), audit["whole"]) == (1, True)


def test_four_hundred_crossing_wishes_never_deadlock(village: Village, two: list[Server]) -> None:
    """Each patient wants every doctor, each doctor every patient, in opposite orders."""
    wishes = [
        (
            (n * 7) % CLIENTS,
            (n if n % 2 else -n) % len(village.doctors),
            MORNING + timedelta(minutes=10 * (n % 5)),
        )
        for n in range(400)
    ]

    def ask(n: int) -> int:
        patient, doctor, start = wishes[n]
        return send(
            two[n % 2].port,
            "/api/v1/reservations",
            village.tokens[patient],
            village.wanted(doctor, start),
        )[0]

    with ThreadPoolExecutor(24) as pool:
        told = Counter(pool.map(ask, range(len(wishes))))
    assert set(told) == {201, 409}
    audit = json.loads(run(village.url, village.data, AUDIT))
    assert (len(audit["ids"]), audit["whole"]) == (told[201], True)


def test_what_was_answered_is_there_after_a_kill(village: Village, two: list[Server]) -> None:
    """A thousand bookings; one server dies in the middle of them."""
    told: list[int] = []
    lost = 0
    half = threading.Event()

    def ask(n: int) -> None:
        nonlocal lost
        start = MORNING + timedelta(days=n // 350, minutes=30 * ((n // 8) % 44))
        try:
            status, body, _ = send(
                two[n % 2].port,
                "/api/v1/reservations",
                village.tokens[(n * 11 + n // 50) % CLIENTS],
                village.wanted(n % 8, start),
            )
        except (OSError, HTTPException):
            lost += 1
            return
        if status == 201:
            told.append(body["id"])
        if len(told) > 200:
            half.set()

    def kill() -> None:
        assert half.wait(300)
        two[0].kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(1000)))
    killer.join()
    audit = json.loads(run(village.url, village.data, AUDIT))
    assert lost > 0
    assert len(told) > 250
    assert set(told) <= set(audit["ids"])
    assert audit["whole"]


def test_the_proof_holds_and_its_control_loses(
    empty_database: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MADANG_DATABASE_URL", empty_database)
    monkeypatch.setenv("MADANG_DATA", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert prove.run(["--clients", "12", "--rounds", "5"]) == 0
    told = capfd.readouterr().out
    lines = told.splitlines()
    assert lines[0].startswith("5 rounds, 12 clients each, ")
    assert lines[1].startswith(
        "  with the constraint: 0 of 5 times booked twice, 5 bookings, 55 refused, 0 errors, "
    )
    assert lines[2].startswith("  without it: ")
    assert lines[3:] == ["The promise held. Without the guard it was broken."]
    assert leftovers(empty_database) == []


@pytest.mark.parametrize(
    ("number", "processes"),
    [(signal.SIGTERM, 2), (signal.SIGTERM, 4), (signal.SIGTERM, 5), (signal.SIGKILL, 5)],
    ids=["while it prepares", "while racers start", "while they race", "killed"],
)
def test_a_proof_that_is_stopped_in_the_middle_leaves_nothing(
    empty_database: str, tmp_path: Path, number: signal.Signals, processes: int
) -> None:
    """No process, no schema, no file. Beside the two racers there are the proof itself, the
    janitor of its scratch place, and the tracker of multiprocessing."""
    command = [sys.executable, "-m", "madang", "prove", "reservation"]
    command += ["--clients", "2", "--rounds", "100000"]
    variables = {**environment(empty_database, tmp_path), "LC_ALL": "C", "MARK": str(tmp_path)}
    process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("100000 rounds, 2 clients each, ")
        eventually(lambda: leftovers(empty_database) != [])
        eventually(lambda: len(marked(str(tmp_path))) >= processes)
        process.send_signal(number)
        process.wait(120)
        assert process.stdout.read() == ""
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    eventually(lambda: marked(str(tmp_path)) == [])
    eventually(lambda: leftovers(empty_database) == [])
