"""One connection of a machine: it signs in, then each message gets one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from madang.library import blocking
from madang.library.models import Patron
from madang.library.sip2 import copies, desk, fees, people
from madang.library.sip2.messages import (
    Answer,
    Damaged,
    Request,
    answer,
    checksum,
    frame,
    parse,
    yes,
)
from madang.people import tokens
from madang.people.models import Member

LANGUAGES = {"001": "en", "020": "ko", "024": "en"}
"""Of the protocol's languages those that the site speaks; the site's own for all others."""
SUPPORTED = "Y" * 16
"""BX: every message of the protocol."""
SUMMARY = ("hold", "overdue", "charged", "fine", "recall", "unavailable")
"""Which list each place of the summary asks for."""
MOST_ROWS = 100
"""Of a list, in one answer."""
AGAIN = b"96AZ" + checksum(b"96AZ").encode() + b"\r"


class Refused(Exception):
    """The machine may not ask this; the connection ends."""


@dataclass
class Session:
    """What is remembered of a machine between two messages."""

    encoding: str = "utf-8"
    token: str = field(default="", repr=False)
    language: str = ""
    last_line: bytes = b""
    last_answer: bytes = b""

    def respond(self, line: bytes) -> bytes:
        """The answer to `line`, both as on the wire. Raises `Refused`.

        A damaged message is answered with a request to send it again (96), and one that came
        before, with the same sequence number, with what was answered then.
        """
        try:
            request = parse(line, self.encoding)
        except Damaged:
            return AGAIN
        if request.code == "97":
            return self.last_answer or AGAIN
        if request.sequence and line == self.last_line and request.code != "93":
            return self.last_answer
        with translation.override(self._spoken(request)):
            said = self._say(request)
        self.last_line = line
        self.last_answer = frame(said, request.sequence, self.encoding)
        return self.last_answer

    def _spoken(self, request: Request) -> str:
        if "language" in request.fixed:
            self.language = LANGUAGES.get(request.fixed["language"], "")
        return self.language or settings.LANGUAGE_CODE

    def _say(self, request: Request) -> Answer:
        at = timezone.now()
        if request.code == "93":
            return self._sign_in(request, at)
        terminal = self._terminal(at)
        if request.code == "99":
            return _status(terminal)
        if terminal is None:
            raise Refused
        if request.code == "11":
            return desk.check_out(request, terminal.pk, at)
        if request.code == "37":
            return fees.pay(request, terminal, at)
        return VERBS[request.code](request, at)

    def _sign_in(self, request: Request, at: datetime) -> Answer:
        """93 → 94: the handle of a librarian, and one of that member's tokens for programs."""
        self.token = request.get("CO")
        member = self._terminal(at)
        if member is None or member.handle != request.get("CN").lower():
            self.token = ""
            return answer("940")
        return answer("941")

    def _terminal(self, at: datetime) -> Member | None:
        """Who has signed in, if that still holds: a token that was withdrawn ends it."""
        member = tokens.bearer(text=self.token, at=at) if self.token else None
        return member if member and "librarian" in member.roles else None


def _status(terminal: Member | None) -> Answer:
    """99 → 98: what the library can do; without signing in nothing."""
    flags = f"Y{yes(terminal) * 3}NN"
    fields = [("AO", ""), ("AM", settings.SITE_NAME), ("BX", SUPPORTED), ("AF", "")]
    return answer(f"98{flags}100003{people.now()}2.00", fields)


def _block(request: Request, at: datetime) -> Answer:
    """01 → 24: the patron borrows nothing until a librarian lifts it. Twice is once."""
    patron = people.find(request)
    if patron is not None:
        why = request.get("AL") or _("blocked by a machine")
        blocking.block(patron=patron, reason=why, at=at)
    return _patron_status(request, at)


def _patron_status(request: Request, at: datetime) -> Answer:
    """23 → 24."""
    patron = people.find(request)
    is_right = people.knows_password(patron, request) if patron else None
    flags, told = _state(request, patron, at, is_right=is_right)
    fields = people.identity(request, patron, is_right=is_right)
    if patron is not None and is_right is not False:
        fields += people.money(patron)
    fields.append(("AF", told))
    language = request.fixed.get("language", "000")  # 01 names none
    return answer(f"24{flags}{language}{people.now()}", fields)


def _enable(request: Request, at: datetime) -> Answer:
    """25 → 26: what blocked the card is lifted; what follows from lateness or debts is not."""
    patron = people.find(request)
    is_right = people.knows_password(patron, request) if patron else None
    if patron is not None and is_right is not False:
        blocking.unblock(patron=patron, at=at)
    flags, told = _state(request, patron, at, is_right=is_right)
    fields = people.identity(request, patron, is_right=is_right)
    return answer(f"26{flags}000{people.now()}", [*fields, ("AF", told)])


def _patron_information(request: Request, at: datetime) -> Answer:
    """63 → 64: the counts of six lists, and the rows of the one that is asked for."""
    patron = people.find(request)
    is_right = people.knows_password(patron, request) if patron else None
    flags, told = _state(request, patron, at, is_right=is_right)
    fields = people.identity(request, patron, is_right=is_right)
    counts = ["0000"] * len(SUMMARY)
    if patron is not None and is_right is not False:
        found = people.lists(patron, at)
        counts = [f"{min(len(found[name][1]), 9999):04}" for name in SUMMARY]
        limit = patron.category.max_loans
        fields += [("CB", f"{limit:04}")] if limit is not None else []
        fields += people.money(patron)
        asked = [
            name
            for name, sign in zip(SUMMARY, request.fixed["summary"][:6], strict=True)
            if sign == "Y"
        ]
        for name in asked[:1]:
            field_name, rows = found[name]
            fields += [(field_name, row) for row in rows[_rows(request)]]
    fields.append(("AF", told))
    start = f"64{flags}{request.fixed['language']}{people.now()}"
    return answer(start + "".join(counts), fields)


def _state(
    request: Request, patron: Patron | None, at: datetime, *, is_right: bool | None
) -> tuple[str, str]:
    if patron is None:
        text = _("Nothing has the number “%(number)s”.")
        return people.ALL_DENIED, text % {"number": request.get("AA")}
    if is_right is False:
        return people.ALL_DENIED, _("The password is wrong.")
    return people.state(patron, at)


def _rows(request: Request) -> slice:
    """From BP to BQ, both counted from 1 and both included; at most `MOST_ROWS`."""
    first, last = (_number(request.get(name)) for name in ("BP", "BQ"))
    begin = max(first, 1) - 1
    return slice(begin, min(last or begin + MOST_ROWS, begin + MOST_ROWS))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _end(request: Request, _at: datetime) -> Answer:
    """35 → 36: nothing is remembered of a patron, so nothing is left to end."""
    return answer(
        f"36Y{people.now()}", [("AO", request.get("AO")), ("AA", request.get("AA")), ("AF", "")]
    )


VERBS: dict[str, Callable[[Request, datetime], Answer]] = {
    "01": _block,
    "09": desk.check_in,
    "15": desk.hold,
    "17": copies.information,
    "19": copies.update,
    "23": _patron_status,
    "25": _enable,
    "29": desk.renew,
    "35": _end,
    "63": _patron_information,
    "65": desk.renew_all,
}
