"""Where a member is signed in: what is kept, what is shown, and how it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from madang.people import sessions, tasks
from madang.people.models import Member, Session
from tests.cast import Enter

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130.0 Mobile Safari/537.36"


def come_in(handle: str, agent: str = PHONE, address: str = "203.0.113.77") -> Client:
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": agent})
    sent = {"login": handle, "password": f"madang-{handle}-1", "remember": "on"}
    assert client.post("/people/login/", sent).status_code == 302
    return client


def test_a_session_keeps_days_and_a_kind_of_browser_and_no_address(hana: Member) -> None:
    client = come_in("hana")
    [kept] = Session.objects.all()
    assert (kept.member, kept.device) == (hana, "Chrome · Android")
    assert {type(kept.begun_on), type(kept.last_seen_on)} == {date}
    assert kept.expire_date.time().isoformat() == "00:00:00"
    assert timedelta(days=30) <= kept.expire_date - timezone.now() <= timedelta(days=31)
    words = str([kept.device, sessions.SessionStore().decode(kept.session_data)])
    assert "203.0.113.77" not in words
    assert "Pixel" not in words
    assert client.session.session_key == kept.session_key


def test_without_staying_signed_in_the_cookie_ends_with_the_browser(hana: Member) -> None:
    client = Client()
    answer = client.post("/people/login/", {"login": "hana", "password": "madang-hana-1"})
    assert answer.cookies["sessionid"]["expires"] == ""
    assert answer.cookies["sessionid"]["httponly"] is True


def test_a_day_is_noted_once(
    hana: Member, enter: Enter, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    key = enter(hana).session.session_key
    Session.objects.filter(session_key=key).update(last_seen_on=date(2020, 1, 1))
    store = sessions.SessionStore(key)
    store.load()
    with django_assert_num_queries(1):  # type: ignore[operator]
        store.touch()
        store.touch()
    assert Session.objects.get().last_seen_on == timezone.now().date()


def test_a_stranger_has_a_session_of_nobody(client: Client, gwanu: Member) -> None:
    store = sessions.SessionStore()
    store["invitation"] = "x"
    store.save()
    assert Session.objects.get().member is None


def test_one_other_is_ended_by_its_label(hana: Member, enter: Enter) -> None:
    here, there = enter(hana), enter(hana)
    label = Session.objects.get(session_key=there.session.session_key).label
    assert here.post(f"/people/sessions/{label}/end/").status_code == 302
    assert there.get("/people/").status_code == 302
    assert here.get("/people/").status_code == 200
    assert here.post(f"/people/sessions/{label}/end/").status_code == 404


def test_nobody_ends_anothers_session(hana: Member, minjun: Member, enter: Enter) -> None:
    hers, his = enter(hana), enter(minjun)
    label = Session.objects.get(session_key=hers.session.session_key).label
    assert his.post(f"/people/sessions/{label}/end/").status_code == 404
    assert hers.get("/people/").status_code == 200


def test_all_others_are_ended_at_once(hana: Member, minjun: Member, enter: Enter) -> None:
    here, there, his = enter(hana), enter(hana), enter(minjun)
    answer = here.post("/people/sessions/others/", follow=True)
    assert answer.redirect_chain == [("/people/sessions/", 302)]
    assert [str(message) for message in answer.context["messages"]] == [
        "다른 곳에서는 모두 로그아웃했습니다."
    ]
    assert [client.get("/people/").status_code for client in (here, there, his)] == [200, 302, 200]


def test_without_a_key_to_keep_all_are_ended(hana: Member, enter: Enter) -> None:
    enter(hana)
    enter(hana)
    assert sessions.end_others(member=hana, keep=None) == 2


def test_the_list_names_this_one_and_never_shows_a_key(hana: Member) -> None:
    here = come_in("hana")
    come_in("hana", "curl/8")
    page = here.get("/people/sessions/")
    assert [session.device for session in page.context["sessions"]].count("") == 1
    assert page.text.count("지금 이곳") == 1
    for session in Session.objects.all():
        assert session.session_key not in page.text


def test_what_is_over_is_not_listed_and_then_forgotten(hana: Member, enter: Enter) -> None:
    here = enter(hana)
    old = enter(hana).session.session_key
    now = timezone.now()
    Session.objects.filter(session_key=old).update(expire_date=now)
    assert len(here.get("/people/sessions/").context["sessions"]) == 1
    tasks.forget_sessions(now)
    assert not Session.objects.filter(session_key=old).exists()
    assert Session.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_with_one_and_with_three(
    hana: Member, enter: Enter, rows: int, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    here = enter(hana)
    for _number in range(rows - 1):
        enter(hana)
    # The session, the member, the roles, the rows.
    with django_assert_num_queries(4):  # type: ignore[operator]
        page = here.get("/people/sessions/")
    assert len(page.context["sessions"]) == rows


def test_a_day_begins_at_midnight_utc(hana: Member) -> None:
    store = sessions.SessionStore()
    store["begun_on"] = "2027-03-01"
    row = store.create_model_instance(dict(store.items()))
    assert row.begun_on == date(2027, 3, 1)
    midnight = datetime.combine(row.expire_date.date(), datetime.min.time(), UTC)
    assert row.expire_date == midnight
