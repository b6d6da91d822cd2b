"""The pages of the microblog, and what they cost."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.microblog import following, liking, posting
from madang.microblog.models import Follow, Like, Post
from madang.people.models import Member
from tests.cast import NOW, Enter

PART = {"hx-request": "true"}
"""What htmx says when it asks."""


@pytest.fixture
def post(hana: Member) -> Post:
    """Something Hana said."""
    return posting.say(author=hana, text="첫 이야기 #마당 @minjun https://a.example/", at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "home/", "tag/마당/", "members/hana/", "1/", "1/take-back/"])
def test_a_stranger_is_asked_to_sign_in(client: Client, path: str) -> None:
    answer = client.get(f"/microblog/{path}")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/people/login/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["", "1/", "1/like/", "1/repost/", "1/take-back/", "members/hana/follow/"]
)
def test_a_stranger_changes_nothing(client: Client, path: str) -> None:
    assert client.post(f"/microblog/{path}", {"text": "x"}).status_code == 302
    assert Post.objects.count() == 0


def test_what_is_said_is_seen_by_others(enter: Enter, hana: Member, minjun: Member) -> None:
    answer = enter(hana).post("/microblog/", {"text": "눈이 와요 <b>#눈</b>"})
    assert (answer.status_code, answer["Location"]) == (302, "/microblog/")
    for path in ("", "tag/눈/", "members/hana/"):
        page = enter(minjun).get(f"/microblog/{path}").text
        assert '눈이 와요 &lt;b&gt;<a href="/microblog/tag/%EB%88%88/">#눈</a>&lt;/b&gt;' in page
    assert "눈이 와요" not in enter(minjun).get("/microblog/home/").text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("ko", "무언가를 적어 주세요."), ("en", "Please write something.")],
)
def test_nothing_said_is_told(enter: Enter, hana: Member, language: str, sentence: str) -> None:
    Member.objects.filter(pk=hana.pk).update(language=language)
    answer = enter(hana).post("/microblog/", {"text": "\x07 \n"})
    assert (answer.status_code, sentence in answer.text, Post.objects.count()) == (422, True, 0)


@pytest.mark.parametrize("text", ["가" * 501, ""])
def test_a_reply_that_is_none_shows_the_thread_again(
    enter: Enter, minjun: Member, post: Post, text: str
) -> None:
    answer = enter(minjun).post(f"/microblog/{post.pk}/", {"text": text})
    assert (answer.status_code, "첫 이야기" in answer.text, Post.objects.count()) == (422, True, 1)


def test_an_answer_to_what_was_taken_back_is_told(
    enter: Enter, hana: Member, minjun: Member, post: Post
) -> None:
    posting.take_back(post=post, by=hana)
    answer = enter(minjun).post(f"/microblog/{post.pk}/", {"text": "네"})
    assert (answer.status_code, Post.objects.count()) == (409, 1)
    assert "답하려던 글을 조금 전에 글쓴이가 거두었습니다." in answer.text


def test_a_heart_is_pressed_with_and_without_scripts(
    enter: Enter, minjun: Member, post: Post
) -> None:
    client = enter(minjun)
    path = f"/microblog/{post.pk}/like/"
    answer = client.post(path, {"like": "yes", "next": "/microblog/home/"})
    assert (answer.status_code, answer["Location"]) == (302, f"/microblog/home/#p{post.pk}")
    part = client.post(path, {"like": "yes"}, headers={"hx-request": "true"})
    assert 'aria-pressed="true"' in part.text
    assert "<html" not in part.text
    assert list(post.likers.all()) == [minjun]
    answer = client.post(path, {"like": "no", "next": "https://elsewhere.example/"})
    assert answer["Location"] == f"/microblog/#p{post.pk}"
    assert Like.objects.count() == 0


def test_only_the_author_takes_back(enter: Enter, hana: Member, minjun: Member, post: Post) -> None:
    path = f"/microblog/{post.pk}/take-back/"
    assert [enter(minjun).get(path).status_code, enter(minjun).post(path).status_code] == [404, 404]
    assert "첫 이야기" in enter(hana).get(path).text
    assert enter(hana).post(path).status_code == 302
    page = enter(minjun).get(f"/microblog/{post.pk}/").text
    assert ("첫 이야기" in page, "글쓴이가 거둔 글입니다." in page) == (False, True)


def test_a_member_is_followed_from_the_page(enter: Enter, hana: Member, minjun: Member) -> None:
    client = enter(minjun)
    assert client.post("/microblog/members/hana/follow/", {"follow": "yes"}).status_code == 302
    assert client.post("/microblog/members/minjun/follow/").status_code == 302
    assert "팔로워 1명" in client.get("/microblog/members/hana/").text
    assert [(row.follower, row.followed) for row in Follow.objects.all()] == [(minjun, hana)]
    client.post("/microblog/members/hana/follow/", {"follow": "no"})
    assert Follow.objects.count() == 0
    assert client.post("/microblog/members/nobody/follow/").status_code == 404


def test_a_timeline_that_has_not_changed_is_not_sent_again(
    enter: Enter, hana: Member, minjun: Member, post: Post
) -> None:
    client = enter(minjun)
    first = client.get("/microblog/", headers={"hx-request": "true"})
    asked = {"hx-request": "true", "if-none-match": first["ETag"]}
    again = client.get("/microblog/", headers=asked)
    assert (again.status_code, again.content) == (304, b"")
    liking.like(member=hana, post=post, at=NOW)
    assert client.get("/microblog/", headers=asked).status_code == 200


def test_a_thread_that_is_open_takes_in_new_answers_and_leaves_alone_what_is_written(
    enter: Enter, hana: Member, minjun: Member, post: Post
) -> None:
    client, path = enter(minjun), f"/microblog/{post.pk}/"
    assert f'hx-get="{path}" hx-trigger="every 20s"' in client.get(path).text
    first = client.get(path, headers=PART)
    assert (first.status_code, "HX-Request" in first["Vary"]) == (200, True)
    assert [word in first.text for word in ("첫 이야기", "<html", "<textarea")] == [
        True,
        False,
        False,
    ]
    asked = {**PART, "if-none-match": first["ETag"]}
    assert client.get(path, headers=asked).status_code == 304
    answer = posting.say(author=hana, text="방금 답", at=NOW, parent=post)
    assert "방금 답" in client.get(path, headers=asked).text
    posting.take_back(post=answer, by=hana)
    assert "방금 답" not in client.get(path, headers=asked).text


def test_a_refused_answer_is_a_page_also_to_htmx(enter: Enter, minjun: Member, post: Post) -> None:
    answer = enter(minjun).post(f"/microblog/{post.pk}/", {"text": ""}, headers=PART)
    assert (answer.status_code, "<textarea" in answer.text) == (422, True)


@pytest.mark.django_db
def test_a_stranger_gets_no_part_of_a_thread(client: Client, post: Post) -> None:
    answer = client.get(f"/microblog/{post.pk}/", headers=PART)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/people/login/")


@pytest.mark.parametrize(("path", "expected"), [("", 5), ("{post}/", 6)])
def test_a_part_costs_less_than_its_page(
    enter: Enter, hana: Member, minjun: Member, post: Post, path: str, expected: int
) -> None:
    client, costs = enter(minjun), []
    for _rows in (1, 3):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/microblog/{path.format(post=post.pk)}", headers=PART)
        costs.append(len(queries))
        for _more in range(2):
            posting.say(author=hana, text="더", at=NOW)
            posting.say(author=hana, text="답", at=NOW, parent=post)
    assert costs == [expected, expected]


@pytest.mark.parametrize("before", ["x", "-1", "1" * 20, str(2**63), "１"])
def test_a_cursor_that_is_none_is_refused(enter: Enter, hana: Member, before: str) -> None:
    assert enter(hana).get("/microblog/", {"before": before}).status_code == 400


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", 6), ("home/", 9), ("tag/마당/", 5), ("members/hana/", 14), ("{post}/", 7)],
)
def test_a_page_costs_the_same_with_one_row_and_with_three(
    enter: Enter, hana: Member, minjun: Member, post: Post, path: str, expected: int
) -> None:
    client = enter(minjun)
    following.follow(follower=minjun, followed=hana, at=NOW)
    costs = []
    for _rows in (1, 3):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/microblog/{path.format(post=post.pk)}").status_code == 200
        costs.append(len(queries))
        for _more in range(2):
            more = posting.say(author=hana, text="더 #마당", at=NOW)
            posting.say(author=hana, text="답", at=NOW, parent=post)
            liking.like(member=minjun, post=more, at=NOW)
    assert costs == [expected, expected]
