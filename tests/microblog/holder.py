"""Who holds passes in the tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any  # JSON

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from madang.lib import base64url, passes
from madang.microblog import issuing, voice
from madang.microblog.models import AnonEpoch
from madang.microblog.voice import Voice
from madang.microblog.whispering import Whisper
from madang.people.models import Member

COUNT = 5
__all__ = ["COUNT", "Voice", "ask", "body", "enrol", "public"]


def public(epoch: AnonEpoch) -> RSAPublicKey:
    """The key that everybody is shown."""
    return passes.public_key(bytes(epoch.public_key))


def ask(epoch: AnonEpoch, challenge: bytes = b"challenge") -> list[passes.Pending]:
    """Requests for all the passes of an epoch."""
    return [passes.ask(public(epoch), challenge) for _n in range(COUNT)]


def enrol(member: Member, epoch: AnonEpoch, *, at: datetime) -> list[passes.Pass]:
    """The passes of `member` for an epoch to come."""

    def issue(requests: Any) -> list[bytes]:
        return issuing.issue(member=member, requests=requests, at=at)

    return voice.enrol(epoch, issue, count=COUNT)


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
