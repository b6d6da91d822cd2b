"""What a FHIR client is answered: resources with a version, bundles, outcomes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date

CONTENT_TYPE = "application/fhir+json; charset=utf-8"
Resource = dict[str, object]
"""A resource as JSON has it."""


class Problem(Exception):
    """An answer other than 2xx: a status, a code of FHIR's IssueType, a sentence for people.

    `diagnostics` is for programs: which parameter, or which times are free.
    """

    def __init__(self, status: int, code: str, text: str, diagnostics: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.body = outcome(code, text, diagnostics)


def outcome(code: str, text: str, diagnostics: str = "") -> Resource:
    """An OperationOutcome that says why nothing was done."""
    issue: Resource = {"severity": "error", "code": code, "details": {"text": text}}
    if diagnostics:
        issue["diagnostics"] = diagnostics
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def versioned(resource: Resource, *, changed_at: datetime | None = None) -> Resource:
    """`resource` with a version that changes when, and only when, its content does."""
    content = json.dumps(resource, sort_keys=True, ensure_ascii=False)
    meta: Resource = {"versionId": hashlib.sha256(content.encode()).hexdigest()[:16]}
    if changed_at is not None:
        meta["lastUpdated"] = changed_at.isoformat().replace("+00:00", "Z")
    return {**resource, "meta": meta}


def address(resource: Resource) -> str:
    """Where a resource can be read."""
    return f"{base()}/{resource['resourceType']}/{resource['id']}"


def base() -> str:
    """The address of the server, without a slash at its end."""
    return f"{settings.SITE_ORIGIN}/fhir"


def bundle(found: Iterable[Resource], *, total: int, links: Sequence[tuple[str, str]]) -> Resource:
    """A searchset; `links` are pairs of a relation and an address."""
    entries = [
        {"fullUrl": address(each), "resource": each, "search": {"mode": "match"}} for each in found
    ]
    body: Resource = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "link": [{"relation": relation, "url": url} for relation, url in links],
    }
    return {**body, "entry": entries} if entries else body


def answer(body: Resource, *, status: int = 200) -> HttpResponse:
    """`body` as JSON, for whoever asked alone."""
    text = json.dumps(body, ensure_ascii=False)
    response = HttpResponse(text, status=status, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
    return response


def conditional(
    request: HttpRequest, resource: Resource, changed_at: datetime | None
) -> HttpResponseBase:
    """One resource, or 304 where the client has this version (RFC 9110, 13.1.2).

    The version alone decides: a doctor's new name changes an appointment without a date of its own.
    """
    meta = resource["meta"]
    assert isinstance(meta, dict)
    etag = f'W/"{meta["versionId"]}"'
    response = answer(resource)
    response["ETag"] = etag
    if changed_at is not None:
        response["Last-Modified"] = http_date(changed_at.timestamp())
    found = get_conditional_response(request, etag=etag, response=response)
    assert found is not None  # it answers with `response` where no condition decides
    return found
