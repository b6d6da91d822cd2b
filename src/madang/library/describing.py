"""From a record to what the catalogue says of a title: columns, numbers, copies.

MARC 21 Format for Bibliographic Data, and KORMARC (KS X 6006-0) where it differs: statements of
responsibility in 245 $d and $e, call number in 090, copies in 049. A title in its own script
(880) is preferred to its romanisation, which stays among the other titles.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from stdnum import isbn, issn

from madang.lib.marc import Field, Record

LONGEST = {"title": 1000, "subtitle": 1000, "author": 500, "responsibility": 1000, "edition": 250}
LONGEST |= {"publisher": 500, "extent": 250, "series": 500, "control_number": 100}
PUNCTUATION = " /:;,="
STOP = re.compile(r"(?:(?<=[^\W\d_]{4})|(?<=[가-힣]{2})|(?<=[\])]))\.$")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
LINK = re.compile(r"(\d{3})-(\d\d)")
YEAR = re.compile(r"(?<!\d)(1[0-9]|20)\d\d(?!\d)")
NUMBER = re.compile(r"[\dXx][\dXx \-–]*[\dXx]")
FORMS = {"a": "book", "t": "book", "c": "score", "d": "score", "e": "map", "f": "map"}
FORMS |= {"g": "video", "k": "video", "i": "audio", "j": "audio", "m": "computer"}
NAMES = ("100", "110", "111", "700", "710", "711")
TOPICS = ("600", "610", "611", "630", "648", "650", "651", "653", "655")


class NoTitle(Exception):
    """A record that describes nothing anybody could look for."""


@dataclass(frozen=True, slots=True)
class Number:
    """An identifier: normalised, as it was written, and whether its check digit is right."""

    kind: str
    value: str
    raw: str
    is_valid: bool


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that a record speaks of."""

    barcode: str
    accession_number: str | None
    call_number: str
    location: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What a title's columns are to hold, its numbers and its copies, and what makes it one."""

    key: str
    columns: dict[str, str | int | None]
    numbers: tuple[Number, ...] = ()
    copies: tuple[Copy, ...] = ()
    notes: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_numbered(self) -> bool:
        """Whether the key is a number of the record's agency, and not made of what it says."""
        return self.key.startswith("marc:")


def describe(record: Record, source: bytes) -> Description:
    """What `record` says; `NoTitle` where it has none. Columns are cut to their longest."""
    script = _scripts(record)
    title = record.first("245")
    own = script.get(id(title), title) if title is not None else None
    name = clean(" ".join(own.values("anp"))) if own is not None else ""
    if own is None or title is None or not name:
        raise NoTitle
    control = clean(record.control("001"))
    columns = {
        "title": name,
        "subtitle": clean(" ".join(own.values("b"))),
        "other_titles": "\n".join(_other_titles(record, script, title, name)),
        "author": _author(record, script),
        "responsibility": " ; ".join(filter(None, map(clean, own.values("cde")))),
        "edition": _joined(record, script, ("250",), "ab"),
        "publisher": _joined(record, script, ("260", "264"), "b"),
        "extent": _joined(record, script, ("300",), "abc"),
        "series": _joined(record, script, ("490", "440", "830"), "anpv"),
        "subjects": "\n".join(_topics(record, script)),
        "summary": "\n".join(clean(" ".join(each.values("ab"))) for each in record.all(["520"])),
        "language": _language(record),
        "control_number": control,
    }
    cut = {key: value[: LONGEST.get(key, 10_000)] for key, value in columns.items()}
    agency = clean(record.control("003"))
    key = f"marc:{agency}:{control}" if agency and control else "bytes:" + _digest(source)
    return Description(
        key=key if len(key) <= 150 else "bytes:" + _digest(source),
        columns={**cut, "year": _year(record), "form": _form(record.leader)},
        numbers=tuple(numbers(_written(record, "020"), _written(record, "022"))),
        copies=tuple(_copies(record)),
        notes=record.notes,
    )


def clean(text: str) -> str:
    """One line, without control signs and without the punctuation that ISBD ends an area with."""
    if not text:
        return ""
    if not text.isprintable():  # most is, and most of what is read comes through here
        text = CONTROL.sub(" ", text)
    text = " ".join(text.split()).rstrip(PUNCTUATION)
    return STOP.sub("", text) if text.endswith(".") else text


