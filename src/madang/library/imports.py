"""A librarian's pages for files: send one, see what it would bring, read it in, take it back."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import cast

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madang.lib.tables import MOST_COLUMNS
from madang.library import importing, reading, reverting, working
from madang.library.columns import FIELDS, guess, headers
from madang.library.exporting import FORMATS
from madang.library.forms import ImportForm
from madang.library.models import ImportBatch
from madang.people.access import member_of, role_required, takes_files

MOST = 20 << 20
"""Bytes of a file and its form; nginx, as `madang deploy` sets it up, lets no more through."""
ROWS, PREVIEW = 100, 10


@takes_files("librarian", MOST)
@role_required("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Send a file; the files that were read in, the last first."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_bound and form.is_valid():
        return redirect("library:import", batch_id=_staged(request, form).pk)
    batches = ImportBatch.objects.select_related("made_by")[:ROWS]
    status = 422 if form.is_bound and form.errors else 200
    return render(
        request, "library/imports.html", {"form": form, "batches": batches}, status=status
    )


def _staged(request: HttpRequest, form: ImportForm) -> ImportBatch:
    file, at = form.cleaned_data["file"], timezone.now()
    with transaction.atomic():
        batch = importing.stage(
            file_name=file.name,
            format=form.format,
            file=file,
            at=at,
            by=member_of(request),
            item_type=form.cleaned_data["item_type"],
            location=form.cleaned_data["location"],
        )
        working.go_on.enqueue(batch.pk)
    return batch


@role_required("librarian")
@require_safe
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One file: how far it is, what it brings or brought, what is wrong with it."""
    found = get_object_or_404(ImportBatch.objects.select_related("made_by"), pk=batch_id)
    context = {
        "batch": found,
        "preview": _preview(found),
        "columns": _columns(found),
        "fields": FIELDS.items(),
        "problems": found.problems.defer("source")[:ROWS],
        "count": found.problems.count(),
        "kept": reverting.kept(batch=found)[:ROWS] if found.status == "reverted" else [],
        "rows": ROWS,
    }
    part = "#batch" if request.htmx else ""  # type: ignore[attr-defined]  # set by its middleware
    return render(request, f"library/import.html{part}", context)


def _preview(found: ImportBatch) -> list[reading.Candidate]:
    """The first records of a file that waits to be looked at."""
    if found.status != ImportBatch.Status.STAGED:
        return []
    with found.file.open("rb") as stream:
        return list(islice(reading.candidates(stream, found.format, found.columns), PREVIEW))


def _columns(found: ImportBatch) -> list[tuple[str, str]]:
    """The names of a table's columns, and what each is taken to hold."""
    if found.status != ImportBatch.Status.STAGED or not found.is_table:
        return []
    with found.file.open("rb") as stream:
        names = headers(stream, found.format)
    return list(zip(names, found.columns or guess(names), strict=False))


@role_required("librarian")
@require_POST
def columns(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Say what the columns of a table hold, and have it looked through again."""
    found = get_object_or_404(ImportBatch, pk=batch_id)
    chosen = request.POST.getlist("column")[:MOST_COLUMNS]
    if any(field not in FIELDS for field in chosen):
        raise BadRequest
    with suppress(importing.NotNow), transaction.atomic():
        importing.look_again(batch=found, columns=chosen, at=timezone.now())
        working.go_on.enqueue(found.pk)
    return redirect("library:import", batch_id=found.pk)


@role_required("librarian")
@require_POST
def apply(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Have it read in by the background worker. Asked twice, it is read in once."""
    found = get_object_or_404(ImportBatch, pk=batch_id)
    with suppress(importing.NotNow), transaction.atomic():
        importing.begin(batch=found, at=timezone.now())
        working.go_on.enqueue(found.pk)
    return redirect("library:import", batch_id=found.pk)


@role_required("librarian")
@require_POST
def discard(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Forget a file that was not read in."""
    found = get_object_or_404(ImportBatch, pk=batch_id)
    try:
        importing.discard(batch=found)
    except importing.NotNow:
        messages.warning(request, _("It is in the catalogue already."))
        return redirect("library:import", batch_id=found.pk)
    messages.success(request, _("“%(file)s” is gone. Nothing was read in.") % {"file": found})
    return redirect("library:imports")


@role_required("librarian")
@require_http_methods(["GET", "HEAD", "POST"])
def revert(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Ask whether it should be taken back whole, and have it taken back."""
    found = get_object_or_404(ImportBatch, pk=batch_id)
    if request.method != "POST":
        return render(request, "library/revert.html", {"batch": found})
    with suppress(importing.NotNow), transaction.atomic():
        reverting.begin(batch=found, at=timezone.now())
        working.go_on.enqueue(found.pk)
    return redirect("library:import", batch_id=found.pk)


@role_required("librarian")
@require_safe
def rejected(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The records that were not read in, byte for byte, to be mended and sent again."""
    found = get_object_or_404(ImportBatch, pk=batch_id)
    rows = found.problems.filter(is_rejected=True, source__isnull=False)
    sources = [bytes(source or b"") for source in rows.values_list("source", flat=True)]
    between = b"\n" if found.is_table else b""
    answer = HttpResponse(between.join(sources), content_type="application/octet-stream")
    ending = "jsonl" if found.is_table else found.format
    answer["Content-Disposition"] = f'attachment; filename="rejected-{found.pk}.{ending}"'
    return answer


@role_required("librarian")
@require_safe
def export(request: HttpRequest, name: str) -> HttpResponse:
    """The whole catalogue as a file, written while it is sent."""
    if name not in FORMATS:
        raise Http404
    write, media, ending = FORMATS[name]
    answer = StreamingHttpResponse(write(), content_type=media)
    day = timezone.localdate().isoformat()
    answer["Content-Disposition"] = f'attachment; filename="catalogue-{day}.{ending}"'
    return cast("HttpResponse", answer)  # the guards' types know no other answer
