"""ISO 2709: records of MARC 21 and KORMARC as bytes, however badly they are counted or encoded.

A record ends with 0x1D, a field with 0x1E. The lengths and places that a record states of its
parts are often wrong where a file went through another encoding, so the marks decide. What has
as many fields as its directory says is read; anything else is `Damaged`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pymarc.marc8 import marc8_to_unicode
from pymarc.marc8_mapping import CODESETS

from madang.lib.marc import SUBFIELD, Damaged, Field, Piece, Record, Stream

END, FIELD = b"\x1d", b"\x1e"
ESCAPE = b"\x1b"
BLANK = b" \t\r\n\x00\x1a\xef\xbb\xbf"
"""What stands between records: ends of lines, an old end of file, a mark of UTF-8."""
LEADER, ENTRY = 24, 12
ENTRIES = re.compile(r"([0-9A-Za-z]{3})(\d{4})(\d{5})", re.ASCII)
DIRECTORY = re.compile(rb"(?:[0-9A-Za-z]{3}\d{9})+")
BLOCK = 1 << 16
MOST = 1 << 20
"""Bytes after which a record is taken for none: ten times what five digits can count."""
BEGINS = re.compile(rb"(?=(\d{5})[ -~]{5}22\d{5}[ -~]{3}4500)")
ANSEL = frozenset(CODESETS[0x45])
PAIRS = re.compile(rb"(?:[\x00-\x7f]|[\x81-\xfe][\x41-\xfe])*")


class TooLong(ValueError):
    """A record or a field has more bytes than ISO 2709 can count."""


def pieces(stream: Stream) -> Iterator[Piece]:
    """What stands between the ends of records, blanks around it left out.

    Where a record was cut off and another follows, both are found. Memory is bounded.
    """
    number, offset = 0, 0
    for chunk in _chunks(stream):
        for source in _apart(chunk):
            data = source.lstrip(BLANK)
            if data.strip(BLANK + END):
                number += 1
                yield Piece(number, offset + len(source) - len(data), data)
            offset += len(source)


def _chunks(stream: Stream) -> Iterator[bytes]:
    """The file up to each end of a record, and what remains."""
    rest = b""
    while block := stream.read(BLOCK):
        *done, rest = (rest + block).split(END)
        for each in done:
            yield each + END
        if len(rest) > MOST:
            yield rest
            rest = b""
    if rest:
        yield rest


def _apart(chunk: bytes) -> Iterator[bytes]:
    """A record cut off and the whole one after it, if the end of `chunk` counts as one."""
    if not chunk[:5].isdigit() or int(chunk[:5]) != len(chunk):
        for found in BEGINS.finditer(chunk, 1):
            if int(found[1]) == len(chunk) - found.start():
                yield from filter(None, (chunk[: found.start()], chunk[found.start() :]))
                return
    yield chunk


def parse(source: bytes) -> Record:
    """The record that `source` is, or `Damaged`: cut, leader, directory, fields, encoding.

    Notes: `lengths` where it counted its parts wrongly; `utf8` where it is UTF-8 and does not say
    so; `korean` where it is CP949; `mixed` where its fields differ in their encoding.
    """
    if not source.endswith(END):
        raise Damaged("cut")
    leader = source[:LEADER]
    if len(leader) < LEADER or not leader.isascii() or FIELD in leader:
        raise Damaged("leader")
    directory, mark, body = source[LEADER:-1].partition(FIELD)
    if not mark or DIRECTORY.fullmatch(directory) is None:
        raise Damaged("directory")
    *parts, rest = body.split(FIELD)
    entries = sorted(
        (int(offset), int(length), tag)
        for tag, length, offset in ENTRIES.findall(directory.decode("ascii"))
    )
    if rest.strip() or len(parts) != len(entries):
        raise Damaged("fields")
    claims_utf8 = leader[9:10] == b"a"
    texts, notes = _decoded(parts, claims_utf8=claims_utf8)
    if not _is_counted(source, leader, directory, entries, parts):
        notes.add("lengths")
    fields = tuple(map(Field, (tag for _, _, tag in entries), texts))
    return Record(leader.decode("ascii"), fields, frozenset(notes))


def _is_counted(
    source: bytes,
    leader: bytes,
    directory: bytes,
    entries: list[tuple[int, int, str]],
    parts: list[bytes],
) -> bool:
    if leader[:5] != b"%05d" % len(source) or leader[12:17] != b"%05d" % (
        LEADER + len(directory) + 1
    ):
        return False
    place = 0
    for (offset, length, _), part in zip(entries, parts, strict=True):
        if (offset, length) != (place, len(part) + 1):
            return False
        place += length
    return True


def _decoded(parts: list[bytes], *, claims_utf8: bool) -> tuple[list[str], set[str]]:
    """The fields as text, in the encoding they are in, whichever the record claims."""
    whole = FIELD.join(parts)
    if claims_utf8 or ESCAPE not in whole:
        try:
            text = whole.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            notes = set() if claims_utf8 or whole.isascii() else {"utf8"}
            return text.split("\x1e"), notes
    found = [_guessed(part) for part in parts]
    kinds = {kind for _, kind in found if kind}
    notes = {"korean"} if kinds == {"korean"} else set()
    if len(kinds) > 1 or claims_utf8:
        notes = {"mixed"}
    return [text for text, _ in found], notes


def _guessed(part: bytes) -> tuple[str, str]:
    """A field as text, and the name of its encoding; no name where it is ASCII."""
    if ESCAPE not in part:
        if part.isascii():
            return part.decode("ascii"), ""
        try:
            return part.decode("utf-8"), "utf8"
        except UnicodeDecodeError:
            pass
        if (text := _korean(part)) is not None:
            return text, "korean"
        if any(byte > 0x7F and byte not in ANSEL for byte in part):
            raise Damaged("encoding")
    mark = SUBFIELD.encode()
    try:
        texts = [marc8_to_unicode(each, hide_utf8_warnings=True) for each in part.split(mark)]
    except UnicodeDecodeError:
        raise Damaged("encoding") from None
    return SUBFIELD.join(texts), "marc8"


def _korean(part: bytes) -> str | None:
    """CP949, if most of what is not ASCII comes out as syllables.

    MARC-8 puts marks before letters, which CP949 takes for its rarer syllables, or for Hanja.
    """
    if PAIRS.fullmatch(part) is None:
        return None
    try:
        text = part.decode("cp949")
    except UnicodeDecodeError:
        return None
    signs = [sign for sign in text if sign > "\x7f"]
    common = sum("가" <= sign <= "힣" and sign.encode("cp949")[1] > 0xA0 for sign in signs)
    return text if 2 * common >= len(signs) else None


def write(record: Record) -> bytes:
    """The record in ISO 2709 and UTF-8, counted anew; `TooLong` where they are too many."""
    directory, body = [], bytearray()
    for field in record.fields:
        part = field.text.encode() + FIELD
        if len(part) > 9999:
            raise TooLong(field.tag)
        directory.append(b"%s%04d%05d" % (field.tag.encode(), len(part), len(body)))
        body += part
    base = LEADER + ENTRY * len(directory) + 1
    length = base + len(body) + 1
    if length > 99999:
        raise TooLong(length)
    old = record.leader.encode("ascii").ljust(LEADER)
    leader = b"%05d%sa22%05d%s4500" % (length, old[5:9], base, old[17:20])
    return leader + b"".join(directory) + FIELD + bytes(body) + END
