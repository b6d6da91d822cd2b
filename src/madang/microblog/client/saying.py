"""Saying something with a pass, asking what became of it, and taking it back."""

from __future__ import annotations

import secrets
import time
import unicodedata
from dataclasses import dataclass
from typing import Any  # JSON

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from madang.lib import base64url, passes
from madang.microblog.client import keys
from madang.microblog.client.connecting import Refusal, ask
from madang.microblog.client.purse import Purse, kept_request

WAITS = {"tick": "tick", "hour": "hour", "six": "six_hours"}
"""How long a post may be held, as the command says it and as the origin hears it."""
UNDECIDED = {"new", "again", "held"}
USED_UP = {"already_spent", "bad_pass", "too_late"}
"""Refusals after which the pass is of no use; after others it goes back into the purse."""
PAUSE = 60 * 60
"""Seconds between signing in and speaking: who watches the lines would see both come from here."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be said: `thread` is the id of the post that opened it, `parent` what it answers.

    Both are empty for a new thread.
    """

    text: str
    wait: str
    thread: str = ""
    parent: str = ""


def current(purse: Purse) -> dict[str, Any] | None:
    """The epoch that lasts now, with its number, as far as this purse has it."""
    now = time.time()
    for number, row in purse.kept["epochs"].items():
        if row["from"] <= now < row["until"]:
            return {"number": number, **row}
    return None


def say(purse: Purse, wish: Wish, *, is_forced: bool = False) -> dict[str, Any]:
    """Take a pass out of the purse, write down what is said with it, then send it.

    Raises `Refusal`: `too_soon` within `PAUSE` of enrolling unless `is_forced`, `no_pass`, what the
    origin answers, or `no_answer`, after which `look` sends it again, with the same pass.
    """
    kept = purse.kept
    if not is_forced and time.time() < kept.get("enrolled_at", 0) + PAUSE:
        raise Refusal("too_soon")
    found, epoch = keys.look(kept["site"], kept["seen"]), current(purse)
    if epoch is None or not epoch["passes"]:
        raise Refusal("no_pass")
    token, spki = epoch["passes"][0], base64url.decode(epoch["key"])
    renewal = kept_request(passes.ask(passes.public_key(spki), found.challenge))
    fresh = base64url.encode(secrets.token_bytes(16))
    label = kept["threads"].get(wish.thread, wish.thread) or fresh
    nonce = base64url.encode(passes.read(base64url.decode(token)).nonce)
    sent = {
        "token": token,
        "nonce": nonce,
        "body": _body(purse.voice(label), nonce, wish, renewal["request"]),
        "origin": found.origin,
        "label": label,
        "renewal": renewal,
        "epoch": epoch["number"],
        "thread": wish.thread or None,
        "state": "new",
    }
    kept["epochs"][epoch["number"]]["passes"].remove(token)
    kept["sent"].insert(0, sent)
    purse.save()
    try:
        _deliver(sent)
    except Refusal as refusal:
        if refusal.is_final:
            kept["sent"].remove(sent)
            _give_back(purse, sent, refusal)
        raise
    finally:
        purse.save()
    return sent


def _body(voice: Ed25519PrivateKey, nonce: str, wish: Wish, renewal: str) -> dict[str, Any]:
    """The JSON of a post; the thread's key signs six lines, the last of which may go on."""
    text = unicodedata.normalize("NFC", wish.text).strip()
    lines = ["madang anonymous post v1", nonce, wish.parent, wish.wait, renewal, text]
    return {
        "text": text,
        "parent": wish.parent or None,
        "wait": wish.wait,
        "key": base64url.encode(voice.public_key().public_bytes_raw()),
        "signature": base64url.encode(voice.sign("\n".join(lines).encode())),
        "renewal": renewal,
    }


def _give_back(purse: Purse, sent: dict[str, Any], refusal: Refusal) -> None:
    row = purse.kept["epochs"].get(sent["epoch"])
    if row and refusal.code not in USED_UP:
        row["passes"].insert(0, sent["token"])


def _deliver(sent: dict[str, Any]) -> None:
    """Send it, for the first time or again, always with the same pass and the same words."""
    address = f"{sent['origin']}/anon/posts"
    answer = ask(address, method="POST", body=sent["body"], token=sent["token"])
    if answer.status == 202:
        sent["state"], sent["by"] = "held", answer.field("written_by")
        return
    refusal = answer.refusal()
    if refusal.code == "already_spent" and sent["state"] != "new":
        sent["state"] = "written"  # by an answer that did not arrive
        return
    raise refusal


def look(purse: Purse) -> None:
    """Ask what became of everything that is not known to be written; send again what was lost.

    Raises `Refusal` where nobody answers.
    """
    try:
        for sent in [each for each in purse.kept["sent"] if each["state"] in UNDECIDED]:
            _look(purse, sent)
    finally:
        purse.save()


def _look(purse: Purse, sent: dict[str, Any]) -> None:
    answer = ask(f"{sent['origin']}/anon/posts/{sent['nonce']}")
    if answer.status == 404:
        sent["state"] = "again"
        try:
            _deliver(sent)
        except Refusal as refusal:
            if not refusal.is_final:
                raise
            sent["state"], sent["why"] = "refused", refusal.message
            _give_back(purse, sent, refusal)
        return
    if answer.status != 200:
        raise answer.refusal()
    sent["state"] = answer.field("state")
    if sent["state"] == "written":
        sent["id"] = answer.field("id")
        if sent["id"] and not sent["thread"]:
            purse.kept["threads"][sent["id"]] = sent["label"]


def take_back(purse: Purse, post: str) -> None:
    """Take back the own post with this id, by the key of its thread.

    Where the origin was started anew meanwhile it does not say which id a post got, so that all
    that was written and has none is tried. Raises `Refusal`: `not_yours`, or what is answered.
    """
    rows = purse.kept["sent"]
    known = [each for each in rows if each.get("id") == post]
    unnamed = [each for each in rows if each["state"] == "written" and not each.get("id")]
    for sent in known or unnamed:
        signature = purse.voice(sent["label"]).sign(f"madang anonymous removal v1\n{post}".encode())
        body = {"signature": base64url.encode(signature)}
        answer = ask(f"{sent['origin']}/anon/posts/{post}", method="DELETE", body=body)
        if answer.status == 200:
            sent.update(id=post, state="deleted", body={"text": ""})
            purse.save()
            return
        if answer.refusal().code != "not_signed":
            raise answer.refusal()
    raise Refusal("not_yours")
