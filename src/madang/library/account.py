"""A patron's account at the desk: what is missing, what is owed, what was paid."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madang.library import blocking, losing, opening, owing, standing
from madang.library.desk import refusal
from madang.library.forms import AmountForm, ChargeForm, PaymentForm
from madang.library.models import Charge, Loan, Patron, Payment, Suspension
from madang.library.rules import Refused
from madang.people.access import member_of, role_required
from madang.ui.templatetags.ui import money

CHARGE, PAY = "charge_%s", "pay_%s"
"""How the fields of the two forms of the page are told apart."""


@role_required("librarian")
@require_safe
def account(request: HttpRequest, patron_id: int) -> HttpResponse:
    """What the patron has, what of it is missing, and the money."""
    return _page(
        request,
        get_object_or_404(Patron, pk=patron_id),
        ChargeForm(auto_id=CHARGE),
        PaymentForm(auto_id=PAY),
    )


def _page(
    request: HttpRequest,
    patron: Patron,
    charging: ChargeForm,
    paying: PaymentForm,
    *,
    status: int = 200,
) -> HttpResponse:
    on = opening.today(timezone.now())
    context = {
        "patron": patron,
        "today": on,
        "loans": patron.loans.current().order_by("due_on", "pk"),
        "suspension": standing.suspended(patron=patron, on=on),
        "owed": owing.owed(patron),
        "ledger": owing.ledger(patron),
        "charging": charging,
        "paying": paying,
    }
    return render(request, "library/account.html", context, status=status)


@role_required("librarian")
@require_POST
def charge(request: HttpRequest, patron_id: int) -> HttpResponse:
    """Charge for what was damaged, or something else."""
    patron = get_object_or_404(Patron, pk=patron_id)
    form = ChargeForm(request.POST, auto_id=CHARGE)
    if not form.is_valid():
        return _page(request, patron, form, PaymentForm(auto_id=PAY), status=400)
    clean = form.cleaned_data
    owing.charge(
        patron=patron,
        kind=Charge.Kind(clean["kind"]),
        amount=clean["amount"],
        note=clean["note"],
        at=timezone.now(),
        by=member_of(request),
    )
    messages.success(request, _("%(amount)s was charged.") % {"amount": money(clean["amount"])})
    return redirect("library:account", patron.pk)


@role_required("librarian")
@require_POST
def pay(request: HttpRequest, patron_id: int) -> HttpResponse:
    """Take a payment, or let the patron off."""
    patron = get_object_or_404(Patron, pk=patron_id)
    form = PaymentForm(request.POST, auto_id=PAY)
    if not form.is_valid():
        return _page(request, patron, ChargeForm(auto_id=CHARGE), form, status=400)
    clean = form.cleaned_data
    try:
        row = owing.pay(
            patron=patron,
            kind=Payment.Kind(clean["kind"]),
            amount=clean["amount"],
            note=clean["note"],
            at=timezone.now(),
            by=member_of(request),
        )
    except owing.PaysTooMuch as no:
        form.add_error("amount", str(no.sentence))
        return _page(request, patron, ChargeForm(auto_id=CHARGE), form, status=409)
    said = {
        Payment.Kind.PAID: _("%(amount)s was paid."),
        Payment.Kind.WAIVED: _("%(amount)s was let off."),
    }
    messages.success(request, said[Payment.Kind(row.kind)] % {"amount": money(row.amount)})
    return redirect("library:account", patron.pk)


@role_required("librarian")
@require_POST
def block(request: HttpRequest, patron_id: int) -> HttpResponse:
    """Let the patron borrow nothing, for a reason that is told them."""
    patron = get_object_or_404(Patron, pk=patron_id)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.warning(request, _("Please type a reason. The patron reads it."))
        return redirect("library:account", patron.pk)
    blocking.block(patron=patron, reason=reason, at=timezone.now())
    messages.success(request, _("Nothing is lent to this patron until you lift it."))
    return redirect("library:account", patron.pk)


@role_required("librarian")
@require_POST
def lift(request: HttpRequest, suspension_id: int) -> HttpResponse:
    """Let the patron borrow again."""
    suspension = get_object_or_404(Suspension, pk=suspension_id)
    if blocking.lift(suspension=suspension, at=timezone.now()):
        messages.success(request, _("The suspension is lifted."))
    return redirect("library:account", suspension.patron_id)


@role_required("librarian")
@require_POST
def missing(request: HttpRequest, loan_id: int) -> HttpResponse:
    """What became of a copy that does not come back: `lost`, `claimed` or `settled`."""
    loan = get_object_or_404(Loan.objects.current(), pk=loan_id)
    patron, at = loan.patron, timezone.now()
    assert patron is not None  # an open loan has one
    what = request.POST.get("what", "")
    form = AmountForm(request.POST, least=0, prefix="lost")
    if what not in {"lost", "claimed", "settled"} or (what == "lost" and not form.is_valid()):
        text = _("Please type an amount, or 0 where nothing is charged.")
        messages.warning(request, text)
        return redirect("library:account", patron.pk)
    try:
        if what == "lost":
            amount = form.cleaned_data["amount"]
            losing.lose(loan=loan, at=at, by=member_of(request), amount=amount)
        elif what == "claimed":
            losing.claim(loan=loan, at=at)
        else:
            losing.settle(loan=loan, at=at)
    except Refused as no:
        messages.warning(request, f"{loan.item.bib}: {refusal(no)}")
        return redirect("library:account", patron.pk)
    said = {
        "lost": _("“%(title)s” is written down as lost."),
        "claimed": _("“%(title)s”: please look for it on the shelves."),
        "settled": _("“%(title)s” is settled. The copy stays lost."),
    }
    messages.success(request, said[what] % {"title": loan.item.bib})
    return redirect("library:account", patron.pk)
