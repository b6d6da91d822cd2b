"""Pictures of posts: sent, seen by those who may, and gone with the post."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any  # JSON

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from PIL import Image

from madang.lib import base64url
from madang.lib.pictures import NoPicture, TooLarge
from madang.microblog import blocking, moderating, picturing, posting
from madang.microblog.models import Attachment, Post
from madang.microblog.moderating import Why
from madang.people import holdings
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.microblog.drawn import FOREIGN, SECRET, huge_png, photograph, picture, polyglots

API = "/api/v1/microblog/posts"


def say(author: Member, text: str = "눈사람", many: int = 1) -> Post:
    """A post with pictures."""
    sent = [picturing.Sent(photograph(), f" 눈사람\x07 {n} ") for n in range(many)]
    return posting.say(author=author, text=text, at=NOW, pictures=picturing.draw(sent))


def file(data: bytes, name: str = "a.jpg") -> SimpleUploadedFile:
    """As a browser sends it."""
    return SimpleUploadedFile(name, data, "image/jpeg")


def addresses(post: Post) -> list[str]:
    """Of its pictures."""
    return [row.address for row in post.attachments.all()]


def test_a_post_keeps_its_pictures_in_their_order(hana: Member) -> None:
    rows = list(say(hana, many=4).attachments.all())
    assert [(row.place, row.description) for row in rows] == [(n, f"눈사람 {n}") for n in range(4)]
    assert {(row.width, row.height, row.small) for row in rows} == {(60, 40, (60, 40))}
    assert len({row.key for row in rows}) == 4
    assert str(rows[0]) == f"{rows[0].post_id}: 눈사람 0"
    assert not any(SECRET in bytes(row.full) + bytes(row.preview) for row in rows)


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ([picturing.Sent(picture())] * 5, picturing.TooMany),
        ([picturing.Sent(picture(), "가" * 301)], picturing.TooWordy),
        ([picturing.Sent(b"<svg/>")], NoPicture),
        ([picturing.Sent(huge_png())], TooLarge),
    ],
)
def test_what_is_too_much_is_refused(
    sent: Sequence[picturing.Sent], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        picturing.draw(sent)


def test_the_table_takes_no_fifth_and_no_second_in_a_place(hana: Member) -> None:
    drawn = picturing.draw([picturing.Sent(picture())])
    with pytest.raises(IntegrityError, match="place"):
        posting.say(author=hana, text="다섯", at=NOW, pictures=drawn * 5)


@pytest.mark.django_db(transaction=True)
def test_of_a_post_that_fails_no_picture_is_left(hana: Member) -> None:
    drawn = picturing.draw([picturing.Sent(picture())])
    with pytest.raises(IntegrityError):
        posting.say(author=hana, text="다섯", at=NOW, pictures=drawn * 5)
    assert (Post.objects.count(), Attachment.objects.count()) == (0, 0)


def test_a_picture_is_sent_and_seen_without_scripts(
    enter: Enter, hana: Member, minjun: Member
) -> None:
    sent = {
        "text": "눈",
        "picture2": file(photograph(), "x.html"),
        "description2": "눈 덮인 <소나무>",
    }
    assert enter(hana).post("/microblog/", sent).status_code == 302
    [row] = Attachment.objects.all()
    shown = 'width="60" height="40" alt="눈 덮인 &lt;소나무&gt;" loading="lazy" decoding="async">'
    assert f'<img src="{row.small_address}" {shown}' in enter(minjun).get("/microblog/").text
    page = enter(minjun).get(f"/microblog/{row.post_id}/").text
    assert f'<img src="{row.address}" {shown}' in page
    for address, data in ((row.address, row.full), (row.small_address, row.preview)):
        answer = enter(minjun).get(address)
        assert (answer.status_code, answer.content) == (200, bytes(data))
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("sent", polyglots().values(), ids=polyglots())
def test_of_a_file_that_is_something_else_too_the_picture_alone_is_served(
    enter: Enter, hana: Member, sent: bytes
) -> None:
    assert sent.count(SECRET) >= 1
    told = enter(hana).post("/microblog/", {"text": "눈", "picture1": file(sent, "a.html")})
    assert told.status_code == 302
    [row] = Attachment.objects.all()
    for address in (row.address, row.small_address):
        served = enter(hana).get(address).content
        assert Image.open(io.BytesIO(served), formats=["JPEG"]).size == (60, 40)
        assert (served[:3], served[-2:]) == (b"\xff\xd8\xff", b"\xff\xd9")
        assert not [part for part in (SECRET, *FOREIGN) if part in served]


@pytest.mark.parametrize(
    ("language", "data", "sentence"),
    [
        ("ko", b"<svg/>", "읽을 수 있는 사진이 아닙니다(JPEG, PNG, WebP, GIF)."),
        ("en", b"<svg/>", "This is no picture that can be read (JPEG, PNG, WebP, GIF)."),
        ("ko", huge_png(), "사진이 너무 큽니다."),
        ("en", huge_png(), "These pictures are too large."),
    ],
)
def test_what_is_no_picture_is_told_and_nothing_is_written(
    enter: Enter, hana: Member, language: str, data: bytes, sentence: str
) -> None:
    Member.objects.filter(pk=hana.pk).update(language=language)
    answer = enter(hana).post("/microblog/", {"text": "눈", "picture1": file(data, "a.png")})
    assert (answer.status_code, sentence in answer.text, Post.objects.count()) == (422, True, 0)


def test_whoever_has_to_write_again_is_told_to_choose_again(enter: Enter, hana: Member) -> None:
    answer = enter(hana).post("/microblog/", {"text": " ", "picture1": file(picture())})
    assert (answer.status_code, "사진을 다시 골라 주세요." in answer.text) == (422, True)


def test_more_bytes_than_a_post_may_have_are_refused_unread(enter: Enter, hana: Member) -> None:
    answer = enter(hana).post(
        "/microblog/", {"text": "눈", "picture1": file(bytes(17 * 1024 * 1024))}
    )
    assert (answer.status_code, Post.objects.count()) == (413, 0)


@pytest.mark.django_db
def test_a_stranger_sends_and_sees_none(client: Client, hana: Member) -> None:
    [address] = addresses(say(hana))
    for path in (address, f"{address}small/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/people/login/")
    answer = client.post("/microblog/", {"text": "눈", "picture1": file(bytes(2 * 1024 * 1024))})
    assert (answer.status_code, Post.objects.count()) == (413, 1)


def test_what_was_taken_back_is_gone(enter: Enter, hana: Member) -> None:
    post = say(hana, many=2)
    found = addresses(post)
    posting.take_back(post=post, by=hana)
    assert Attachment.objects.count() == 0
    assert [enter(hana).get(address).status_code for address in found] == [404, 404]


def test_what_is_hidden_only_moderators_see(
    enter: Enter, hana: Member, minjun: Member, dohyun: Member
) -> None:
    post = say(hana)
    [address] = addresses(post)
    action = moderating.hide(post=post, why=Why("other"), by=dohyun, at=NOW)
    told = [enter(one).get(address).status_code for one in (hana, minjun, dohyun)]
    assert told == [404, 404, 200]
    assert f'src="{address}"' in enter(dohyun).get(f"/microblog/{post.pk}/moderate/").text
    moderating.undo(action=action, by=dohyun, at=NOW)
    assert enter(minjun).get(f"{address}small/").status_code == 200
    Post.objects.filter(pk=post.pk).update(state="deleted", text="")
    assert enter(dohyun).get(address).status_code == 404


def test_of_somebody_who_blocked_one_sees_none(enter: Enter, hana: Member, minjun: Member) -> None:
    [address] = addresses(say(hana))
    blocking.block(blocker=hana, blocked=minjun, at=NOW)
    assert enter(minjun).get(address).status_code == 404


def test_pictures_are_handed_over_and_erased(hana: Member) -> None:
    row = say(hana).attachments.get()
    told: Any = holdings.hand_over(hana)["microblog"]
    assert told["posts"][0]["pictures"] == [
        {"description": "눈사람 0", "jpeg": base64url.encode(bytes(row.full))}
    ]
    holdings.erase(member=hana, at=NOW)
    assert (Post.objects.count(), Attachment.objects.count()) == (1, 0)


def test_the_api_takes_pictures_and_tells_where_they_are(enter: Enter, hana: Member) -> None:
    sent = {"data": base64url.encode(photograph()), "description": "눈사람"}
    wanted = {"text": "눈", "pictures": [sent, {"data": base64url.encode(picture("PNG"))}]}
    answer = enter(hana).post(API, wanted, content_type="application/json")
    rows = list(Attachment.objects.all())
    assert answer.status_code == 201
    assert answer.json()["pictures"] == [
        {
            "url": row.address,
            "small_url": row.small_address,
            "width": 60,
            "height": 40,
            "description": description,
        }
        for row, description in zip(rows, ("눈사람", ""), strict=True)
    ]
    Post.objects.update(state="hidden")
    [row] = enter(hana).get(f"{API}/{answer.json()['id']}").json()["posts"]
    assert row["pictures"] == []


@pytest.mark.parametrize(
    ("pictures", "code"),
    [
        ([{"data": "!"}], "no_picture"),
        ([{"data": ""}], "no_picture"),
        ([{"data": base64url.encode(b"<svg/>")}], "no_picture"),
        ([{"data": base64url.encode(huge_png())}], "picture_too_large"),
        ([{"data": ""}] * 5, "invalid"),
        ([{"data": "", "description": "가" * 301}], "invalid"),
        ([{"data": "", "name": "x"}], "invalid"),
    ],
)
def test_the_api_refuses_what_is_none(
    enter: Enter, hana: Member, pictures: object, code: str
) -> None:
    wanted = {"text": "눈", "pictures": pictures}
    answer = enter(hana).post(API, wanted, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert Post.objects.count() == 0
