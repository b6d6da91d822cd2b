"""A member's purse: passes, what was said with them, and the secret that names come from.

The file is what the page saves as a copy, so that one can move between page and command. It is
written before anything is sent: whatever a cut interrupts is asked for again in the same words.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # JSON

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from madang.lib import base64url, passes
from madang.microblog.client import phrase
from madang.microblog.client.connecting import Refusal

SHAPE: dict[str, type] = {
    "secret": str,
    "epochs": dict,
    "threads": dict,
    "sent": list,
    "seen": dict,
}
"""What a purse has, in this program and in the page."""


@dataclass
class Purse:
    """What a file holds: `kept` is the JSON of the page's purse, with the site's address."""

    file: Path
    kept: dict[str, Any] = field(repr=False)

    def save(self) -> None:
        """Write all of it, whole or not at all, for its owner's eyes only."""
        draft = self.file.with_name(f"{self.file.name}.{secrets.token_hex(4)}")
        try:
            number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(number, "w", encoding="utf-8") as stream:
                json.dump(self.kept, stream, ensure_ascii=False)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(self.file)
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(self.file.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    @property
    def secret(self) -> bytes:
        """32 bytes from which the names in threads and the requests for passes are derived."""
        return base64url.decode(self.kept["secret"])

    def voice(self, label: str) -> Ed25519PrivateKey:
        """The key under which this purse speaks in a thread."""
        return Ed25519PrivateKey.from_private_bytes(self._derive(f"madang thread {label}", 32))

    def request(self, spki: bytes, challenge: bytes, number: int) -> dict[str, str]:
        """One request for a pass of an epoch, the same each time, as the page keeps it."""
        public = passes.public_key(spki)
        marks = f"{passes.key_id(public).hex()} {base64url.encode(challenge)} {number}"
        drawn = self._derive(f"madang pass {marks}", 32 + 48 + 272)
        factor = int.from_bytes(drawn[80:]) % public.public_numbers().n
        return kept_request(
            passes.ask(public, challenge, nonce=drawn[:32], salt=drawn[32:80], factor=factor)
        )

    def _derive(self, info: str, length: int) -> bytes:
        return HKDF(SHA256(), length, None, info.encode()).derive(self.secret)


def kept_request(pending: passes.Pending) -> dict[str, str]:
    """A request and what takes the blind off its answer, as the page writes it."""
    numbers = pending.public.public_numbers()
    blinded = int.from_bytes(pending.request[3:])
    padded = blinded * pow(pending.inverse, numbers.e, numbers.n) % numbers.n
    return {
        "request": base64url.encode(pending.request),
        "nonce": base64url.encode(pending.signed[2:34]),
        "signed": base64url.encode(pending.signed),
        "inverse": base64url.encode(pending.inverse.to_bytes(passes.SIGNATURE)),
        "padded": base64url.encode(padded.to_bytes(passes.SIGNATURE)),
    }


def finish(spki: bytes, kept: dict[str, str], answer: str) -> str:
    """The pass as text. Raises `Refusal` where the answer is none."""
    try:
        pending = passes.Pending(
            base64url.decode(kept["request"]),
            passes.public_key(spki),
            base64url.decode(kept["signed"]),
            int.from_bytes(base64url.decode(kept["inverse"])),
        )
        return base64url.encode(bytes(pending.finish(base64url.decode(answer))))
    except (passes.BadPass, base64url.BadText):
        raise Refusal("bad_answer") from None


def empty(site: str, secret: bytes | None = None) -> dict[str, Any]:
    """A purse with nothing in it."""
    secret = secrets.token_bytes(phrase.SECRET) if secret is None else secret
    bare: dict[str, Any] = {name: kind() for name, kind in SHAPE.items()}
    return {**bare, "site": site, "secret": base64url.encode(secret)}


def read(text: str) -> dict[str, Any]:
    """The purse that a copy holds, of this program or of the page. Raises `Refusal`."""
    try:
        kept: dict[str, Any] = {**empty(""), **json.loads(text)}
        is_right = all(isinstance(kept[name], kind) for name, kind in SHAPE.items())
        if not is_right or len(base64url.decode(kept["secret"])) != phrase.SECRET:
            raise Refusal("no_purse")
    except (ValueError, TypeError, RecursionError):
        raise Refusal("no_purse") from None
    return kept


@contextmanager
def opened(file: Path, *, begin: str = "") -> Iterator[Purse]:
    """The purse in `file`, for one at a time: two would spend the same pass.

    An empty one for the site `begin` where there is no file yet. Raises `Refusal`.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.with_name(f"{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            kept = read(file.read_text("utf-8"))
        except FileNotFoundError:
            if not begin:
                raise Refusal("not_enrolled") from None
            kept = empty(begin)
        except UnicodeDecodeError:
            raise Refusal("no_purse") from None
        yield Purse(file, kept)
