"""The operator's desk: what it shows, what it changes, what it never shows."""

from __future__ import annotations

import html
import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from madang.people import invitations, outbox, tokens
from madang.people.models import Invitation, Member, OutboxMail, RoleGrant
from madang.reservation.models import Patient, Reservation
from tests.cast import NOW, Enter, Room

LISTS = [
    "/admin/",
    "/admin/people/",
    "/admin/people/member/",
    "/admin/people/invitation/",
    "/admin/people/outboxmail/",
    "/admin/admin/logentry/",
]


def words(page: str) -> str:
    """A page as it is read."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("handle", ["hana", "seoyun", "sujin", "dohyun"])
def test_others_are_told_that_the_desk_is_not_theirs(
    request: pytest.FixtureRequest, enter: Enter, path: str, handle: str
) -> None:
    browser = enter(request.getfixturevalue(handle))
    assert browser.get(path, follow=True).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("path", LISTS)
def test_a_stranger_is_sent_to_the_sites_own_door(client: Client, path: str) -> None:
    answer = client.get(path, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/people/login/")


def test_the_desk_knows_this_houses_rooms_and_its_own_log_only() -> None:
    assert {model._meta.label for model in admin.site._registry} >= {
        "people.Member",
        "people.Invitation",
        "people.OutboxMail",
        "reservation.Doctor",
        "admin.LogEntry",
    }
    assert {model._meta.app_label for model in admin.site._registry} <= {
        "people",
        "reservation",
        "library",
        "microblog",
        "admin",
    }


def test_there_is_one_place_for_a_password_and_one_way_out(enter: Enter, gwanu: Member) -> None:
    browser = enter(gwanu)
    places = [browser.post(f"/admin/{page}/")["Location"] for page in ("password_change", "logout")]
    assert places == ["/people/password/change/", "/people/logout/"]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        # The session, the member and the roles; two counts; the rows; for members, their roles,
        # for the log, the kinds there are; for both, the span and the days of the calendar.
        ("/admin/people/member/", 9),
        ("/admin/people/invitation/", 6),
        ("/admin/people/outboxmail/", 6),
        ("/admin/admin/logentry/", 9),
    ],
)
def test_lists_cost_the_same_with_one_row_and_with_three(
    enter: Enter,
    gwanu: Member,
    path: str,
    queries: int,
    rows: int,
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    for number in range(rows):
        if number:
            Member.objects.create_user(f"member_{number}").grant("doctor")
        invitations.invite(by=gwanu, note="이웃", people=1, at=NOW)
        outbox.post(event=f"e/{number}", to=gwanu, subject="s", body="b")
        LogEntry.objects.create(
            user=gwanu,
            content_type=ContentType.objects.get_for_model(Member),
            object_id=str(gwanu.pk),
            object_repr="최관우",
            action_flag=CHANGE,
        )
    browser = enter(gwanu)
    browser.get(path)  # content types are remembered by the process
    with django_assert_num_queries(queries):  # type: ignore[operator]
        page = browser.get(path)
    assert page.context["cl"].result_count == rows


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=하나", ["hana"]),
        ("q=madang.example", ["emma", "gwanu", "hana", "seoyun"]),
        ("role_grants__role__exact=doctor", ["seoyun"]),
        ("language__exact=en", ["emma"]),
        ("is_active__exact=0", []),
    ],
)
def test_members_are_found(
    enter: Enter,
    gwanu: Member,
    hana: Member,
    seoyun: Member,
    emma: Member,
    query: str,
    found: list[str],
) -> None:
    page = enter(gwanu).get(f"/admin/people/member/?{query}")
    assert [member.handle for member in page.context["cl"].result_list] == found


@pytest.mark.parametrize(
    "query", ["language__exact=%00", "id=x", "nonsense=1", "p=x", "o=99", "q=%FF"]
)
def test_a_nonsense_question_is_answered_and_not_with_500(
    enter: Enter, gwanu: Member, query: str
) -> None:
    assert enter(gwanu).get(f"/admin/people/member/?{query}", follow=True).status_code in {200, 400}


def form(member: Member, **changes: str) -> dict[str, str]:
    """The member's form at the desk as a browser sends it, without roles."""
    return {
        "handle": member.handle,
        "display_name": member.display_name,
        "email": member.email,
        "language": member.language,
        "time_zone": member.time_zone,
        "is_active": "on",
        "role_grants-TOTAL_FORMS": "0",
        "role_grants-INITIAL_FORMS": "0",
        **changes,
    }


