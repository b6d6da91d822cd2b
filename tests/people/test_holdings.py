"""What a member can take along, and that nothing is left that could name them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from madang.people import holdings, invitations, outbox, tokens
from madang.people.models import ApiToken, Invitation, Member, OutboxMail, Session
from madang.reservation import booking, feeds, noting
from madang.reservation.models import FeedToken, Patient, Reservation
from tests.cast import NOW, Enter, Room

MOMENT = "2027-03-01T00:00:00+00:00"
HANA = {
    "handle": "hana",
    "email": "hana@madang.example",
    "display_name": "김하나",
    "language": "ko",
    "time_zone": "Asia/Seoul",
    "joined_at": MOMENT,
    "roles": [],
    "email_addresses": [
        {"address": "hana@madang.example", "is_confirmed": True},
        {"address": "new@madang.example", "is_confirmed": False},
    ],
    "sessions": [
        {"device": "Chrome · Android", "begun_on": "2027-03-01", "last_seen_on": "2027-03-01"}
    ],
    "invitations": [{"note": "동생", "made_at": MOMENT, "expires_at": "2027-03-15T00:00:00+00:00"}],
    "mails": [
        {
            "event": "e/1",
            "address": "hana@madang.example",
            "subject": "알림",
            "made_at": MOMENT,
            "sent_at": None,
        }
    ],
}
A_PATIENT = {
    "reservations": [
        {
            "doctor": "박서윤",
            "service": "학습 상담",
            "appointed_time": MOMENT,
            "minutes": 30,
            "status": "booked",
            "seat": None,
        }
    ],
    "waiting": [],
    "notes": [],
    "my_doctors": ["박서윤"],
    "wants_reminders": True,
    "doctor": None,
    "calendar_address": {"made_on": "2027-03-01", "last_used_on": None},
}

SAID = (
    "posts",
    "likes",
    "reposts",
    "follows",
    "follows_threads",
    "blocks",
    "mutes",
    "reports",
    "seen",
    "passes_for",
)


def test_all_that_is_held_is_handed_over(hana: Member, room: Room) -> None:
    Member.objects.filter(pk=hana.pk).update(joined_at=NOW)
    EmailAddress.objects.create(user=hana, email="new@madang.example")
    end = NOW + timedelta(days=30)
    _token, text = tokens.issue(member=hana, name="달력", at=NOW, expires_at=end)
    invitations.invite(by=hana, note="동생", people=1, at=NOW)
    outbox.post(event="e/1", to=hana, subject="알림", body="글")
    OutboxMail.objects.update(made_at=NOW)
    Session.objects.create(
        session_key="a" * 32,
        expire_date=NOW,
        member=hana,
        device="Chrome · Android",
        begun_on=NOW.date(),
        last_seen_on=NOW.date(),
    )
    patient, doctor, service = room.patient(hana), room.doctor, room.service
    patient.doctors.add(doctor)
    Reservation.objects.create(
        doctor=doctor, patient=patient, service=service, appointed_time=NOW, minutes=30
    )
    feeds.issue(member=hana, at=NOW)
    token = {
        "name": "달력",
        "hint": text[:11],
        "made_on": "2027-03-01",
        "last_used_on": None,
        "expires_at": "2027-03-31T00:00:00+00:00",
    }
    handed = holdings.hand_over(Member.objects.get(pk=hana.pk))
    assert json.loads(json.dumps(handed)) == handed
    assert handed == {
        "people": {**HANA, "api_tokens": [token]},
        "reservation": A_PATIENT,
        "library": {},
        "microblog": {key: [] for key in SAID},
    }


TRACES = ("김하나", "hana", json.dumps("김하나").strip('"'))
"""How the database may name her: by name, in handle and address, and as JSON escapes the name."""


def traces() -> list[tuple[str, str, str]]:
    """Every text in every table that names Hana: table, column, text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    text = (
                        json.dumps(value, default=str) if isinstance(value, dict | list) else value
                    )
                    if isinstance(text, bytes | memoryview):
                        text = bytes(text).decode("utf-8", "replace")
                    if isinstance(text, str) and any(trace in text for trace in TRACES):
                        found.append((table, column, text))
    return sorted(found)


