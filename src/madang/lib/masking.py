"""Keys in addresses are kept out of what is logged and shown."""

from __future__ import annotations

import logging
import re

KEYS = re.compile(
    r"(/people/+join/+|/people/+password/+reset/+key/+|/people/+confirm-email/+"
    r"|/reservation/+feed/+)[^\s\"'<>/][^\s\"'<>]*"
)
"""Addresses that open something by themselves; the key is what follows the beginning."""


def mask(text: str) -> str:
    """`text` with an ellipsis in place of each key in an address."""
    return KEYS.sub(r"\1…", text)


class Mask(logging.Filter):
    """A filter that keeps every record and masks its message and its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask; True always."""
        try:
            record.msg, record.args = mask(record.getMessage()), ()
        except (KeyError, TypeError, ValueError):
            return True  # a sentence without its words: logging itself complains, without raising
        if record.exc_info:
            record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
        return True
