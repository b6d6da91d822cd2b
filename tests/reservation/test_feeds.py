"""A member's calendar at an address of its own, read back by two parsers that are not related."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

import icalendar
import pytest
import vobject
from django.db import IntegrityError, transaction
from django.test import Client

from madang.lib.masking import Mask
from madang.people.models import Member
from madang.people.tokens import digest
from madang.reservation import booking, feeds, moving
from madang.reservation.models import FeedToken, Reservation
from tests.cast import NOW, TEN, Enter, Room
from tests.reservation.test_queries import Growing, costs, growing  # noqa: F401 # a fixture

pytestmark = pytest.mark.usefixtures("now")

HALF = timedelta(minutes=30)
DAY = timedelta(days=1)
SUMMARY = "박서윤 선생님 · 학습 상담"


def address(member: Member) -> str:
    """A new one."""
    return f"/reservation/feed/{feeds.issue(member=member, at=NOW)}.ics"


def read(content: bytes) -> list[dict[str, object]]:
    """What two parsers agree on, event by event."""
    ours = icalendar.Calendar.from_ical(content)
    one = [
        {
            "uid": str(event["uid"]),
            "sequence": event.decoded("sequence"),
            "status": str(event["status"]),
            "start": event.decoded("dtstart"),
            "end": event.decoded("dtend"),
            "summary": str(event["summary"]),
            "url": str(event["url"]),
        }
        for event in ours.walk("VEVENT")
    ]
    other = [
        {
            "uid": event.uid.value,
            "sequence": int(event.sequence.value),
            "status": event.status.value,
            "start": event.dtstart.value,
            "end": event.dtend.value,
            "summary": event.summary.value,
            "url": event.url.value,
        }
        for event in vobject.readOne(content.decode()).contents.get("vevent", [])
    ]
    assert one == other
    return one


def event(row: Reservation, **other: object) -> dict[str, object]:
    """What the calendar must say of `row`."""
    return {
        "uid": f"{row.uid}@localhost",
        "sequence": 0,
        "status": "CONFIRMED",
        "start": row.appointed_time,
        "end": row.appointed_time + HALF,
        "summary": SUMMARY,
        "url": f"http://localhost/reservation/{row.uid}/",
        **other,
    }


# The key.


def test_only_a_hash_is_kept_and_a_member_has_one(hana: Member) -> None:
    feeds.issue(member=hana, at=NOW)
    feeds.reader(text=feeds.issue(member=hana, at=NOW), at=NOW)
    text = feeds.issue(member=hana, at=NOW)
    kept = FeedToken.objects.get()
    assert (kept.member, kept.token_hash, kept.made_on, kept.last_used_on) == (
        hana,
        digest(text),
        date(2027, 3, 1),
        None,
    )
    assert (len(text), str(kept)) == (43, "2027-03-01")
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedToken.objects.create(member=hana, token_hash="x", made_on=NOW.date())


def test_a_new_key_ends_the_one_before_and_nobody_elses(hana: Member, minjun: Member) -> None:
    first, others = (feeds.issue(member=member, at=NOW) for member in (hana, minjun))
    second = feeds.issue(member=hana, at=NOW)
    found = [feeds.reader(text=text, at=NOW) for text in (first, second, others)]
    assert found == [None, hana, minjun]
    assert (feeds.revoke(member=hana), feeds.revoke(member=hana)) == (True, False)
    found = [feeds.reader(text=text, at=NOW) for text in (first, second, others)]
    assert found == [None, None, minjun]


def test_it_notes_the_day_and_writes_once_a_day(
    hana: Member, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    text = feeds.issue(member=hana, at=NOW)
    for at, queries in ((NOW, 2), (NOW + HALF, 1), (NOW + DAY, 2)):
        with django_assert_num_queries(queries):  # type: ignore[operator]
            assert feeds.reader(text=text, at=at) == hana
        assert FeedToken.objects.get().last_used_on == at.date()


def test_a_closed_account_is_read_by_nobody(hana: Member) -> None:
    text = feeds.issue(member=hana, at=NOW)
    Member.objects.filter(pk=hana.pk).update(is_active=False)
    assert feeds.reader(text=text, at=NOW) is None


# The calendar.


def test_a_patient_finds_the_own_reservations_alone(
    room: Room, hana: Member, minjun: Member, client: Client
) -> None:
    moved, gone = room.book(hana), room.book(hana, TEN + HALF)
    room.book(minjun, TEN - HALF)
    moving.move(reservation=moved, appointed_time=TEN + DAY, at=NOW, by=hana)
    booking.cancel(reservation=gone, at=NOW, by=hana)
    answer = client.get(address(hana))
    moved.refresh_from_db()
    assert read(answer.content) == [
        event(gone, sequence=1, status="CANCELLED"),
        event(moved, sequence=1, start=TEN + DAY, end=TEN + DAY + HALF),
    ]
    assert (answer["Content-Type"], answer["Cache-Control"], answer.status_code) == (
        "text/calendar; charset=utf-8",
        "private, no-cache",
        200,
    )
    lines = answer.content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)  # RFC 5545, 3.1
    assert {b"REFRESH-INTERVAL;VALUE=DURATION:PT1H", b"X-PUBLISHED-TTL:PT1H"} <= set(lines)


def test_an_event_is_the_one_of_the_single_file(room: Room, hana: Member, enter: Enter) -> None:
    row = room.book(hana)
    browser = enter(hana)
    single = browser.get(f"/reservation/{row.uid}.ics").content
    assert read(browser.get(address(hana)).content) == read(single) == [event(row)]


def test_a_doctor_finds_whom_to_meet_without_a_patients_name(
    room: Room, hana: Member, seoyun: Member, client: Client
) -> None:
    row = room.book(hana)
    plain = Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(hana), appointed_time=TEN + HALF
    )
    content = client.get(address(seoyun)).content
    page = "http://localhost/reservation/day/2027-03-02/"
    assert read(content) == [
        event(row, summary="학습 상담", url=page),
        event(plain, summary="예약", url=page),
    ]
    assert "김하나" not in content.decode()


def test_it_speaks_the_members_language(room: Room, emma: Member, client: Client) -> None:
    Member.objects.filter(pk=emma.pk).update(language="en")
    row = room.book(emma)
    content = client.get(address(emma), headers={"Accept-Language": "ko"}).content
    assert read(content) == [event(row, summary="학습 상담 with 박서윤")]


def test_holds_are_left_out_and_so_is_what_came_of_none(room: Room, hana: Member) -> None:
    def hold(time: datetime) -> Reservation:
        return room.hold(hana, time)

    booking.cancel(reservation=hold(TEN), at=NOW, by=hana)
    hold(TEN + HALF)
    assert feeds.reservations(member=hana, at=NOW) == []


def test_the_past_ends_after_ninety_days_and_the_soonest_are_handed_out(
    room: Room, hana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = room.patient(hana)
    rows = [
        Reservation.objects.create(doctor=room.doctor, patient=patient, appointed_time=time)
        for time in (NOW - feeds.PAST - HALF, NOW - feeds.PAST, NOW, NOW + DAY)
    ]
    assert feeds.reservations(member=hana, at=NOW) == rows[1:]
    monkeypatch.setattr(feeds, "MOST", 2)
    assert feeds.reservations(member=hana, at=NOW) == rows[1:3]


def test_an_unchanged_calendar_is_not_sent_again(room: Room, hana: Member, client: Client) -> None:
    row, path = room.book(hana), address(hana)
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    booking.cancel(reservation=row, at=NOW, by=hana)
    changed = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert [found["status"] for found in read(changed.content)] == ["CANCELLED"]
    assert changed["ETag"] != first["ETag"]


def test_an_empty_calendar_is_one(hana: Member, client: Client) -> None:
    answer = client.get(address(hana))
    assert (answer.status_code, read(answer.content)) == (200, [])
    assert client.head(address(hana)).status_code == 200


@pytest.mark.parametrize("who", ["hana", "seoyun"])
def test_three_rows_cost_what_one_costs(
    growing: Growing,  # noqa: F811 # the fixture
    client: Client,
    seoyun: Member,
    who: str,
) -> None:
    member = growing.hana if who == "hana" else seoyun
    assert costs(growing, client, address(member)) == [3, 3]


# The key is nowhere else.


@pytest.mark.parametrize("ending", ["x.ics", "%ED%95%9C.ics", f"{'x' * 3000}.ics"])
def test_an_unknown_address_is_a_plain_404(hana: Member, client: Client, ending: str) -> None:
    feeds.issue(member=hana, at=NOW)
    answer = client.get(f"/reservation/feed/{ending}")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (
        404,
        b"Not Found\n",
        "text/plain",
    )


def test_no_refusal_and_no_log_has_the_key(hana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    path = address(hana)
    key = path.split("/")[-1].removesuffix(".ics")
    handler = next(
        handler
        for handler in logging.getLogger().handlers
        if any(isinstance(each, Mask) for each in handler.filters)
    )
    written: list[str] = []
    monkeypatch.setattr(handler, "emit", lambda record: written.append(handler.format(record)))
    answers = [
        client.post(path),
        client.get(path.removesuffix(".ics")),
        client.get(path + "?x=%00"),
        client.get(path + "%00"),
        client.post(path, b"x" * 2_000_000, content_type="text/plain"),
        client.get(path, headers={"If-Match": '"x"'}),
    ]
    monkeypatch.setattr(feeds, "reservations", lambda **_asked: 1 / 0)
    answers.append(client.get(path))
    feeds.revoke(member=hana)
    answers.append(client.get(path))
    assert [answer.status_code for answer in answers] == [405, 404, 400, 400, 413, 412, 500, 404]
    assert [answer.status_code for answer in answers if key in answer.content.decode()] == []
    assert "/reservation/feed/…" in "".join(written), "something was logged"
    assert [line for line in written if key in line] == []


# The page.


def test_a_stranger_makes_no_address(client: Client, db: None) -> None:
    for path in ("/reservation/feed/", "/reservation/feed/revoke/"):
        answer = client.post(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/people/login/?next={path}")
    assert not FeedToken.objects.exists()


def test_the_page_makes_renews_and_ends_the_address(
    room: Room, hana: Member, enter: Enter, client: Client
) -> None:
    row, browser = room.book(hana), enter(hana)
    assert "주소 없애기" not in browser.get("/reservation/feed/").content.decode()
    addresses = []
    for _time in range(2):
        answer = browser.post("/reservation/feed/")
        addresses.append(answer.context["address"].removeprefix("http://localhost"))
        assert f"http://localhost{addresses[-1]}</code>" in answer.content.decode()
        assert f'href="webcal://localhost{addresses[-1]}"' in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
    assert [client.get(path).status_code for path in addresses] == [404, 200]
    assert read(client.get(addresses[1]).content) == [event(row)]
    shown = browser.get("/reservation/feed/").content.decode()
    assert ("주소 없애기" in shown, addresses[1] in shown) == (True, False)
    ended = browser.post("/reservation/feed/revoke/", follow=True).content.decode()
    assert "이제 그 달력 주소는 쓸 수 없습니다." in ended
    assert client.get(addresses[1]).status_code == 404
    again = browser.post("/reservation/feed/revoke/", follow=True).content.decode()
    assert "이미 달력 주소가 없습니다." in again


def test_the_lists_lead_there_and_doctors_are_told_more(
    room: Room, hana: Member, seoyun: Member, enter: Enter
) -> None:
    link, doctors = 'href="/reservation/feed/"', "환자 이름은 나오지 않습니다"
    for member, path in ((hana, "/reservation/mine/"), (seoyun, "/reservation/day/")):
        assert link in enter(member).get(path).content.decode()
        page = enter(member).get("/reservation/feed/").content.decode()
        assert (doctors in page) == (member == seoyun)
