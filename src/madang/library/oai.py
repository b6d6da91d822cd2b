"""The catalogue for harvesters: OAI-PMH 2.0 (Open Archives Initiative, 2015-01-08)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from madang.lib.markup import content, element
from madang.library import dublin, exporting, recording
from madang.library.models import Bib

STEP = 100
"""Records of one answer."""
FORMAT = "%Y-%m-%dT%H:%M:%SZ"
TOKEN = re.compile(r"(oai_dc|marc21)\.(\d{0,10})\.(\d{0,10})\.(\d{1,16})\.(\d{1,18})")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
LAST = datetime(2200, 1, 1, tzinfo=UTC)
"""Nothing was changed before `EPOCH`, or will be after `LAST`."""
HEAD = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/'
    ' http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
)
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"


class Refusal(Exception):
    """An error of the protocol: its code and a sentence (3.6)."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True)
class Metadata:
    """A format in which records are given: schema, namespace, and what writes one."""

    schema: str
    namespace: str
    write: dublin.Writer


def _oai_dc(bib: Bib) -> str:
    where = f"{OAI_DC} http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
    declared = {"xmlns:oai_dc": OAI_DC, "xmlns:dc": dublin.DC, "xsi:schemaLocation": where}
    return content("oai_dc:dc", dublin.dublin_core(bib), **declared)


FORMATS: Mapping[str, Metadata] = {
    "oai_dc": Metadata("http://www.openarchives.org/OAI/2.0/oai_dc.xsd", OAI_DC, _oai_dc),
    "marc21": Metadata(
        "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd",
        "http://www.loc.gov/MARC21/slim",
        dublin.marc21,
    ),
}


@dataclass(frozen=True)
class Wanted:
    """Which records: in which format, changed from when to when, and after which one."""

    metadata: str
    since: datetime | None
    until: datetime | None
    after: tuple[datetime, int] | None = None

    def records(self) -> QuerySet[Bib]:
        """Hidden ones too, which count as deleted, in the order in which they changed."""
        rows = Bib.objects.order_by("updated_at", "pk")
        if self.since is not None:
            rows = rows.filter(updated_at__gte=self.since)
        if self.until is not None:
            rows = rows.filter(updated_at__lt=self.until + timedelta(seconds=1))
        if self.after is not None:
            moment, key = self.after
            rows = rows.filter(Q(updated_at__gt=moment) | Q(updated_at=moment, pk__gt=key))
        return rows

    def token(self, last: Bib) -> str:
        """What says where to go on, without anything being kept."""
        ends = [str(int(one.timestamp())) if one else "" for one in (self.since, self.until)]
        moment = str((last.updated_at - EPOCH) // MICRO)
        return ".".join([self.metadata, *ends, moment, str(last.pk)])


@csrf_exempt  # it only reads
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest) -> HttpResponse:
    """One of the six verbs, by GET or by POST (3.1.1)."""
    if not settings.LIBRARY_OPEN_CATALOGUE:
        sentence = "This catalogue is for members.\n"
        return HttpResponse(sentence, status=403, content_type="text/plain; charset=utf-8")
    asked = request.POST if request.method == "POST" else request.GET
    verb, said = asked.get("verb", ""), {}
    try:
        said = _arguments(asked)
        inside = content(verb, VERBS[verb][2](said))
    except Refusal as refusal:
        inside = element("error", refusal.sentence, code=refusal.code)
        said = {} if refusal.code in {"badVerb", "badArgument"} else said
    at = element("responseDate", timezone.now().astimezone(UTC).strftime(FORMAT))
    echo = element("request", _base(), **said)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{HEAD}{at}{echo}{inside}</OAI-PMH>\n'
    return HttpResponse(text, content_type="text/xml; charset=utf-8")


def _arguments(asked: QueryDict) -> dict[str, str]:
    """The arguments of a verb that takes them, each once; else `Refusal`."""
    verbs = asked.getlist("verb")
    if len(verbs) != 1 or verbs[0] not in VERBS:
        raise Refusal("badVerb", "verb is missing, repeated, or none of the six.")
    needed, allowed, _write = VERBS[verbs[0]]
    names = set(asked) - {"verb"}
    repeated = [name for name in names if len(asked.getlist(name)) > 1]
    if strange := sorted(names - needed - allowed) or repeated:
        raise Refusal("badArgument", f"{strange[0]} is not taken, or repeated.")
    if "resumptionToken" in names:
        if len(names) > 1:
            raise Refusal("badArgument", "resumptionToken stands alone.")
    elif missing := sorted(needed - names):
        raise Refusal("badArgument", f"{missing[0]} is missing.")
    return {name: str(asked[name]) for name in ("verb", *sorted(names))}


def _identify(said: dict[str, str]) -> str:
    del said
    first = Bib.objects.order_by("updated_at").values_list("updated_at", flat=True).first()
    rows = {
        "repositoryName": settings.SITE_NAME,
        "baseURL": _base(),
        "protocolVersion": "2.0",
        "adminEmail": settings.DEFAULT_FROM_EMAIL,
        "earliestDatestamp": (first or timezone.now()).astimezone(UTC).strftime(FORMAT),
        "deletedRecord": "transient",
        "granularity": "YYYY-MM-DDThh:mm:ssZ",
    }
    return "".join(element(tag, text) for tag, text in rows.items())


