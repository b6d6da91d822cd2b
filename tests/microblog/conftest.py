"""Keys take a moment to find, so the tests of this room find each once."""

from __future__ import annotations

from functools import cache
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from madang.microblog import epochs


@cache
def key(_number: int) -> RSAPrivateKey:
    """A key of the run's own."""
    return generate_private_key(65537, 2048)


@pytest.fixture(autouse=True)
def _keys_again(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count()
    monkeypatch.setattr(epochs, "generate_private_key", lambda _e, _size: key(next(numbers)))
