"""Somebody without a name: what a member's browser does for such posts, in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from madang.lib import passes
from madang.microblog import epochs
from madang.microblog.models import AnonEpoch
from madang.microblog.whispering import TAKES_BACK, Whisper

Issue = Callable[[Sequence[bytes]], Sequence[bytes]]
"""Hands requests to the issuer, and its answers back in their order."""


def enrol(epoch: AnonEpoch, issue: Issue, *, count: int) -> list[passes.Pass]:
    """The passes of one member for an epoch to come."""
    public = passes.public_key(bytes(epoch.public_key))
    pending = [passes.ask(public, epochs.challenge()) for _n in range(count)]
    answers = issue([one.request for one in pending])
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
        public = passes.public_key(bytes(epoch.public_key))
        renewal = passes.ask(public, epochs.challenge()).request
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
