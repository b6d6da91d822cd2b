"""Blocking by hand: until it is lifted, for a reason that is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from madang.library import blocking, lending, standing
from madang.library.models import Suspension
from madang.people.models import Member
from tests.cast import NOW, Enter
from tests.shelf import Shelf

pytestmark = pytest.mark.usefixtures("now")


def press(client: Client, path: str, **fields: object) -> list[str]:
    """What is said after a button was pressed."""
    answer = client.post(path, fields, follow=True)
    assert answer.status_code == 200
    return [str(each) for each in get_messages(answer.wsgi_request)]


def test_who_is_blocked_borrows_nothing_until_it_is_lifted(shelf: Shelf, hana: Member) -> None:
    patron, item = shelf.patron(hana), shelf.item()
    row = blocking.block(patron=patron, reason="r" * 100, at=NOW)
    assert blocking.block(patron=patron, reason="again", at=NOW + timedelta(days=9)) == row
    with pytest.raises(standing.Suspended) as refused:
        lending.check_out(item=item, patron=patron, at=NOW)
    assert (refused.value.rule, refused.value.until) == ("r" * 80, None)
    assert [blocking.lift(suspension=row, at=NOW) for _again in range(2)] == [True, False]
    lending.check_out(item=item, patron=patron, at=NOW)
    assert blocking.block(patron=patron, reason="new", at=NOW) != row


def test_a_librarian_suspends_and_lifts(
    shelf: Shelf, sujin: Member, hana: Member, enter: Enter
) -> None:
    page, desk = f"/library/desk/patrons/{shelf.patron(hana).pk}/", enter(sujin)
    assert press(desk, f"{page}block/", reason=" ") == ["까닭을 적어 주세요. 이용자가 읽습니다."]
    assert press(desk, f"{page}block/", reason="책에 낙서") == [
        "풀어 줄 때까지 이 이용자에게 빌려드리지 않습니다."
    ]
    row = Suspension.objects.get()
    lift = f"/library/desk/suspensions/{row.pk}/lift/"
    text = desk.get(page).content.decode()
    assert "책에 낙서" in text
    assert lift in text
    assert f"{page}block/" not in text
    assert press(desk, lift) == ["정지를 풀었습니다."]
    assert press(desk, lift) == []
    assert f"{page}block/" in desk.get(page).content.decode()


@pytest.mark.parametrize("name", ["block", "lift"])
def test_only_librarians_suspend(
    shelf: Shelf, hana: Member, client: Client, enter: Enter, name: str
) -> None:
    row = blocking.block(patron=shelf.patron(hana), reason="x", at=NOW)
    paths = {
        "block": f"/library/desk/patrons/{row.patron_id}/block/",
        "lift": f"/library/desk/suspensions/{row.pk}/lift/",
    }
    assert client.post(paths[name])["Location"].startswith("/people/login/")
    assert enter(hana).post(paths[name]).status_code == 403
    row.refresh_from_db()
    assert row.lifted_at is None
