"""What the village says: a few threads, likes, and who follows whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from madang.demo import drawings
from madang.microblog import following, liking, picturing, posting, reporting, reposting
from madang.microblog.models import Post
from madang.people.models import Member

SAID = [
    (
        "gwanu",
        "마당이 열렸습니다. 예약도 하고 이야기도 나눠 보세요. #마당 #안내",
        "The courtyard is open. Book a time, and say what you like. #madang #news",
        ["hana", "minjun", "sujin", "emma", "seoyun"],
    ),
    (
        "sujin",
        "새 책이 스무 권 들어왔어요. 신청하신 분들께 곧 알려 드릴게요. #도서",
        "Twenty new books have come in. Those who asked for one will hear soon. #books",
        ["hana", "minjun"],
    ),
    (
        "emma",
        "한국에서 처음 맞는 첫눈이에요! 마당 소나무에 눈이 앉았네요. #첫눈",
        "My first first snow in Korea! The pine in the courtyard is wearing white. #snow",
        ["hana", "minjun", "jiho", "dohyun", "seoyun", "sujin"],
    ),
    (
        "minjun",
        "토요일 아침에 같이 걸으실 분 있나요? 아홉 시에 정자 앞에서 만나요. #걷기",
        "Anybody for a walk on Saturday morning? Nine o’clock at the pavilion. #walk",
        ["hana"],
    ),
]
ANSWERS = [
    (
        2,
        "hana",
        "사진 찍어 주세요! 저는 이제야 일어났어요.",
        "Do take a picture! I only got up just now.",
    ),
    (
        2,
        "emma",
        "찍었어요. 도서관 게시판에 붙여 둘게요.",
        "Done. It will be on the library’s board.",
    ),
    (3, "hana", "저요! @emma 님도 같이 가요.", "Me! @emma, come along."),
    (3, "jiho", "걷기는 언제나 좋은 처방입니다.", "A walk is always a good prescription."),
]
FOLLOWS = [("hana", "emma"), ("hana", "minjun"), ("minjun", "hana"), ("emma", "hana")]
FOLLOWS += [("emma", "sujin"), ("sujin", "gwanu")]
SHOWN = {
    1: [(drawings.books, "새 책이 꽂힌 책꽂이 두 칸", "Two shelves of new books")],
    2: [
        (drawings.snow, "눈을 인 마당의 소나무", "The pine in the courtyard under snow"),
        (drawings.pavilion, "해 뜰 무렵의 정자", "The pavilion at sunrise"),
    ],
    3: [(drawings.pavilion, "해 뜰 무렵의 정자", "The pavilion at sunrise")],
}
"""Which pictures each thread begins with, and what can be seen on them."""
PASSED_ON = [("emma", 0), ("minjun", 2), ("sujin", 2)]
"""Who passes on which thread."""


def build(*, members: Mapping[str, Member], at: datetime, language: str) -> None:
    """Threads of the last day, oldest first."""
    threads: list[Post] = []
    for n, (handle, korean, english, likers) in enumerate(SAID):
        text = korean if language == "ko" else english
        moment = at - timedelta(hours=3 * (len(SAID) - n), minutes=7 * n)
        sent = [
            picturing.Sent(drawn(), seen if language == "ko" else described)
            for drawn, seen, described in SHOWN.get(n, [])
        ]
        pictures = picturing.draw(sent)
        post = posting.say(author=members[handle], text=text, at=moment, pictures=pictures)
        for liker in likers:
            liking.like(member=members[liker], post=post, at=moment)
        threads.append(post)
    for n, (number, handle, korean, english) in enumerate(ANSWERS):
        text = korean if language == "ko" else english
        moment = at - timedelta(minutes=50 - 9 * n)
        parent = threads[number]
        posting.say(author=members[handle], text=text, at=moment, parent=parent)
    for handle, number in PASSED_ON:
        reposting.repost(member=members[handle], post=threads[number], at=at)
    reporting.report(
        post=threads[3],
        reporter=members["jiho"],
        reason="other",
        note="정자는 공사 중입니다" if language == "ko" else "The pavilion is being mended",
        at=at,
    )
    for follower, followed in FOLLOWS:
        following.follow(follower=members[follower], followed=members[followed], at=at)
