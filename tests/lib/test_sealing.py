"""Secrets at rest open with the site's key, as what they are, or not at all."""

import pytest

from madang.lib import sealing


def test_what_is_sealed_is_not_there_to_read_and_opens_again() -> None:
    sealed = sealing.seal(b"private", secret="of the site", label=b"a key")
    assert b"private" not in sealed
    assert sealed != sealing.seal(b"private", secret="of the site", label=b"a key")
    assert sealing.unseal(sealed, secret="of the site", label=b"a key") == b"private"


@pytest.mark.parametrize(
    ("secret", "label", "cut"),
    [
        ("another", b"a key", None),
        ("of the site", b"another", None),
        ("of the site", b"a key", -1),
        ("of the site", b"a key", 3),
        ("of the site", b"a key", 0),
    ],
)
def test_it_opens_with_nothing_else(secret: str, label: bytes, cut: int | None) -> None:
    sealed = sealing.seal(b"private", secret="of the site", label=b"a key")
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(sealed[:cut], secret=secret, label=label)
