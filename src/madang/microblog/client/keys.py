"""The issuer's keys, taken only if everybody is shown them: a key of one's own would mark one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any  # JSON

from madang.lib import base64url, passes
from madang.microblog.client.connecting import Refusal, ask, origin

DIRECTORY = "/.well-known/private-token-issuer-directory"
LOG = "/anon/log"


@dataclass(frozen=True, slots=True)
class Key:
    """A key and when its passes are taken, in seconds since 1970; how many members have some."""

    number: int
    spki: bytes
    begins: int
    ends: int
    holders: int


@dataclass(frozen=True, slots=True)
class Directory:
    """What the issuer says, after it was compared with the log of all keys."""

    keys: list[Key]
    origin: str
    challenge: bytes
    passes: int
    floor: int


def look(site: str, seen: dict[str, str]) -> Directory:
    """The keys in use; `seen` is each epoch's link as seen before, and takes in the new ones.

    Raises `Refusal`: `keys` where the chain does not hold or a key is not in it, `rewritten` where
    the log is not the one seen before with more at its end.
    """
    try:
        found = _get(site, DIRECTORY)  # first, for it may begin an epoch that the log then has
        rows = {row["key-id"]: row for row in _get(site, LOG)["log"]}
        chains = _chains(list(rows.values()))
        if any(chains.get(number) != chain for number, chain in seen.items()):
            raise Refusal("rewritten")
        keys = [_key(each, rows) for each in found["token-keys"]]
        challenge = base64url.decode(found["token-challenge"])
        where = found["anonymous-origin"]
        count, floor = int(found["passes"]), int(found["floor"])
    except (KeyError, TypeError, ValueError, OverflowError, passes.BadKey):
        raise Refusal("keys") from None
    if not where:
        raise Refusal("no_origin")
    seen.update(chains)
    return Directory(keys, origin(where), challenge, count, floor)


def _get(site: str, path: str) -> Any:
    answer = ask(site + path)
    if answer.status != 200:
        raise Refusal("no_answer")
    return answer.json()


def _chains(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Each epoch's link, computed again: SHA-256 over the one before, three numbers and the key."""
    chain, chains = bytes(32), {}
    for row in rows:
        numbers = (row["epoch"], row["not-before"], row["not-after"])
        whole = chain + b"".join(each.to_bytes(8) for each in numbers)
        chain = hashlib.sha256(whole + bytes.fromhex(row["key-id"])).digest()
        if chain.hex() != row["chain"] or str(row["epoch"]) in chains:
            raise Refusal("keys")
        chains[str(row["epoch"])] = chain.hex()
    return chains


def _key(shown: dict[str, Any], rows: dict[str, dict[str, Any]]) -> Key:
    spki = base64url.decode(shown["token-key"])
    row = rows[passes.key_id(passes.public_key(spki)).hex()]
    if any(row[name] != shown[name] for name in ("epoch", "not-before", "not-after")):
        raise Refusal("keys")
    numbers = (shown["not-before"], shown["not-after"], shown["holders"])
    return Key(shown["epoch"], spki, *numbers)
