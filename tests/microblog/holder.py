"""Who holds passes in the tests: what a member's browser does, in Python."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from madang.lib import passes
from madang.microblog.models import AnonEpoch

COUNT = 5


def public(epoch: AnonEpoch) -> RSAPublicKey:
    """The key that everybody is shown."""
    return passes.public_key(bytes(epoch.public_key))


def ask(epoch: AnonEpoch, challenge: bytes = b"challenge") -> list[passes.Pending]:
    """Requests for all the passes of an epoch."""
    return [passes.ask(public(epoch), challenge) for _n in range(COUNT)]
