"""Taking passes, signed in, and those that come back, from the list that everybody fetches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any  # JSON
from urllib.parse import urlsplit

from madang.lib import base64url
from madang.microblog.client import keys
from madang.microblog.client.connecting import Refusal, Session, ask
from madang.microblog.client.purse import Purse, finish

AHEAD = 4
LOGIN, SECOND, LOGOUT = "/people/login/", "/people/2fa/authenticate/", "/people/logout/"


def sign_in(site: str, handle: str, password: str, code: Callable[[], str]) -> Session:
    """By the ordinary form; `code` is asked for the second step where there is one.

    Raises `Refusal`: `password`, `code` or `too_often`.
    """
    session = Session(site)
    answer = session.send(LOGIN, login=handle, password=password)
    if _path(answer.location) == SECOND:
        answer = session.send(SECOND, code=code())
        if answer.status == 422:
            raise Refusal("code")
    if answer.status == 429:
        raise Refusal("too_often")
    if answer.status == 422:
        raise Refusal("password")
    if answer.status != 302 or _path(answer.location).startswith("/people/2fa"):
        raise Refusal("no_answer")
    return session


def _path(location: str) -> str:
    return urlsplit(location).path


def enrol(purse: Purse, open_session: Callable[[], Session]) -> int:
    """Passes for the coming epochs that are not in the purse yet; how many came.

    After a restoration by phrase also for the epoch that lasts, whose requests are the same as
    before. They are written down before anybody signs in, and the session ends with the last
    answer. Raises `Refusal`.
    """
    site, kept = purse.kept["site"], purse.kept
    found = keys.look(site, kept["seen"])
    now = int(time.time())
    is_again = kept.pop("isRestored", False)
    for key in [each for each in found.keys if is_again or each.begins > now][: AHEAD + is_again]:
        if str(key.number) not in kept["epochs"]:
            asked = [purse.request(key.spki, found.challenge, n) for n in range(found.passes)]
            kept["epochs"][str(key.number)] = {
                "key": base64url.encode(key.spki),
                "from": key.begins,
                "until": key.ends,
                "pending": asked,
                "passes": [],
            }
    for number in [each for each, row in kept["epochs"].items() if row["until"] < now]:
        del kept["epochs"][number]
    wanted = [row for row in kept["epochs"].values() if row["pending"]]
    purse.save()
    if not wanted:
        return 0
    session = open_session()
    kept["enrolled_at"] = now
    try:
        return sum(_issue(purse, session, row) for row in wanted)
    finally:
        session.send(LOGOUT)


def _issue(purse: Purse, session: Session, row: dict[str, Any]) -> int:
    body = [each["request"] for each in row["pending"]]
    answer = session.send_json("/anon/issue", body, token=session.read(LOGOUT))
    if answer.status != 200 and answer.refusal().code in {"too_late", "already_enrolled"}:
        row["pending"], row["isElsewhere"] = [], True
        purse.save()
        return 0
    if answer.status != 200:
        raise answer.refusal()
    spki, given = base64url.decode(row["key"]), answer.json()
    if not isinstance(given, list) or len(given) != len(body):
        raise Refusal("bad_answer")
    row["passes"] = [finish(spki, *pair) for pair in zip(row["pending"], given, strict=True)]
    row["pending"] = []
    purse.save()
    return len(given)


def renew(purse: Purse) -> int:
    """Put the passes that came back into the purse; how many did. Raises `Refusal`."""
    answer = ask(f"{purse.kept['site']}/anon/renewals")
    if answer.status != 200:
        raise Refusal("no_answer")
    answers = {pair["request"]: pair["answer"] for pair in answer.field("renewals")}
    count = 0
    for sent in purse.kept["sent"]:
        row = purse.kept["epochs"].get(sent["epoch"])
        if "renewal" not in sent:
            continue
        given = answers.get(sent["renewal"]["request"])
        if given and row:
            row["passes"].append(finish(base64url.decode(row["key"]), sent["renewal"], given))
            count += 1
        if given or not row:
            del sent["renewal"]
    purse.save()
    return count
