"""The microblog as JSON."""

from __future__ import annotations

import pytest
from django.test import Client

from madang.microblog import posting
from madang.microblog.models import Follow, Post
from madang.people.models import Member
from tests.cast import NOW, Enter

BASE = "/api/v1/microblog"
JSON = "application/json"


def say(client: Client, **body: object) -> tuple[int, dict[str, object]]:
    answer = client.post(f"{BASE}/posts", body, content_type=JSON)
    return answer.status_code, answer.json()


def test_a_post_and_its_answer(enter: Enter, hana: Member, minjun: Member) -> None:
    status, opener = say(enter(hana), text="안녕 #마당")
    assert status == 201
    shown = {name: value for name, value in opener.items() if name not in {"id", "said_at"}}
    assert shown == {
        "author": "hana",
        "voice": None,
        "text": "안녕 #마당",
        "state": "visible",
        "thread": opener["id"],
        "parent": None,
        "likes": 0,
        "reposts": 0,
        "answers": 0,
        "is_liked": False,
        "is_reposted": False,
        "reposted_by": None,
        "pictures": [],
    }
    status, answer = say(enter(minjun), text="반가워요", parent=opener["id"])
    assert (status, answer["thread"], answer["parent"]) == (201, opener["id"], opener["id"])
    thread = enter(hana).get(f"{BASE}/posts/{answer['id']}").json()["posts"]
    assert [(post["text"], post["answers"]) for post in thread] == [
        ("안녕 #마당", 1),
        ("반가워요", 0),
    ]


def test_timelines_go_on_by_their_cursor(enter: Enter, hana: Member, minjun: Member) -> None:
    for n in range(3):
        posting.say(author=hana, text=f"{n} #Tag", at=NOW)
    for line in ("local", "tag/TAG"):
        first = enter(minjun).get(f"{BASE}/timelines/{line}", {"limit": 2}).json()
        rest = (
            enter(minjun)
            .get(f"{BASE}/timelines/{line}", {"limit": 2, "before": first["before"]})
            .json()
        )
        found = [post["id"] for post in first["posts"] + rest["posts"]]
        assert found == [str(post.pk) for post in Post.objects.order_by("-pk")]
        assert rest["before"] is None
    assert enter(minjun).get(f"{BASE}/timelines/home").json() == {"posts": [], "before": None}
    enter(minjun).put(f"{BASE}/members/hana/follow")
    assert len(enter(minjun).get(f"{BASE}/timelines/home").json()["posts"]) == 3


def test_likes_and_follows_are_once(enter: Enter, hana: Member, minjun: Member) -> None:
    post = posting.say(author=hana, text="하나", at=NOW)
    path = f"{BASE}/posts/{post.pk}/like"
    for method, expected in (("put", 1), ("put", 1), ("delete", 0), ("delete", 0)):
        answer = getattr(enter(minjun), method)(path)
        told = answer.json()
        assert (answer.status_code, told["likes"], told["is_liked"]) == (
            200,
            expected,
            bool(expected),
        )
    follow = f"{BASE}/members/hana/follow"
    told = [enter(minjun).put(follow).json() for _ in range(2)]
    assert (told, Follow.objects.count()) == ([{"handle": "hana", "is_followed": True}] * 2, 1)
    told = [enter(minjun).delete(follow).json() for _ in range(2)]
    assert (told, Follow.objects.count()) == ([{"handle": "hana", "is_followed": False}] * 2, 0)
    assert enter(hana).put(follow).json()["code"] == "oneself"


def test_taking_back(enter: Enter, hana: Member, minjun: Member) -> None:
    post = posting.say(author=hana, text="하나", at=NOW)
    path = f"{BASE}/posts/{post.pk}"
    assert enter(minjun).delete(path).json()["code"] == "not_yours"
    assert [enter(hana).delete(path).status_code for _ in range(2)] == [200, 404]
    [row] = enter(minjun).get(path).json()["posts"]
    assert ("author" in row, row["text"]) == (False, None)
    assert enter(minjun).put(f"{path}/like").json()["code"] == "post_gone"
    assert say(enter(minjun), text="네?", parent=str(post.pk))[1]["code"] == "post_gone"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": ""}, 422, "invalid"),
        ({"text": "\x07"}, 422, "nothing_said"),
        ({"text": "가" * 501}, 422, "invalid"),
        ({"text": 7}, 422, "invalid"),
        ({"text": "x", "author": "hana"}, 422, "invalid"),
        ({"text": "x", "parent": "9" * 19}, 404, "not_found"),
        ({"text": "x", "parent": "1"}, 404, "not_found"),
        ({"text": "x", "parent": "-1"}, 422, "invalid"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_written(
    enter: Enter, hana: Member, body: dict[str, object], status: int, code: str
) -> None:
    found = say(enter(hana), **body)
    assert (found[0], found[1]["code"], Post.objects.count()) == (status, code, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["timelines/local", "timelines/home", "timelines/tag/x", "posts/1"]
)
def test_a_stranger_reads_nothing(client: Client, path: str) -> None:
    answer = client.get(f"{BASE}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
