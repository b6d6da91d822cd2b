"""The catalogue for other catalogues: SRU 1.2 (Search/Retrieve via URL, Library of Congress)."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from madang.lib.markup import clean, content, element
from madang.library import cql, dublin, exporting
from madang.library.models import Bib

NAMESPACE = "http://www.loc.gov/zing/srw/"
DIAGNOSTIC = "http://www.loc.gov/zing/srw/diagnostic/"
EXPLAIN = "http://explain.z3950.org/dtd/2.0/"
SHOWN, MOST = 10, 100
"""Records of an answer, where nothing is said, and at most."""
FURTHEST = 100_000
SENTENCES = {
    4: "Unsupported operation",
    5: "Unsupported version",
    6: "Unsupported parameter value",
    7: "Mandatory parameter not supplied",
    8: "Unsupported parameter",
    10: "Query syntax error",
    12: "Too many characters in query",
    13: "Invalid or unsupported use of parentheses",
    16: "Unsupported index",
    19: "Unsupported relation",
    20: "Unsupported relation modifier",
    27: "Empty term unsupported",
    37: "Unsupported boolean operator",
    61: "First record position out of range",
    66: "Unknown schema for retrieval",
    71: "Unsupported record packing",
    80: "Sort not supported",
}
"""What each diagnostic is called (SRU 1.2, diagnostics list)."""
KNOWN = {
    "operation",
    "version",
    "query",
    "startRecord",
    "maximumRecords",
    "recordPacking",
    "recordSchema",
    "resultSetTTL",
    "stylesheet",
}


def _dc(bib: Bib) -> str:
    where = {"xmlns:srw_dc": "info:srw/schema/1/dc-schema", "xmlns:dc": dublin.DC}
    return content("srw_dc:dc", dublin.dublin_core(bib), **where)


SCHEMAS: Mapping[str, tuple[str, dublin.Writer]] = {
    "marcxml": ("info:srw/schema/1/marcxml-v1.1", dublin.marc21),
    "dc": ("info:srw/schema/1/dc-v1.1", _dc),
}


@require_safe
def answer(request: HttpRequest) -> HttpResponse:
    """`explain` or `searchRetrieve`; whatever else is asked gets a diagnostic."""
    if not settings.LIBRARY_OPEN_CATALOGUE:
        sentence = "This catalogue is for members.\n"
        return HttpResponse(sentence, status=403, content_type="text/plain; charset=utf-8")
    asked = request.GET.dict()
    operation = asked.get("operation", "explain" if "query" not in asked else "searchRetrieve")
    if operation == "explain":
        return _answer("explainResponse", _explained())
    if operation != "searchRetrieve":
        return _answer("explainResponse", _explained() + _diagnostics(4, operation))
    try:
        return _answer("searchRetrieveResponse", _retrieved(asked))
    except cql.Refusal as refusal:
        inside = element("numberOfRecords", "0")
        return _answer(
            "searchRetrieveResponse", inside + _diagnostics(refusal.number, refusal.details)
        )


def _retrieved(asked: Mapping[str, str]) -> str:
    strange = sorted(set(asked) - KNOWN)
    if "sortKeys" in asked:
        raise cql.Refusal(80, "sortKeys")
    if strange and not strange[0].startswith("x-"):
        raise cql.Refusal(8, strange[0])
    for name in ("version", "query"):
        if not asked.get(name):
            raise cql.Refusal(7, name)
    if asked["version"] not in {"1.1", "1.2"}:
        raise cql.Refusal(5, "1.2")
    schema, write = _schema(asked.get("recordSchema", "marcxml"))
    packing = asked.get("recordPacking", "xml")
    if packing not in {"xml", "string"}:
        raise cql.Refusal(71, packing)
    start = _number(asked, "startRecord", 1, least=1, most=FURTHEST)
    count = _number(asked, "maximumRecords", SHOWN, least=0, most=10_000)
    found = cql.find(asked["query"])
    total = found.count()
    if start > max(total, 1):
        raise cql.Refusal(61, str(start))
    rows = exporting.described(found)[start - 1 : start - 1 + min(count, MOST)] if count else ()
    records = [_record(write(bib), schema, packing, place) for place, bib in enumerate(rows, start)]
    following = start + len(records)
    more = element("nextRecordPosition", str(following)) if following <= total and count else ""
    shown = content("records", "".join(records)) if records else ""
    return element("numberOfRecords", str(total)) + shown + more


def _record(text: str, schema: str, packing: str, place: int) -> str:
    data = content("recordData", text if packing == "xml" else clean(text))
    head = element("recordSchema", schema) + element("recordPacking", packing)
    return content("record", head + data + element("recordPosition", str(place)))


def _schema(name: str) -> tuple[str, dublin.Writer]:
    for short, (identifier, write) in SCHEMAS.items():
        if name in {short, identifier}:
            return identifier, write
    raise cql.Refusal(66, name)


def _number(asked: Mapping[str, str], name: str, usual: int, *, least: int, most: int) -> int:
    text = asked.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise cql.Refusal(6, name)
    return int(text)


def _explained() -> str:
    """A record of ZeeRex that names the database, its indexes and its schemas."""
    address = settings.SITE_ORIGIN + reverse("library:sru")
    scheme, _colon, rest = address.partition("://")
    host, _slash, path = rest.partition("/")
    name, _colon, port = host.partition(":")
    server = content(
        "serverInfo",
        element("host", name)
        + element("port", port or {"https": "443"}.get(scheme, "80"))
        + element("database", path),
        protocol="SRU",
        version="1.2",
        transport=scheme,
    )
    indexes = "".join(
        content("index", element("title", title) + content("map", element("name", name, set=which)))
        for title, which, name in (
            ("Any", "cql", "serverChoice"),
            ("Title", "dc", "title"),
            ("Author", "dc", "creator"),
            ("ISBN", "bath", "isbn"),
        )
    )
    schemas = "".join(
        content("schema", element("title", short), identifier=identifier, name=short)
        for short, (identifier, _write) in SCHEMAS.items()
    )
    inside = server + content("databaseInfo", element("title", settings.SITE_NAME))
    inside += content("indexInfo", indexes) + content("schemaInfo", schemas)
    inside += content(
        "configInfo",
        element("default", str(SHOWN), type="numberOfRecords")
        + element("setting", str(MOST), type="maximumRecords"),
    )
    data = content("recordData", content("explain", inside, xmlns=EXPLAIN))
    head = element("recordSchema", EXPLAIN) + element("recordPacking", "xml")
    return content("record", head + data)


def _diagnostics(number: int, details: str) -> str:
    inside = element("uri", f"info:srw/diagnostic/1/{number}")
    inside += element("details", details) if details else ""
    inside += element("message", SENTENCES[number])
    return content("diagnostics", content("diagnostic", inside, xmlns=DIAGNOSTIC))


def _answer(tag: str, inside: str) -> HttpResponse:
    whole = content(tag, element("version", "1.2") + inside, xmlns=NAMESPACE)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{whole}\n'
    return HttpResponse(text, content_type="text/xml; charset=utf-8")
