"""Who holds passes in the tests: what a member's browser does, in Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any  # JSON

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from madang.lib import base64url, passes
from madang.microblog import epochs, issuing
from madang.microblog.models import AnonEpoch
from madang.microblog.whispering import TAKES_BACK, Whisper
from madang.people.models import Member

COUNT = 5


def public(epoch: AnonEpoch) -> RSAPublicKey:
    """The key that everybody is shown."""
    return passes.public_key(bytes(epoch.public_key))


def ask(epoch: AnonEpoch, challenge: bytes = b"challenge") -> list[passes.Pending]:
    """Requests for all the passes of an epoch."""
    return [passes.ask(public(epoch), challenge) for _n in range(COUNT)]


def enrol(member: Member, epoch: AnonEpoch, *, at: datetime) -> list[passes.Pass]:
    """The passes of `member` for an epoch to come."""
    pending = ask(epoch, epochs.challenge())
    requests = [one.request for one in pending]
    answers = issuing.issue(member=member, requests=requests, at=at)
    return [one.finish(answer) for one, answer in zip(pending, answers, strict=True)]


@dataclass
class Voice:
    """Somebody without a name in one thread."""

    secret: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def says(
        self,
        spent: passes.Pass,
        text: str,
        *,
        epoch: AnonEpoch,
        parent: int | None = None,
        wait: str = "tick",
    ) -> Whisper:
        """A post as it is sent, with a request for the next pass."""
        renewal = passes.ask(public(epoch), epochs.challenge()).request
        bare = Whisper(bytes(spent), text, parent, wait, self.key, b"", renewal)
        signature = self.secret.sign(bare.signed(spent.nonce))
        return Whisper(bytes(spent), text, parent, wait, self.key, signature, renewal)

    def takes_back(self, post: int) -> bytes:
        """The signature under a removal."""
        return self.secret.sign(f"{TAKES_BACK}\n{post}".encode())

    @property
    def key(self) -> bytes:
        """What others see of it."""
        return self.secret.public_key().public_bytes_raw()


def body(whisper: Whisper) -> dict[str, Any]:
    """The JSON of a post."""
    return {
        "text": whisper.text,
        "parent": None if whisper.parent is None else str(whisper.parent),
        "wait": whisper.wait,
        "key": base64url.encode(whisper.key),
        "signature": base64url.encode(whisper.signature),
        "renewal": base64url.encode(whisper.renewal),
    }
