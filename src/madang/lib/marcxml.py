"""MARCXML (MARC 21 XML Schema 1.1): records found in a file one by one, read, and written.

A file is never parsed as a whole: a record that is not well-formed leaves the others as they
are, and memory is bounded. Document types and entities are refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from madang.lib.marc import SUBFIELD, Damaged, Field, Piece, Record, Stream
from madang.lib.markup import clean, clean_attribute

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAMESPACE = "http://www.loc.gov/MARC21/slim"
BLOCK = 1 << 16
MOST = 1 << 20
BEGIN = re.compile(r"<(?:[\w.-]+:)?record(?=[\s>/])")
CLOSE = re.compile(r"</(?:[\w.-]+:)?record\s*>")
PART = re.compile(r"<(?:[\w.-]+:)?(?:leader|controlfield|datafield)[\s>]")
PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]*):[\w.-]")
DECLARED = re.compile(rb"""encoding\s*=\s*["']([\w.:-]+)["']""")


def pieces(stream: Stream) -> Iterator[Piece]:
    """Every `<record>` of the file, in UTF-8; what has fields and is no whole record, too.

    Records inside another protocol's, as in an answer of OAI-PMH, are found.
    """
    number, offset, rest = 0, 0, ""
    for block in _text(stream):
        rest += block
        while found := CLOSE.search(rest):
            for text, place in _apart(rest[: found.end()]):
                number += 1
                yield Piece(number, offset + len(_bytes(rest[:place])), _bytes(text))
            offset, rest = offset + len(_bytes(rest[: found.end()])), rest[found.end() :]
        if len(rest) > MOST:
            number += 1
            yield Piece(number, offset, _bytes(rest))
            offset, rest = offset + len(_bytes(rest)), ""
    if PART.search(rest):
        begin = BEGIN.search(rest)
        place = begin.start() if begin else 0
        yield Piece(number + 1, offset + len(_bytes(rest[:place])), _bytes(rest[place:]))


def _apart(text: str) -> Iterator[tuple[str, int]]:
    """The last record begun in `text`, which ends with it, and a broken one before, with places."""
    starts = [found.start() for found in BEGIN.finditer(text)]
    last = starts[-1] if starts else len(text)
    if PART.search(text[:last]):
        first = starts[0] if len(starts) > 1 else 0
        yield text[first:last], first
    if starts:
        yield text[last:], last


def _text(stream: Stream) -> Iterator[str]:
    """The document as text; bytes outside its encoding as lone surrogates."""
    block = stream.read(BLOCK)
    declared = DECLARED.search(block[:200])
    name = declared[1].decode("ascii") if declared else "utf-8"
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    try:
        decoder = codecs.getincrementaldecoder(name)("surrogateescape")
    except LookupError:
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    while block:
        yield decoder.decode(block)
        block = stream.read(BLOCK)
    yield decoder.decode(b"", final=True)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def parse(source: bytes) -> Record:
    """The record that `source` is, or `Damaged`: encoding, xml, fields."""
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        raise Damaged("encoding") from None
    prefixes = set(PREFIX.findall(text)) - {"xml", "xmlns"}
    spaces = "".join(f' xmlns:{prefix}="{NAMESPACE}"' for prefix in sorted(prefixes))
    try:
        root: Element = fromstring(f"<all{spaces}>{text}</all>")
    except (ParseError, DefusedXmlException, ValueError):
        raise Damaged("xml") from None
    leader, fields = " " * 24, []
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name == "leader":
            leader = (element.text or "").ljust(24)[:24]
        elif name in {"controlfield", "datafield"}:
            fields.append(_field(element, is_control=name == "controlfield"))
    if not fields:
        raise Damaged("fields")
    return Record(leader, tuple(fields))


def _field(element: Element, *, is_control: bool) -> Field:
    tag = element.get("tag", "")
    if len(tag) != 3:
        raise Damaged("fields")
    if is_control:
        return Field(tag, element.text or "")
    marks = [(element.get(name) or " ")[:1] for name in ("ind1", "ind2")]
    subfields = [
        SUBFIELD + part.get("code", " ")[:1].ljust(1) + "".join(part.itertext()) for part in element
    ]
    return Field(tag, "".join([*marks, *subfields]))


def write(record: Record) -> str:
    """The element `<record>`, with its namespace."""
    lines = [f'<record xmlns="{NAMESPACE}">', f"<leader>{clean(record.leader)}</leader>"]
    for field in record.fields:
        tag = _attribute(field.tag)
        if field.is_control:
            lines.append(f"<controlfield tag={tag}>{clean(field.text)}</controlfield>")
            continue
        first, second = (_attribute(sign) for sign in field.indicators)
        lines.append(f"<datafield tag={tag} ind1={first} ind2={second}>")
        lines += [
            f"<subfield code={_attribute(code)}>{clean(value)}</subfield>"
            for code, value in field.subfields
        ]
        lines.append("</datafield>")
    return "\n".join([*lines, "</record>"])


def _attribute(text: str) -> str:
    return quoteattr(clean_attribute(text) or " ")