def test_a_role_is_given_and_the_log_says_by_whom(
    enter: Enter, gwanu: Member, hana: Member
) -> None:
    sent = form(hana, **{"role_grants-TOTAL_FORMS": "1", "role_grants-0-role": "librarian"})
    browser = enter(gwanu)
    assert browser.post(f"/admin/people/member/{hana.pk}/change/", sent).status_code == 302
    assert list(RoleGrant.objects.filter(member=hana).values_list("role", flat=True)) == [
        "librarian"
    ]
    entry = LogEntry.objects.get()
    assert (entry.user, entry.get_edited_object(), entry.action_flag) == (gwanu, hana, CHANGE)
    page = browser.get("/admin/admin/logentry/")
    assert "최관우 변경 김하나 회원" in words(page.text)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"time_zone": "Moon/Sea"}, "time_zone"),
        ({"handle": "Hana!"}, "handle"),
        ({"handle": "gwanu"}, "__all__"),
        ({"language": "fr"}, "language"),
        ({"display_name": "하\u202e나"}, "display_name"),
        ({"email": "nonsense"}, "email"),
    ],
)
def test_nonsense_at_the_desk_changes_nobody(
    enter: Enter, gwanu: Member, hana: Member, changes: dict[str, str], field: str
) -> None:
    before = list(Member.objects.order_by("pk").values())
    page = enter(gwanu).post(f"/admin/people/member/{hana.pk}/change/", form(hana, **changes))
    assert list(page.context["adminform"].form.errors) == [field]
    assert list(Member.objects.order_by("pk").values()) == before


def test_an_unknown_role_is_not_given(enter: Enter, gwanu: Member, hana: Member) -> None:
    sent = form(hana, **{"role_grants-TOTAL_FORMS": "1", "role_grants-0-role": "king"})
    assert enter(gwanu).post(f"/admin/people/member/{hana.pk}/change/", sent).status_code == 200
    assert not RoleGrant.objects.filter(member=hana).exists()


def test_a_closed_account_is_out_at_once(enter: Enter, gwanu: Member, hana: Member) -> None:
    hers = enter(hana)
    sent = form(hana)
    del sent["is_active"]
    enter(gwanu).post(f"/admin/people/member/{hana.pk}/change/", sent)
    assert hers.get("/people/").status_code == 302


def test_a_members_page_leads_to_the_doctor_and_the_patient(
    enter: Enter, gwanu: Member, room: Room
) -> None:
    assert room.doctor.member is not None
    patient = room.patient(room.doctor.member)
    page = enter(gwanu).get(f"/admin/people/member/{room.doctor.member.pk}/change/").text
    links = [
        f'<a href="/admin/reservation/doctor/{room.doctor.pk}/change/">의사: 박서윤</a>',
        f'<a href="/admin/reservation/patient/{patient.pk}/change/">환자: 박서윤</a>',
    ]
    assert " · ".join(links) in page


@pytest.mark.parametrize("at_once", [False, True])
def test_who_is_deleted_at_the_desk_is_erased_in_every_room(
    enter: Enter, gwanu: Member, hana: Member, room: Room, at_once: bool
) -> None:
    Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(hana), appointed_time=NOW, minutes=30
    )
    browser = enter(gwanu)
    if at_once:
        sent = {"action": "delete_selected", "_selected_action": str(hana.pk), "post": "yes"}
        browser.post("/admin/people/member/", sent)
    else:
        browser.post(f"/admin/people/member/{hana.pk}/delete/", {"post": "yes"})
    assert not Member.objects.filter(pk=hana.pk).exists()
    assert [(row.name, row.member) for row in Patient.objects.all()] == [("", None)]
    assert [row.status for row in Reservation.objects.all()] == ["cancelled"]
    assert [entry.object_repr for entry in LogEntry.objects.all()] == [""]


