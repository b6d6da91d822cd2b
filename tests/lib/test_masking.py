"""Keys in addresses are kept out of what is logged."""

from __future__ import annotations

import logging
import sys

import pytest

from madang.lib.masking import Mask, mask
from madang.serve import Web


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Not Found: /reservation/feed/secret.ics", "Not Found: /reservation/feed/…"),
        ("//reservation//feed//secret", "//reservation//feed//…"),
        ("'GET /reservation/feed/secret.ics?x=1 HTTP/1.1'", "'GET /reservation/feed/… HTTP/1.1'"),
        ("/people/join/secret/", "/people/join/…"),
        ("/people/password/reset/key/secret/", "/people/password/reset/key/…"),
        ("/people/confirm-email/secret/", "/people/confirm-email/…"),
        ("/reservation/feed/", "/reservation/feed/"),
        ("/reservation/mine/", "/reservation/mine/"),
    ],
)
def test_of_an_address_with_a_key_the_beginning_is_left(text: str, masked: str) -> None:
    assert mask(text) == masked


def record(message: str, *args: object, is_raised: bool = False) -> logging.LogRecord:
    """As loggers make it."""
    info = None
    if is_raised:
        try:
            raise LookupError("/reservation/feed/secret.ics")
        except LookupError:
            info = sys.exc_info()
    return logging.LogRecord("x", logging.ERROR, "x.py", 1, message, args, info)


def test_message_and_traceback_are_masked_and_every_record_is_kept() -> None:
    row = record("%s failed", "/reservation/feed/secret.ics", is_raised=True)
    assert Mask().filter(row)
    text = logging.Formatter().format(row)
    assert text.startswith("/reservation/feed/… failed\nTraceback")
    assert text.endswith("LookupError: /reservation/feed/…")


def test_a_sentence_without_its_words_does_not_raise() -> None:
    row = record("%s and %s", "one")
    assert Mask().filter(row)
    assert (row.msg, row.args) == ("%s and %s", ("one",))


def test_the_web_server_masks_what_it_complains_of(capfd: pytest.CaptureFixture[str]) -> None:
    """Gunicorn sets up its own handlers; the filter stands before them."""
    web = Web(None, [], workers=1, threads=1)
    log = web.cfg.logger_class(web.cfg)
    try:
        log.warning("Invalid request: %s", "GET /reservation/feed/secret.ics")
    finally:
        log.error_log.handlers.clear()
    assert "Invalid request: GET /reservation/feed/…" in capfd.readouterr().err
