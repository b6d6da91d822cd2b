"""The page without names: who may see it, how many it hides, and why it is closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.microblog import epochs, posting
from madang.microblog.models import AnonEpoch, Enrolment, Post, ThreadKey
from madang.people.models import Member
from tests.cast import NOW, Enter

PAGE = "/microblog/anonymous/"
LIMITS = "/microblog/anonymous/limits/"

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def _open(settings: pytest.FixtureRequest, db: None) -> None:
    settings.ANON_ORIGIN = "https://anon.example.org"  # type: ignore[attr-defined]
    settings.ANON_FLOOR = 2  # type: ignore[attr-defined]
    epochs.prepare(NOW)


def enrol(*members: Member) -> None:
    """As if they had passes for the epoch that lasts."""
    epoch = AnonEpoch.objects.live(NOW)[0]
    for member in members:
        Enrolment.objects.create(member=member, epoch=epoch, digest="0" * 64)


@pytest.mark.usefixtures("_open")
def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    for page in (PAGE, LIMITS):
        assert client.get(page)["Location"] == f"/people/login/?next={page}"


def test_without_an_origin_there_is_no_such_page_and_no_link(hana: Member, enter: Enter) -> None:
    browser = enter(hana)
    assert [browser.get(page).status_code for page in (PAGE, LIMITS)] == [404, 404]
    assert PAGE not in browser.get("/microblog/").content.decode()
    assert PAGE not in browser.get("/").content.decode()


@pytest.mark.usefixtures("_open")
def test_with_one_the_timeline_leads_there(hana: Member, enter: Enter) -> None:
    browser = enter(hana)
    assert f'href="{PAGE}"' in browser.get("/microblog/").content.decode()
    assert f'href="{PAGE}"' in browser.get("/").content.decode()
    said = posting.say(author=hana, text="누구?", at=NOW)
    answer = f"{PAGE}{said.pk}/"
    assert f'href="{answer}"' in browser.get(f"/microblog/{said.pk}/").content.decode()
    assert "누구?" in browser.get(answer).content.decode()
    posting.take_back(post=said, by=hana)
    assert browser.get(answer).status_code == 404


@pytest.mark.usefixtures("_open")
def test_it_tells_how_many_hide_there_and_why_it_is_closed(
    hana: Member, minjun: Member, enter: Enter, settings: pytest.FixtureRequest
) -> None:
    browser = enter(hana)
    page = browser.get(PAGE).content.decode()
    assert "패스를 가진 회원이 0명" in page
    assert "2명보다 적어 아무도 숨을 수 없습니다." in page
    enrol(hana, minjun)
    page = browser.get(PAGE).content.decode()
    assert "패스를 가진 회원이 2명" in page
    assert "data-closed" not in page
    settings.ANON_RENEWAL = timedelta(days=8)  # type: ignore[attr-defined]
    page = browser.get(PAGE).content.decode()
    assert "아무도 두 배로 쓰지 못하게" in page
    assert "data-closed" in page


@pytest.mark.usefixtures("_open")
def test_it_asks_the_same_whoever_hides_there(hana: Member, minjun: Member, enter: Enter) -> None:
    browser, counts = enter(hana), []
    for members in ((), (hana,), (minjun,)):
        enrol(*members)
        browser.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            browser.get(PAGE)
        counts.append(len(queries))
    assert counts == [counts[0]] * 3


@pytest.mark.usefixtures("_open")
def test_a_post_without_a_name_shows_no_author_anywhere(hana: Member, enter: Enter) -> None:
    opener = Post(text="아무도 모르게", said_at=NOW)
    voice = ThreadKey(thread_id=opener.pk, key=bytes(32), number=0)
    voice.save()
    opener.thread_key = voice
    opener.save(force_insert=True)
    browser = enter(hana)
    for page in ("/microblog/", f"/microblog/{opener.pk}/"):
        shown = browser.get(page).content.decode()
        assert "글쓴이" in shown
        assert "take-back" not in shown
    told = browser.get(f"/api/v1/microblog/posts/{opener.pk}").json()["posts"][0]
    assert ("author" in told, told["voice"], told["text"]) == (False, 0, "아무도 모르게")
    assert browser.post(f"/microblog/{opener.pk}/take-back/").status_code == 404