def test_no_secret_is_shown(enter: Enter, gwanu: Member, hana: Member) -> None:
    TOTP.activate(hana, "JBSWY3DPEHPK3PXP")
    token, _text = tokens.issue(member=hana, name="달력", at=timezone.now())
    invitation, code = invitations.invite(by=hana, note="동생", people=1, at=NOW)
    outbox.post(event="e/1", to=hana, subject="아무도 모르게", body="비밀 이야기")
    mail = OutboxMail.objects.get()
    browser = enter(gwanu)
    pages = [
        f"/admin/people/member/{hana.pk}/change/",
        f"/admin/people/invitation/{invitation.pk}/change/",
        f"/admin/people/outboxmail/{mail.pk}/change/",
    ]
    secrets = [
        hana.password,
        token.token_hash,
        token.hint,
        invitation.code_hash,
        code,
        mail.subject,
        mail.body,
        mail.message_id,
    ]
    for path in [*LISTS, *pages]:
        answer = browser.get(path)
        assert answer.status_code == 200
        assert [secret for secret in secrets if secret in html.unescape(answer.text)] == []


@pytest.mark.parametrize("path", ["outboxmail", "invitation", "member"])
def test_what_happens_elsewhere_is_not_made_here(enter: Enter, gwanu: Member, path: str) -> None:
    assert enter(gwanu).get(f"/admin/people/{path}/add/").status_code == 403


def test_a_record_is_only_read(enter: Enter, gwanu: Member) -> None:
    outbox.post(event="e/1", to=gwanu, subject="s", body="b")
    mail = OutboxMail.objects.get()
    browser, path = enter(gwanu), f"/admin/people/outboxmail/{mail.pk}"
    assert browser.post(f"{path}/change/", {"address": "a@b.example"}).status_code == 403
    assert browser.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert OutboxMail.objects.values().get() == {
        **OutboxMail.objects.values().get(),
        "address": gwanu.email,
    }


def test_an_invitation_is_ended_at_the_desk(enter: Enter, gwanu: Member) -> None:
    invitation, code = invitations.invite(by=gwanu, note="", people=5, at=timezone.now())
    browser, path = enter(gwanu), f"/admin/people/invitation/{invitation.pk}"
    assert f"{code[:4]}…" in browser.get("/admin/people/invitation/").text
    ends = timezone.localtime(invitation.expires_at)
    sent = {"note": "", "uses_left": "0", "expires_at_0": f"{ends:%Y-%m-%d}"}
    assert browser.post(f"{path}/change/", {**sent, "expires_at_1": "10:00"}).status_code == 302
    assert browser.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert Invitation.objects.get().uses_left == 0


def test_letters_are_told_apart_by_their_state(enter: Enter, gwanu: Member) -> None:
    for event in ("reservation/1b2c/confirmed/0", "account/email/password_changed/3f", "e/3"):
        outbox.post(event=event, to=gwanu, subject="s", body="b")
    waiting, sent, over = OutboxMail.objects.order_by("pk")
    OutboxMail.objects.filter(pk=sent.pk).update(sent_at=NOW)
    OutboxMail.objects.filter(pk=over.pk).update(gave_up_at=NOW, attempts=40)
    browser, path = enter(gwanu), "/admin/people/outboxmail/"
    chosen = {
        state: [mail.pk for mail in browser.get(f"{path}?state={state}").context["cl"].queryset]
        for state in ("waiting", "sent", "given-up")
    }
    assert chosen == {"waiting": [waiting.pk], "sent": [sent.pk], "given-up": [over.pk]}
    page = words(browser.get(path).text)
    assert "reservation · confirmed 기다림" in page
    assert "account · password_changed 보냄" in page
    answer = browser.post(
        path, {"action": "try_again", "_selected_action": [str(over.pk)]}, follow=True
    )
    assert [str(each) for each in answer.context["messages"]] == ["메일 1통을 다시 보냅니다."]
    over.refresh_from_db()
    assert (over.gave_up_at, over.attempts) == (None, 0)


def test_the_log_names_what_is_gone_without_a_link(enter: Enter, gwanu: Member) -> None:
    LogEntry.objects.create(user=gwanu, object_id="7", object_repr="", action_flag=CHANGE)
    gone = ContentType.objects.create(app_label="zoo", model="lion")
    LogEntry.objects.create(
        user=gwanu, content_type=gone, object_id="8", object_repr="사자", action_flag=CHANGE
    )
    page = enter(gwanu).get("/admin/admin/logentry/")
    assert "№ 7" in page.text
    assert "사자" in page.text
    assert "zoo" not in page.text.replace("zoo | lion", "")
