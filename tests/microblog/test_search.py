"""Finding posts by any part of what they say."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madang.lib.folding import fold
from madang.microblog import blocking, moderating, posting, search
from madang.microblog.models import Post, PostEntry
from madang.people import holdings
from madang.people.models import Member
from tests.cast import NOW, Enter

SIGNS = "가각한국사람봄녀大韓aBzÉß019%_'\"\\#*-· "


def found(text: str) -> list[str]:
    return [post.text for post in search.find(text).order_by("pk")]


@pytest.fixture
def said(hana: Member) -> list[Post]:
    """What Hana said about books and snow."""
    texts = ("도서관에 새 책이 왔어요 #도서", "마당 소나무에 눈이 왔어요", "Café 100% 大韓民國")
    return [posting.say(author=hana, text=text, at=NOW) for text in texts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("서관", [0]),
        ("눈이왔", [1]),
        ("왔어요", [0, 1]),
        ("왔어요 소나무", [1]),
        ('"새책이 왔"', [0]),
        ("왔 책", [0]),
        ("#도서", [0]),
        ("CAFE", [2]),
        ("대한민국", [2]),
        ("100%", [2]),
        ("눈 사람", []),
        ("", []),
        ("!? …", []),
        ("눈이 " + "가" * 300, []),
    ],
)
def test_all_words_are_found_inside_words_and_over_spaces(
    said: list[Post], text: str, expected: list[int]
) -> None:
    assert [post.pk for post in search.find(text).order_by("pk")] == sorted(
        said[n].pk for n in expected
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), text=st.text(SIGNS, min_size=2, max_size=30))
def test_every_part_of_a_post_from_two_signs_on_finds_it(
    data: st.DataObject, hana: Member, text: str
) -> None:
    if not text.strip():
        return
    post = posting.say(author=hana, text=text, at=NOW)
    start = data.draw(st.integers(0, len(text) - 2))
    part = text[start : data.draw(st.integers(start + 2, len(text)))]
    for asked in (part, part.replace(" ", "")):
        assert not fold(asked) or post in search.find(asked)


def test_what_is_taken_back_hidden_or_erased_is_not_found(
    said: list[Post], hana: Member, dohyun: Member
) -> None:
    posting.take_back(post=said[0], by=hana)
    action = moderating.hide(post=said[1], why=moderating.Why("other"), by=dohyun, at=NOW)
    assert (found("왔어요"), PostEntry.objects.count()) == ([], 2)
    moderating.undo(action=action, by=dohyun, at=NOW)
    assert found("왔어요") == [said[1].text]
    assert str(PostEntry.objects.get(post=said[1])) == fold(said[1].text)
    holdings.erase(member=hana, at=NOW)
    assert PostEntry.objects.count() == 0
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM microblog_grams")
            assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_the_migration_indexes_the_posts_that_are_there(
    hana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        posting.say(author=hana, text=f"눈이 {n}번 왔어요", at=NOW)
    gone = posting.say(author=hana, text="눈이 녹았어요", at=NOW)
    posting.take_back(post=gone, by=hana)
    migration = import_module("madang.microblog.migrations.0007_search")
    monkeypatch.setattr(migration, "BATCH", 2)
    PostEntry.objects.all().delete()
    with connection.schema_editor() as editor:
        migration.drop(apps, editor)
        if connection.vendor == "postgresql":
            editor.execute("ALTER TABLE microblog_postentry DROP COLUMN grams")
        migration.create(apps, editor)
    assert (len(found("눈이")), PostEntry.objects.count()) == (3, 3)


def test_on_the_page_and_over_the_api_page_by_page(
    enter: Enter, said: list[Post], minjun: Member
) -> None:
    client = enter(minjun)
    page = client.get("/microblog/search/", {"q": "왔어요"}).text
    assert [text in page for text in ("새 책이 왔어요", "눈이 왔어요", "Café")] == [
        True,
        True,
        False,
    ]
    path = "/api/v1/microblog/search"
    first = client.get(f"{path}?q=왔어요&limit=1").json()
    rest = client.get(f"{path}?q=왔어요&limit=1&before={first['before']}").json()
    ids = [post["id"] for post in first["posts"] + rest["posts"]]
    assert ids == sorted((str(post.pk) for post in said[:2]), reverse=True)
    assert (rest["before"], client.get(path, {"q": ""}).status_code) == (None, 422)


def test_the_page_goes_on_with_its_question(enter: Enter, hana: Member, minjun: Member) -> None:
    for n in range(21):
        posting.say(author=hana, text=f"눈이 {n}번 왔어요", at=NOW)
    client = enter(minjun)
    page = client.get("/microblog/search/", {"q": "눈이 왔"}).text
    older = Post.objects.order_by("pk")[1].pk
    address = f"/microblog/search/?q=%EB%88%88%EC%9D%B4%20%EC%99%94&amp;before={older}"
    assert f'href="{address}"' in page
    rest = client.get(address.replace("&amp;", "&")).text
    assert rest.count('<article class="post"') == 1


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "두 글자부터 낱말의 어느 부분으로든 찾을 수 있습니다."),
        ("없는말", "그런 이야기는 없습니다."),
    ],
)
def test_nothing_found_is_told(enter: Enter, hana: Member, query: str, sentence: str) -> None:
    assert sentence in enter(hana).get("/microblog/search/", {"q": query}).text


def test_what_a_muted_or_blocked_member_says_is_not_found(
    enter: Enter, said: list[Post], hana: Member, minjun: Member, emma: Member
) -> None:
    blocking.mute(muter=minjun, muted=hana, at=NOW)
    blocking.block(blocker=hana, blocked=emma, at=NOW)
    for reader in (minjun, emma):
        told = enter(reader).get("/api/v1/microblog/search", {"q": "왔어요"}).json()
        assert told == {"posts": [], "before": None}


@pytest.mark.django_db
def test_a_stranger_finds_nothing(client: Client) -> None:
    assert client.get("/microblog/search/").status_code == 302
    assert client.get("/api/v1/microblog/search?q=x").status_code == 401


@pytest.mark.parametrize("rows", [1, 3])
def test_a_search_costs_the_same_however_much_is_found(
    enter: Enter, hana: Member, minjun: Member, rows: int
) -> None:
    for _more in range(rows):
        posting.say(author=hana, text="눈이 왔어요", at=NOW)
    client = enter(minjun)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/microblog/search/?q=눈이").status_code == 200
    assert len(queries) == 6