def log(by: Member, about: Model, flag: int) -> None:
    """As the desk writes it, with the name in both texts."""
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(about),
        object_id=str(about.pk),
        object_repr=str(about),
        action_flag=flag,
        change_message=json.dumps([{"changed": {"name": "role", "object": str(about)}}]),
    )


@pytest.fixture
def remembered(hana: Member, gwanu: Member, room: Room, enter: Enter) -> Member:
    """Hana, of whom every corner of the house knows something."""
    patient = room.patient(hana)
    patient.doctors.add(room.doctor)
    first = timezone.localtime(timezone.now()).replace(hour=9, minute=0, second=0, microsecond=0)
    past = Reservation.objects.create(
        doctor=room.doctor,
        patient=patient,
        appointed_time=first - timedelta(days=30),
        minutes=30,
    )
    assert room.doctor.member is not None
    noting.write(reservation=past, text="김하나, 두통", at=timezone.now(), by=room.doctor.member)
    service, at = room.service, timezone.now()
    start = first + timedelta(days=7)
    booking.book(
        doctor=room.doctor, service=service, patient=patient, appointed_time=start, at=at, by=hana
    )
    tokens.issue(member=hana, name="hana's script", at=at)
    feeds.issue(member=hana, at=at)
    invitations.invite(by=hana, note="김하나의 동생", people=3, at=at)
    EmailAddress.objects.create(user=hana, email="hana.new@madang.example")
    TOTP.activate(hana, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(hana)
    outbox.deliver_left_over(timezone.now())
    guesser = Client()
    for _attempt in range(3):
        guesser.post("/people/login/", {"login": "hana", "password": "guess"})
    guesser.post("/people/password/reset/", {"email": "hana@madang.example"})
    enter(hana).get("/people/")
    log(gwanu, hana, CHANGE)
    log(gwanu, patient, ADDITION)
    log(gwanu, past, CHANGE)
    log(hana, room.doctor, CHANGE)
    gone = Patient.objects.create(name="김하나")
    log(gwanu, gone, DELETION)
    gone.delete()
    return hana


def test_after_leaving_no_text_in_any_table_names_the_member(remembered: Member) -> None:
    tables = {table for table, _column, _text in traces()}
    expected = {
        "people_member",
        "people_apitoken",
        "people_invitation",
        "people_outboxmail",
        "account_emailaddress",
        "reservation_patient",
        "reservation_reservationnote",
        "django_admin_log",
    }
    assert expected <= tables, "the search finds what is there"
    holdings.erase(member=remembered, at=timezone.now())
    assert traces() == []
    assert not Member.objects.filter(pk=remembered.pk).exists()


def test_after_leaving_nothing_opens_a_door_and_the_doctor_is_free(
    remembered: Member, enter: Enter
) -> None:
    browser = enter(remembered)
    text = feeds.issue(member=remembered, at=timezone.now())
    path = f"/reservation/feed/{text}.ics"
    assert Client().get(path).status_code == 200
    holdings.erase(member=remembered, at=timezone.now())
    assert browser.get("/people/").status_code == 302
    assert not Session.objects.filter(member__isnull=False).exists()
    assert not ApiToken.objects.exists()
    assert (Client().get(path).status_code, FeedToken.objects.count()) == (404, 0)
    assert [invitation.uses_left for invitation in Invitation.objects.all()] == [0]
    statuses = Reservation.objects.order_by("appointed_time").values_list("status", flat=True)
    assert list(statuses) == ["booked", "cancelled"]
    assert [(patient.name, patient.member) for patient in Patient.objects.all()] == [("", None)]


def test_what_the_log_says_of_others_stays(remembered: Member, gwanu: Member, room: Room) -> None:
    log(gwanu, gwanu, CHANGE)
    log(gwanu, room.doctor, CHANGE)
    holdings.erase(member=remembered, at=timezone.now())
    kept = LogEntry.objects.exclude(object_repr="").order_by("pk")
    assert [entry.object_repr for entry in kept] == ["최관우", "박서윤"]


def test_a_room_that_fails_keeps_everything_as_it_was(
    remembered: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(member: Member, at: object) -> None:
        raise ZeroDivisionError

    before = traces()
    monkeypatch.setitem(
        holdings._holdings, "zoo", holdings.Holding(export=lambda _member: {}, erase=fails)
    )
    with pytest.raises(ZeroDivisionError):
        holdings.erase(member=remembered, at=timezone.now())
    assert traces() == before
