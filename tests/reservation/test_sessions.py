"""Sessions on pages and in calendars."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import icalendar
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from madang.people import holdings as people
from madang.people.models import Member
from madang.reservation import agenda, board, booking, feeds, seating
from madang.reservation.models import Doctor, GroupSession, Patient, Reservation, Service
from tests.cast import NOW, TEN, Enter, Room
from tests.sessions import AFTERNOON, Announce, take

pytestmark = pytest.mark.usefixtures("now")
HOUR = timedelta(hours=1)
DAY = "/reservation/day/2027-03-02/"


def page(session: GroupSession, step: str = "") -> str:
    return f"/reservation/sessions/{session.pk}/{step}"


def told(answer: Any) -> list[str]:
    """What the page says after the deed, by the level."""
    return [message.level_tag for message in answer.context["messages"]]


def test_a_member_finds_a_session_and_takes_a_seat(
    announce: Announce, hana: Member, minjun: Member, enter: Enter
) -> None:
    session = announce()
    take(session, minjun, 2)
    client = enter(hana)
    listed = client.get("/reservation/sessions/")
    assert [(row.left, mine) for row, mine in listed.context["rows"]] == [(2, False)]
    assert list(client.get("/reservation/").context["sessions"]) == [session]
    shown = client.get(page(session))
    assert shown.context["seats"] == [(1, False), (2, True), (3, False)]
    assert str(minjun) not in shown.content.decode()
    answer = client.post(page(session), {"seat": "3"}, follow=True)
    row = Reservation.objects.get(patient__member=hana)
    assert answer.redirect_chain == [(f"/reservation/{row.uid}/", 302)]
    assert (row.seat, told(answer)) == (3, ["success"])
    assert client.get("/reservation/sessions/").context["rows"] == [(session, True)]
    again = client.get(page(session))
    assert (again.context["mine"], again.context["is_run"]) == (row, False)
    assert client.post(page(session), {"seat": ""}).status_code == 302


@pytest.mark.parametrize("seat", ["1000", "-1", "²", "x", "1.0"])
def test_what_is_no_number_is_no_seat(
    announce: Announce, hana: Member, enter: Enter, seat: str
) -> None:
    assert enter(hana).post(page(announce()), {"seat": seat}).status_code == 400
    assert not Reservation.objects.exists()


def test_a_seat_that_cannot_be_had_is_refused_with_the_seats_that_can(
    room: Room, announce: Announce, hana: Member, minjun: Member, enter: Enter
) -> None:
    session, client = announce(seats=2), enter(hana)
    take(session, minjun, 1)

    def refused(seat: str = "") -> list[str]:
        answer = client.post(page(session), {"seat": seat})
        assert answer.status_code == 409
        return told(answer)

    assert refused("1") == refused("7") == ["warning"]
    other = Doctor.objects.create(name="정지호")
    busy = other.reservations.create(patient=room.patient(hana), appointed_time=AFTERNOON)
    assert refused() == ["warning"]
    busy.delete()
    take(session, room.doctor.member or minjun, 2)
    assert refused() == ["warning"]
    with time_machine.travel(AFTERNOON, tick=False):
        assert refused() == ["warning"]


def test_a_doctor_who_is_somewhere_else_against_the_rules_is_said_so(
    room: Room, announce: Announce, hana: Member, enter: Enter
) -> None:
    session = announce()
    room.doctor.reservations.create(
        patient=Patient.objects.create(name="윤지우"), appointed_time=AFTERNOON
    )
    answer = enter(hana).post(page(session), {"seat": "1"})
    assert (answer.status_code, told(answer)) == (409, ["warning"])


def test_a_seat_is_shown_where_reservations_are(
    announce: Announce, hana: Member, enter: Enter
) -> None:
    session = announce()
    row = take(session, hana, 2)
    client = enter(hana)
    assert "2번 자리" in client.get("/reservation/mine/").content.decode()
    detail = client.get(f"/reservation/{row.uid}/")
    assert "2번 자리" in detail.content.decode()
    assert (detail.context["is_movable"], detail.context["is_cancellable"]) == (False, True)
    assert page(session) in detail.content.decode()
    assert client.get(f"/reservation/{row.uid}/move/").status_code == 302
    assert people.hand_over(hana)["reservation"]["reservations"][0]["seat"] == 2  # type: ignore[call-overload, index]
    booking.cancel(reservation=row, at=NOW, by=hana)
    assert "/reservation/sessions/" in client.get(f"/reservation/{row.uid}/").content.decode()


def test_who_runs_it_sees_who_sits_where_and_works_through_them(
    announce: Announce, hana: Member, minjun: Member, seoyun: Member, yerin: Member, enter: Enter
) -> None:
    session = announce()
    rows = [take(session, hana, 3), take(session, minjun, 1)]
    with time_machine.travel(AFTERNOON, tick=False):
        for member in (seoyun, yerin):
            shown = enter(member).get(page(session))
            assert [line.reservation.seat for line in shown.context["people"]] == [1, 3]
        answer = enter(yerin).post(
            reverse("reservation:attend", args=[rows[0].uid]), {"status": "noshow"}
        )
        assert (answer.status_code, answer["Location"]) == (302, page(session))
        shown = enter(seoyun).get(page(session))
        assert [line.slip for line in shown.context["people"]] == ["", "noshow"]
        [kept] = [line for line in shown.context["people"] if line.slip]
        assert kept.reservation.get_status_display() in shown.content.decode()
    stranger = enter(hana).get(page(session))
    assert "이민준" not in stranger.content.decode()


def form(**fields: str) -> dict[str, str]:
    return {"on": "2027-03-02", "time": "15:00", "seats": "", **fields}


def test_a_doctor_announces(room: Room, yoga: Service, seoyun: Member, enter: Enter) -> None:
    client, path = enter(seoyun), f"/reservation/doctors/{room.doctor.pk}/announce/"
    asked = client.get(path)
    assert (asked.status_code, asked.context["has_services"]) == (200, True)
    answer = client.post(path, form(service=str(yoga.pk)), follow=True)
    session = GroupSession.objects.get()
    assert answer.redirect_chain == [(page(session), 302)]
    assert (session.starts_at, session.seats, told(answer)) == (AFTERNOON, 3, ["success"])
    taken = client.post(path, form(service=str(yoga.pk), time="15:59"))
    assert (taken.status_code, list(taken.context["form"].errors)) == (422, ["time"])
    past = client.post(path, form(service=str(yoga.pk), on="2027-02-02"))
    assert (past.status_code, list(past.context["form"].errors)) == (422, ["time"])
    for wrong in (form(service="999"), form(service=str(room.service.pk)), form(on="2027-02-30")):
        assert client.post(path, wrong).status_code == 422
    assert GroupSession.objects.count() == 1


def test_where_no_service_is_for_many_the_page_says_so(
    room: Room, yerin: Member, enter: Enter
) -> None:
    asked = enter(yerin).get(f"/reservation/doctors/{room.doctor.pk}/announce/")
    assert (asked.status_code, asked.context["has_services"]) == (200, False)
    assert "<form class=" not in asked.content.decode()


def test_a_time_that_the_clock_skips_is_no_time(
    room: Room, yoga: Service, emma: Member, enter: Enter
) -> None:
    emma.grant("receptionist")
    path = f"/reservation/doctors/{room.doctor.pk}/announce/"
    answer = enter(emma).post(path, form(service=str(yoga.pk), on="2027-03-28", time="01:30"))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["time"])


def test_only_who_runs_it_announces_changes_and_calls_off(
    announce: Announce, hana: Member, enter: Enter
) -> None:
    session, client = announce(), enter(hana)
    paths = [page(session, "change/"), page(session, "call-off/")]
    paths.append(f"/reservation/doctors/{session.doctor_id}/announce/")
    for path in paths:
        assert (client.get(path).status_code, client.post(path).status_code) == (403, 403)
    assert client.get("/reservation/sessions/").context["run"] == []


def test_a_session_is_changed_on_its_page(
    room: Room, announce: Announce, hana: Member, seoyun: Member, enter: Enter
) -> None:
    session, client = announce(), enter(seoyun)
    take(session, hana, 3)
    path = page(session, "change/")
    initial = client.get(path).context["form"].initial
    assert (str(initial["on"]), str(initial["time"])[:5], initial["seats"]) == (
        "2027-03-02",
        "15:00",
        3,
    )
    answer = client.post(path, form(time="16:00", seats="4"), follow=True)
    assert (answer.redirect_chain, told(answer)) == ([(page(session), 302)], ["success"])
    session.refresh_from_db()
    assert (session.starts_at, session.seats, session.sequence) == (AFTERNOON + HOUR, 4, 1)
    room.book(hana, TEN)
    Reservation.objects.create(
        doctor=Doctor.objects.create(name="정지호"),
        patient=room.patient(hana),
        appointed_time=AFTERNOON + 4 * HOUR,
    )
    for wrong, field in [
        ({"seats": "2"}, "seats"),
        ({"seats": "0"}, "seats"),
        ({"on": "2027-02-02"}, "time"),
        ({"time": "10:00"}, "time"),
        ({"time": "19:00"}, "time"),
    ]:
        refused = client.post(path, form(**{"seats": "4", **wrong}))
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, [field])
    session.refresh_from_db()
    assert (session.starts_at, session.seats) == (AFTERNOON + HOUR, 4)


def test_a_session_is_called_off_on_its_page(
    announce: Announce, hana: Member, seoyun: Member, enter: Enter
) -> None:
    session, client = announce(), enter(seoyun)
    row = take(session, hana, 3)
    path = page(session, "call-off/")
    assert client.get(path).context["session"].taken == 1
    assert told(client.post(path, {"note": "독감"}, follow=True)) == ["success"]
    row.refresh_from_db()
    assert (row.status, row.events.get(kind="cancelled").note) == ("cancelled", "독감")
    assert told(client.post(path, follow=True)) == ["info"]
    assert told(client.post(page(session, "change/"), form(seats="3"), follow=True)) == ["warning"]
    assert not client.get(page(session)).context["is_ahead"]
    late = announce()
    with time_machine.travel(AFTERNOON, tick=False):
        assert told(client.post(page(late, "call-off/"), follow=True)) == ["warning"]


def test_the_day_the_week_and_everybodys_day_show_it_as_one(
    room: Room, announce: Announce, hana: Member, minjun: Member, seoyun: Member, enter: Enter
) -> None:
    session = announce(TEN)
    for member in (hana, minjun):
        take(session, member)
    client = enter(seoyun)
    lines = client.get(DAY).context["lines"]
    assert [(line.session, line.minutes) for line in lines] == [(session, 60)]
    assert lines[0].session.taken == 2
    week = agenda.week(doctor=room.doctor, first=agenda.monday(TEN.date()), at=NOW)
    assert [piece.session for piece in week.columns[1].pieces] == [session]
    assert client.get("/reservation/week/2027-03-02/").status_code == 200
    [column] = board.board(
        doctors=[room.doctor], services=Service.objects.all(), on=TEN.date(), at=NOW
    )
    assert column.meetings == 1
    [cell] = [cell for cell in column.cells if cell.kind == "meeting"]
    assert (cell.sessions, cell.meetings, cell.size, len(cell.taken)) == ([session], [], 60, 2)


def test_the_reception_opens_it(
    announce: Announce, hana: Member, yerin: Member, enter: Enter
) -> None:
    session = announce(TEN)
    take(session, hana)
    shown = enter(yerin).get("/reservation/reception/day/2027-03-02/").content.decode()
    assert page(session) in shown
    assert "김하나" not in shown


def test_closed_hours_name_everybody_in_it_and_lead_to_calling_it_off(
    room: Room, announce: Announce, hana: Member, seoyun: Member, enter: Enter
) -> None:
    session = announce(TEN)
    take(session, hana)
    room.doctor.exceptions.create(kind="closed", first_on=TEN.date(), last_on=TEN.date())
    shown = enter(seoyun).get("/reservation/hours/").content.decode()
    assert page(session, "call-off/") in shown


def test_who_stands_at_the_door_waits_until_it_is_over(
    room: Room, announce: Announce, seoyun: Member, enter: Enter
) -> None:
    session = announce(NOW + HOUR)
    fields = {"name": "윤지우", "who": "new", "time": "10:30", "minutes": "10"}
    answer = enter(seoyun).post(
        f"/reservation/doctors/{room.doctor.pk}/walk-in/",
        {**fields, "service": str(room.service.pk)},
    )
    assert (answer.status_code, session.minutes + session.buffer_after) == (409, 75)
    assert "11:15" in answer.content.decode()


def test_a_calendar_has_it_once_for_the_doctor_and_once_for_each_patient(
    announce: Announce, hana: Member, minjun: Member, seoyun: Member, client: Client
) -> None:
    session = announce()
    for member in (hana, minjun):
        take(session, member)
    seating.change(session=session, starts_at=AFTERNOON + HOUR, seats=3, at=NOW, by=seoyun)

    def events(member: Member) -> list[tuple[Any, ...]]:
        content = client.get(f"/reservation/feed/{feeds.issue(member=member, at=NOW)}.ics").content
        return [
            (
                event.decoded("dtstart"),
                event.decoded("dtend") - event.decoded("dtstart"),
                event.decoded("sequence"),
                str(event["status"]),
            )
            for event in icalendar.Calendar.from_ical(content).walk("VEVENT")
        ]

    once = [(AFTERNOON + HOUR, HOUR, 1, "CONFIRMED")]
    assert [events(member) for member in (hana, minjun, seoyun)] == [once] * 3
    seating.call_off(session=session, at=NOW, by=seoyun)
    gone = [(AFTERNOON + HOUR, HOUR, 2, "CANCELLED")]
    assert [events(member) for member in (hana, minjun, seoyun)] == [gone] * 3


def test_lists_cost_the_same_for_one_and_for_many(
    announce: Announce, hana: Member, seoyun: Member, yerin: Member, enter: Enter
) -> None:
    paths = ["/reservation/sessions/", DAY, "/reservation/reception/day/2027-03-02/"]
    session = announce(TEN)
    take(session, hana)
    costs = []
    for more in (TEN + 2 * HOUR, TEN + 4 * HOUR):
        found = []
        for path, member in zip(paths, (hana, seoyun, yerin), strict=True):
            client = enter(member)
            client.get(path)
            with CaptureQueriesContext(connection) as statements:
                assert client.get(path).status_code == 200
            found.append(len(statements))
        costs.append(found)
        take(announce(more), hana)
    assert costs[0] == costs[1]
