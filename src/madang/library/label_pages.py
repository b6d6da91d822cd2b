"""The librarian's page for labels and cards."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from madang.library import labelling
from madang.library.label_forms import CardsForm, CopiesForm
from madang.people.access import role_required

COPIES, CARDS = "copies_%s", "cards_%s"
"""How the fields of the two forms of the page are told apart."""


@role_required("librarian")
@require_safe
def labels(request: HttpRequest) -> HttpResponse:
    """Two forms; another page may have chosen an import, copies or cards."""
    chosen = {name: request.GET[name] for name in ("batch", "numbers") if name in request.GET}
    copies = CopiesForm(auto_id=COPIES, initial=chosen)
    cards = CardsForm(auto_id=CARDS, initial={"numbers": request.GET.get("cards", "")})
    return _page(request, copies, cards)


@role_required("librarian")
@require_POST
def copies(request: HttpRequest) -> HttpResponse:
    """Labels for copies as a PDF."""
    form = CopiesForm(request.POST, auto_id=COPIES)
    if not form.is_valid():
        return _page(request, form, CardsForm(auto_id=CARDS), status=422)
    sheet, skip = form.cleaned_data["sheet"], form.cleaned_data["skip"] or 0
    if form.cleaned_data["kind"] == "spines":
        return _pdf("spines", labelling.spines(form.copies, sheet=sheet, skip=skip))
    made = labelling.barcodes(form.copies, sheet=sheet, is_code39=form.is_code39, skip=skip)
    return _pdf("barcodes", made)


@role_required("librarian")
@require_POST
def cards(request: HttpRequest) -> HttpResponse:
    """Cards for patrons as a PDF."""
    form = CardsForm(request.POST, auto_id=CARDS)
    if not form.is_valid():
        return _page(request, CopiesForm(auto_id=COPIES), form, status=422)
    skip = form.cleaned_data["skip"] or 0
    return _pdf("cards", labelling.cards(form.patrons, is_code39=form.is_code39, skip=skip))


def _pdf(name: str, content: bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return answer


def _page(
    request: HttpRequest, copies: CopiesForm, cards: CardsForm, *, status: int = 200
) -> HttpResponse:
    context = {"copies": copies, "cards": cards}
    return render(request, "library/labels.html", context, status=status)
