"""Pages on which a librarian sees what is lent and what the library has, and the same as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import cast

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madang.lib.tables import plain
from madang.library import charts, opening, reporting
from madang.library.report_forms import ReportForm
from madang.people.access import role_required

SHOWN, MOST = 20, 10_000
"""Rows of a list on the page, and in a file."""

Rows = Iterable[list[object]]


@role_required("librarian")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Loans by month, what is lent most, what is late, what nobody borrows, and the classes."""
    on = opening.today(timezone.now())
    form = ReportForm(_said(request, on))
    if not form.is_valid():
        return render(request, "library/reports.html", {"form": form}, status=422)
    first, last = form.cleaned_data["first_on"], form.cleaned_data["last_on"]
    scheme = reporting.SCHEMES[form.cleaned_data["scheme"]]
    months = reporting.months(first=first, last=last)
    classes = reporting.classes(first=first, last=last)
    late = reporting.lateness(on=on)
    never = reporting.never_lent()
    context = {
        "form": form,
        "days": form.cleaned_data,
        "query": form.query(),
        "months": months,
        "months_chart": charts.months(months),
        "titles": reporting.most_lent(first=first, last=last, most=SHOWN),
        "classes": [(reporting.called(row.digit, scheme), row) for row in classes],
        "class_charts": charts.classes(classes, scheme),
        "late": [(charts.span(least, most), count) for least, most, count in late],
        "late_chart": charts.late(late),
        "never": never[:SHOWN],
        "never_count": never.count(),
        "shown": SHOWN,
    }
    return render(request, "library/reports.html", context)


@role_required("librarian")
@require_safe
def table(request: HttpRequest, name: str) -> HttpResponse:
    """One of the reports as CSV, with a mark that spreadsheets look for to read it as UTF-8."""
    if name not in TABLES:
        raise Http404
    on = opening.today(timezone.now())
    form = ReportForm(_said(request, on))
    if not form.is_valid():
        raise BadRequest("no such days")
    first, last = form.cleaned_data["first_on"], form.cleaned_data["last_on"]
    head, rows = TABLES[name](first, last, on, form.cleaned_data["scheme"])
    answer = StreamingHttpResponse(_written(head, rows), content_type="text/csv; charset=utf-8")
    file = f"library-{name}-{first}-{last}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{file}"'
    return cast("HttpResponse", answer)  # the guards' types know no other answer


def _said(request: HttpRequest, on: date) -> dict[str, str]:
    """Which days are asked for: the last twelve months where none are said."""
    usual = {
        "first_on": on.replace(year=on.year - 1, day=1).isoformat(),
        "last_on": on.isoformat(),
        "scheme": "kdc",
    }
    return {name: request.GET.get(name) or value for name, value in usual.items()}


class _Line:
    """What a csv writer writes to: it gives the line back."""

    @staticmethod
    def write(text: str) -> str:
        return text


def _written(head: list[str], rows: Rows) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff" + str(writer.writerow(head))
    for row in rows:
        cells = [plain(cell) if isinstance(cell, str) else cell for cell in row]
        yield str(writer.writerow(cells))


def _months(first: date, last: date, _on: date, _scheme: str) -> tuple[list[str], Rows]:
    rows = reporting.months(first=first, last=last)
    return [_("first day"), _("Loans")], ([row.first, row.loans] for row in rows)


def _titles(first: date, last: date, _on: date, _scheme: str) -> tuple[list[str], Rows]:
    rows = reporting.most_lent(first=first, last=last, most=MOST)
    head = [_("title"), _("author"), _("Loans")]
    return head, ([bib.title, bib.author, loans] for bib, loans in rows)


def _overdue(_first: date, _last: date, on: date, _scheme: str) -> tuple[list[str], Rows]:
    head = [_("due"), _("Days late"), _("title"), _("barcode"), _("patron"), _("card")]
    rows = reporting.overdue(on=on)[:MOST]
    return head, (
        [
            row.due_on,
            (on - row.due_on).days,
            row.item.bib.title,
            row.item.barcode,
            str(row.patron or ""),
            (row.patron and row.patron.card) or "",
        ]
        for row in rows
    )


def _never(_first: date, _last: date, _on: date, _scheme: str) -> tuple[list[str], Rows]:
    head = [_("title"), _("call number"), _("barcode"), _("shelving location"), _("made")]
    rows = reporting.never_lent()[:MOST]
    return head, (
        [
            row.bib.title,
            row.call_number,
            row.barcode,
            str(row.location),
            opening.today(row.created_at),
        ]
        for row in rows
    )


def _classes(first: date, last: date, _on: date, scheme: str) -> tuple[list[str], Rows]:
    names, rows = reporting.SCHEMES[scheme], reporting.classes(first=first, last=last)
    head = [_("Class"), _("Copies"), _("Loans")]
    return head, ([reporting.called(row.digit, names), row.copies, row.loans] for row in rows)


TABLES: dict[str, Callable[[date, date, date, str], tuple[list[str], Rows]]] = {
    "months": _months,
    "titles": _titles,
    "overdue": _overdue,
    "never": _never,
    "classes": _classes,
}
