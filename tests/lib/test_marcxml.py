"""MARCXML: every record is found and read, or told to be damaged."""

from __future__ import annotations

from io import BytesIO

import pytest
from defusedxml.ElementTree import fromstring
from pymarc import parse_xml_to_array

from madang.lib import iso2709, marcxml
from madang.lib.marc import LEADER, Damaged, Field, Piece, Record
from tests.library.records import KORMARC, iso

RECORD = iso2709.parse(iso(KORMARC))
XML = marcxml.write(RECORD)


def pieces(text: str | bytes) -> list[Piece]:
    file = text.encode() if isinstance(text, str) else text
    return list(marcxml.pieces(BytesIO(file)))


def test_what_is_written_is_read_the_same_by_us_and_by_pymarc() -> None:
    assert marcxml.parse(XML.encode()) == RECORD
    [same] = parse_xml_to_array(BytesIO(XML.encode()))  # type: ignore[no-untyped-call]
    assert [each.tag for each in same.fields] == [each.tag for each in RECORD.fields]
    assert same.title == "토지 : 대하소설 /"


def test_signs_that_xml_does_not_know_are_left_out() -> None:
    record = Record(LEADER, (Field("245", '"<\x1fa토\x01지 & <꽃>\x1f"x'),))
    assert fromstring(marcxml.write(record))[1][0].text == "토지 & <꽃>"
    assert marcxml.parse(marcxml.write(record).encode()).fields[0].indicators == '"<'


def test_records_are_found_in_a_collection_whatever_its_prefix() -> None:
    prefixed = XML.replace("<", "<marc:").replace("<marc:/", "</marc:").replace("xmlns=", "x=")
    file = f'<?xml version="1.0"?><marc:collection xmlns:marc="y">{prefixed} {prefixed}</all>'
    found = pieces(file)
    assert [piece.number for piece in found] == [1, 2]
    assert [piece.source for piece in found] == [prefixed.encode()] * 2
    assert [piece.offset for piece in found] == [
        file.encode().find(b"<marc:record"),
        file.encode().rfind(b"<marc:record"),
    ]
    assert marcxml.parse(found[0].source).fields == RECORD.fields


def test_records_inside_another_protocol_are_found() -> None:
    file = f"<OAI-PMH><record><header/><metadata>{XML}</metadata></record></OAI-PMH>"
    assert [piece.source for piece in pieces(file)] == [XML.encode()]


def test_a_broken_record_leaves_the_others_as_they_are() -> None:
    broken = XML.replace("</record>", "").replace("토지", "무정")
    found = pieces(f"<collection>{broken}{XML}{broken}")
    assert [piece.source.decode().strip() for piece in found] == [
        broken.strip(),
        XML,
        broken.strip(),
    ]
    assert [piece.number for piece in found] == [1, 2, 3]
    assert pieces(f"<leader>x</leader></record>{XML}")[1].source == XML.encode()
    assert pieces("<leader>x</leader>")[0].source == b"<leader>x</leader>"


def test_what_never_ends_is_given_in_bounded_pieces() -> None:
    found = pieces("<record>" + "x" * (3 * marcxml.MOST))
    assert max(len(piece.source) for piece in found) <= marcxml.MOST + marcxml.BLOCK


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<?xml version="1.0" encoding="EUC-KR"?>', "euc-kr"),
        ('<?xml version="1.0"?>', "utf-16"),
        ('<?xml version="1.0" encoding="nonsense"?>', "utf-8"),
    ],
)
def test_a_document_may_be_in_another_encoding(head: str, encoding: str) -> None:
    file = f"{head}<collection>{XML.replace('₩', '')}</collection>".encode(encoding)
    [piece] = pieces(file)
    assert marcxml.parse(piece.source).first("100") == RECORD.first("100")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (XML.replace("토지", "\udcff").encode("utf-8", "surrogateescape"), "encoding"),
        (XML[:-9].encode(), "xml"),
        (b'<!DOCTYPE x [<!ENTITY e "x">]><record>&e;</record>', "xml"),
        (b"<record><leader/></record>", "fields"),
        (b'<record><datafield tag="24"/></record>', "fields"),
    ],
)
def test_what_cannot_be_read_is_damaged(source: bytes, code: str) -> None:
    with pytest.raises(Damaged) as damage:
        marcxml.parse(source)
    assert damage.value.code == code


def test_what_is_left_out_is_blank() -> None:
    text = '<r:record xmlns:r="x"><r:leader/><r:controlfield tag="001"/>'
    text += '<r:datafield tag="245"><r:subfield>a<b/>b</r:subfield></r:datafield></r:record>'
    assert marcxml.parse(text.encode()) == Record(
        " " * 24, (Field("001", ""), Field("245", "  \x1f ab"))
    )