def _formats(said: dict[str, str]) -> str:
    if "identifier" in said:
        _find(said["identifier"])
    return "".join(
        content(
            "metadataFormat",
            element("metadataPrefix", name)
            + element("schema", one.schema)
            + element("metadataNamespace", one.namespace),
        )
        for name, one in FORMATS.items()
    )


def _sets(said: dict[str, str]) -> str:
    del said
    raise Refusal("noSetHierarchy", "There are no sets.")


def _record(said: dict[str, str]) -> str:
    _format(said["metadataPrefix"])
    return _whole(_find(said["identifier"]), said["metadataPrefix"])


def _records(said: dict[str, str]) -> str:
    return _list(said, _whole)


def _identifiers(said: dict[str, str]) -> str:
    return _list(said, lambda bib, _prefix: _header(bib))


def _list(said: dict[str, str], write: Callable[[Bib, str], str]) -> str:
    wanted = _resumed(said["resumptionToken"]) if "resumptionToken" in said else _wanted(said)
    rows = list(exporting.described(wanted.records())[: STEP + 1])
    if not rows and wanted.after is None:
        raise Refusal("noRecordsMatch", "There are none.")
    text = "".join(write(bib, wanted.metadata) for bib in rows[:STEP])
    if len(rows) > STEP:
        return text + element("resumptionToken", wanted.token(rows[STEP - 1]))
    return text + (element("resumptionToken") if wanted.after is not None else "")


def _wanted(said: dict[str, str]) -> Wanted:
    _format(said["metadataPrefix"])
    if "set" in said:
        raise Refusal("noSetHierarchy", "There are no sets.")
    ends = [said.get(name, "") for name in ("from", "until")]
    if all(ends) and len(ends[0]) != len(ends[1]):
        raise Refusal("badArgument", "from and until differ in granularity.")
    since, until = _moment(ends[0], time()), _moment(ends[1], time(23, 59, 59))
    if since is not None and until is not None and since > until:
        raise Refusal("badArgument", "from is later than until.")
    since = None if since is None else max(since, EPOCH)
    until = None if until is None else min(until, LAST)
    return Wanted(said["metadataPrefix"], since, until)


def _resumed(token: str) -> Wanted:
    found = TOKEN.fullmatch(token)
    if found is None:
        raise Refusal("badResumptionToken", "The token is none of ours.")
    metadata, since, until, moment, key = found.groups()
    first, last = (datetime.fromtimestamp(int(one), UTC) if one else None for one in (since, until))
    return Wanted(metadata, first, last, (EPOCH + int(moment) * MICRO, int(key)))


def _moment(text: str, of_day: time) -> datetime | None:
    """UTCdatetime (3.3): a day, or a second of it; nothing where nothing is said."""
    if not text:
        return None
    try:
        if len(text) == len("YYYY-MM-DD"):
            return datetime.combine(date.fromisoformat(text), of_day, UTC)
        return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise Refusal("badArgument", f"{text} is no date.") from None


def _format(name: str) -> Metadata:
    if name not in FORMATS:
        raise Refusal("cannotDisseminateFormat", f"{name} is none of the formats.")
    return FORMATS[name]


def _find(identifier: str) -> Bib:
    scheme, _colon, key = identifier.rpartition(":")
    is_ours = scheme == f"oai:{recording.agency()}" and re.fullmatch(r"[0-9]{1,18}", key)
    bib = exporting.described(Bib.objects.filter(pk=key)).first() if is_ours else None
    if bib is None:
        raise Refusal("idDoesNotExist", "There is no such record.")
    return bib


def _whole(bib: Bib, metadata: str) -> str:
    if bib.is_hidden:
        return content("record", _header(bib))
    return content("record", _header(bib) + content("metadata", FORMATS[metadata].write(bib)))


def _header(bib: Bib) -> str:
    status = {"status": "deleted"} if bib.is_hidden else {}
    inside = element("identifier", f"oai:{recording.agency()}:{bib.pk}")
    inside += element("datestamp", bib.updated_at.astimezone(UTC).strftime(FORMAT))
    return content("header", inside, **status)


def _base() -> str:
    return str(settings.SITE_ORIGIN + reverse("library:oai"))


_LISTED = (
    frozenset({"metadataPrefix"}),
    frozenset({"from", "until", "set", "resumptionToken"}),
)
VERBS: Mapping[str, tuple[frozenset[str], frozenset[str], Callable[[dict[str, str]], str]]] = {
    "Identify": (frozenset(), frozenset(), _identify),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"}), _formats),
    "ListSets": (frozenset(), frozenset({"resumptionToken"}), _sets),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset(), _record),
    "ListRecords": (*_LISTED, _records),
    "ListIdentifiers": (*_LISTED, _identifiers),
}
"""Each verb: what it needs, what else it takes, what it answers."""
