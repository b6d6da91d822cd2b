"""Bytes as text, as RFC 4648 writes them."""

import pytest

from madang.lib import base64url


@pytest.mark.parametrize(
    ("data", "text"), [(b"", ""), (b"f", "Zg=="), (b"foobar", "Zm9vYmFy"), (b"\xfb\xff", "-_8=")]
)
def test_it_is_written_with_padding_and_read_without_too(data: bytes, text: str) -> None:
    assert base64url.encode(data) == text
    assert base64url.decode(text) == base64url.decode(text.rstrip("=")) == data


@pytest.mark.parametrize("text", ["+/8=", "Zg===", "Z", "Zg==\n", "가", "Z g="])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(base64url.BadText):
        base64url.decode(text)
