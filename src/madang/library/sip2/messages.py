"""Messages of SIP2 as text and back: two digits, fields of fixed width, then named fields.

Source: 3M Standard Interchange Protocol, version 2.00 (2006). Nothing here reads a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

LONGEST = 255
"""Signs of a field's value that are sent; the rest is cut off."""
WHEN = "at", 18
FIXED: dict[str, tuple[tuple[str, int], ...]] = {
    "01": (("retained", 1), WHEN),
    "09": (("no_block", 1), WHEN, ("returned_at", 18)),
    "11": (("renewal", 1), ("no_block", 1), WHEN, ("due", 18)),
    "15": (("mode", 1), WHEN),
    "17": (WHEN,),
    "19": (WHEN,),
    "23": (("language", 3), WHEN),
    "25": (WHEN,),
    "29": (("third_party", 1), ("no_block", 1), WHEN, ("due", 18)),
    "35": (WHEN,),
    "37": (WHEN, ("fee", 2), ("payment", 2), ("currency", 3)),
    "63": (("language", 3), WHEN, ("summary", 10)),
    "65": (WHEN,),
    "93": (("name_algorithm", 1), ("password_algorithm", 1)),
    "97": (),
    "99": (("status", 1), ("width", 3), ("version", 4)),
}
"""The requests that are understood, with their fields of fixed width."""
FIELD = re.compile(r"([A-Z][A-Z0-9])([^|]*)\|?")
CHECKED = re.compile(rb"AZ([0-9A-Fa-f]{4})$")
SEQUENCE = re.compile(r"AY([0-9])(?:AZ[0-9A-Fa-f]{4})?$")


class Damaged(Exception):
    """What came is no message, or its checksum is wrong."""


@dataclass(frozen=True)
class Request:
    """A message of a machine; of a field that comes twice the first counts.

    `sequence` is the digit of AY, or empty where the machine does not ask for error detection.
    """

    code: str
    fixed: dict[str, str]
    fields: dict[str, str]
    sequence: str

    def get(self, name: str) -> str:
        """The value of a named field without blanks around it, or nothing."""
        return self.fields.get(name, "").strip()


@dataclass(frozen=True)
class Answer:
    """A message to a machine: the code with all fixed fields, then named ones in their order."""

    fixed: str
    fields: tuple[tuple[str, str], ...] = ()

    def text(self) -> str:
        """As it is sent, without error detection. What would break a field becomes a blank."""
        return self.fixed + "".join(f"{name}{clean(value)}|" for name, value in self.fields)


def answer(fixed: str, fields: Iterable[tuple[str, str]] = ()) -> Answer:
    """An `Answer`."""
    return Answer(fixed, tuple(fields))


def parse(line: bytes, encoding: str) -> Request:
    """The message in `line`, which has no terminator. Raises `Damaged`.

    A checksum (AZ) is verified where there is one: over the bytes up to its name included.
    """
    checked = CHECKED.search(line)
    if checked and checksum(line[: checked.start() + 2]) != checked[1].decode().upper():
        raise Damaged
    try:
        text = line.decode(encoding)
    except UnicodeDecodeError:
        raise Damaged from None
    code, rest = text[:2], text[2:]
    if code not in FIXED:
        raise Damaged
    sequence = SEQUENCE.search(rest)
    if sequence:
        rest = rest[: sequence.start()]
    elif checked:
        rest = rest[:-6]
    fixed = {}
    for name, width in FIXED[code]:
        fixed[name], rest = rest[:width], rest[width:]
    if FIXED[code] and len(fixed[FIXED[code][-1][0]]) != FIXED[code][-1][1]:
        raise Damaged
    fields: dict[str, str] = {}
    for name, value in FIELD.findall(rest):
        fields.setdefault(name, value)
    return Request(code, fixed, fields, sequence[1] if sequence else "")


def frame(said: Answer, sequence: str, encoding: str) -> bytes:
    """`said` as it is sent, with error detection where the request had a sequence number.

    Signs that `encoding` has not are sent as question marks.
    """
    line = said.text().encode(encoding, "replace")
    if sequence:
        line += f"AY{sequence}AZ".encode()
        line += checksum(line).encode()
    return line + b"\r"


def checksum(line: bytes) -> str:
    """Four hexadecimal digits: the two's complement of the lower 16 bits of the bytes' sum."""
    return f"{-sum(line) & 0xFFFF:04X}"


def clean(value: str) -> str:
    """`value` without signs that end a field or a message, at most `LONGEST` of it."""
    return re.sub(r"[|\x00-\x1f\x7f-\x9f]", " ", value)[:LONGEST]


def moment(at: datetime) -> str:
    """YYYYMMDD, four blanks for local time, HHMMSS."""
    return at.strftime("%Y%m%d    %H%M%S")


def last_of(day: date) -> str:
    """The last second of `day`, in the same form."""
    return day.strftime("%Y%m%d    235959")


def yes(value: object) -> str:
    """Y or N."""
    return "Y" if value else "N"