def _digest(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()


def _scripts(record: Record) -> dict[int, Field]:
    """By the identity of a field: the same in its own script, as $6 links them."""
    linked = {}
    for each in record.all(["880"]):
        if (found := LINK.match(each.get("6"))) and found[2] != "00":
            linked[found[1], found[2]] = each
    if not linked:
        return {}
    script = {}
    for each in record.fields:
        found = None if each.is_control else LINK.match(each.get("6"))
        if found and (each.tag, found[2]) in linked:
            script[id(each)] = linked[each.tag, found[2]]
    return script


def _each(record: Record, script: dict[int, Field], tags: Iterable[str]) -> Iterator[Field]:
    return (script.get(id(each), each) for each in record.all(tags))


def _joined(record: Record, script: dict[int, Field], tags: Iterable[str], codes: str) -> str:
    """The first field of `tags` that has one of the subfields."""
    texts = (clean(" ".join(each.values(codes))) for each in _each(record, script, tags))
    return next(filter(None, texts), "")


def _other_titles(
    record: Record, script: dict[int, Field], title: Field, name: str
) -> Iterator[str]:
    seen = {name}
    alternatives = list(record.all(["130", "240", "246", "247", "730", "740"]))
    roman = [title] if id(title) in script else []
    for each in [*roman, *alternatives, *(script.get(id(one), one) for one in alternatives)]:
        text = clean(" ".join(each.values("abnpx" if each.tag == "245" else "anp")))
        if text and text not in seen:
            seen.add(text)
            yield text


def _author(record: Record, script: dict[int, Field]) -> str:
    return _joined(record, script, NAMES, "abcq").rstrip(".")


def _topics(record: Record, script: dict[int, Field]) -> Iterator[str]:
    for each in _each(record, script, TOPICS):
        parts = [clean(value).rstrip(".") for value in each.values("abcdtvxyz")]
        if text := " – ".join(filter(None, parts)):
            yield text


def _language(record: Record) -> str:
    code = record.control("008")[35:38].strip(" |#")
    if len(code) != 3:
        field = record.first("041")
        code = field.get("a")[:3] if field is not None else ""
    return code.lower() if re.fullmatch(r"[A-Za-z]{3}", code) else ""


def _year(record: Record) -> int | None:
    coded = record.control("008")[7:11]
    if re.fullmatch(r"1\d\d\d|20\d\d", coded):
        return int(coded)
    for each in record.all(["260", "264"]):
        if found := YEAR.search(" ".join(each.values("c"))):
            return int(found[0])
    return None


def _form(leader: str) -> str:
    kind, level = leader[6:7], leader[7:8]
    if level in {"b", "s", "i"}:
        return "serial"
    return FORMS.get(kind, "book" if kind in {"", " "} else "other")


def _written(record: Record, tag: str) -> list[str]:
    return [value for each in record.all([tag]) for value in each.values("az")]


def numbers(books: Iterable[str], serials: Iterable[str] = ()) -> Iterator[Number]:
    """ISBN and ISSN from what is written; once each, valid ones of ten digits as thirteen."""
    seen = set()
    for kind, raws in (("isbn", books), ("issn", serials)):
        for raw in raws:
            number = _number(kind, raw)
            if number is not None and number.value not in seen:
                seen.add(number.value)
                yield number


def _number(kind: str, raw: str) -> Number | None:
    found = NUMBER.search(raw)
    if found is None:
        return None
    text = clean(raw)[:250]
    digits = re.sub(r"[^\dX]", "", found[0].upper())
    if kind == "issn":
        return Number(kind, digits[:100], text, issn.is_valid(digits))
    if isbn.is_valid(digits):
        return Number(kind, isbn.to_isbn13(digits), text, is_valid=True)
    return Number(kind, digits[:100], text, is_valid=False)


def _copies(record: Record) -> Iterator[Copy]:
    call = _call_number(record)
    for each in record.all(["049"]):
        yield from _kormarc_copies(each, call)
    for each in record.all(["852"]):
        if barcode := clean(each.get("p"))[:50]:
            own = clean(" ".join(each.values("khim")))[:100]
            where = clean(each.get("c") or each.get("b"))
            yield Copy(barcode, None, own or call, where)


def _kormarc_copies(holdings: Field, call: str) -> Iterator[Copy]:
    """049: each $l begins a copy; $f stands before its call number, $v and $c behind it."""
    behind: list[str] = []
    mark, number = "", ""
    for code, value in [*holdings.subfields, ("l", "")]:
        text = clean(value)
        if code == "l":
            if number:
                whole = clean(" ".join(filter(None, [mark, call, *behind])))[:100]
                yield Copy(number, number, whole, mark)
            number, behind = text[:50], []
        elif code == "f":
            mark = text
        elif code in "vc" and text:
            behind.append(text if code == "v" else f"c.{text.removeprefix('c.')}")


def _call_number(record: Record) -> str:
    field = record.first("090") or record.first("056") or record.first("050") or record.first("082")
    if field is None:
        return ""
    codes = {"056": "a", "082": "a"}.get(field.tag, "abc")
    return clean(" ".join(field.values(codes)))[:100]
