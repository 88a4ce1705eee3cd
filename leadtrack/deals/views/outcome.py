"""The buttons of a lead's page: each a POST that answers htmx with the page's body and a note with "Undo"."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.deals.assign import assign_lead
from leadtrack.deals.forms import AssignForm, LostForm, PaymentForm, RefundForm, StatusForm
from leadtrack.deals.log import log_lost, log_purchase, log_refund, log_won
from leadtrack.deals.models import Deal, Purchase
from leadtrack.deals.moves import today_at
from leadtrack.deals.outcome import OutcomeError
from leadtrack.deals.repeats import join_again, split_off
from leadtrack.deals.undo import close_again, reopen, restore_purchase, set_lead_status, void_purchase
from leadtrack.deals.views.lead import deal_for, lead_context
from leadtrack.deals.views.note import Note
from leadtrack.leads.models import Lead
from leadtrack.ui.forms import Form


@require_POST
@member_required("leads.work")
def won(request: MemberRequest, public_id: str) -> HttpResponse:
    deal = deal_for(request, public_id)
    form = PaymentForm(request.POST, today=today_at(deal, timezone.now()), name="won")

    def log() -> Note:
        purchase = log_won(deal=deal, by=request.member.user, **form.payment())
        return Note(_("Won."), reverse("leadtrack:purchase-void", args=[purchase.public_id]))

    return _done(request, deal, form, log, won_form=form)


@require_POST
@member_required("leads.work")
def lost(request: MemberRequest, public_id: str) -> HttpResponse:
    deal = deal_for(request, public_id)
    form = LostForm(request.POST, today=today_at(deal, timezone.now()))

    def log() -> Note:
        log_lost(deal=deal, by=request.member.user, **form.cleaned_data)
        return Note(_("Lost."), reverse("leadtrack:lead-reopen", args=[public_id]))

    return _done(request, deal, form, log, lost_form=form)


@require_POST
@member_required("leads.work")
def purchase(request: MemberRequest, public_id: str) -> HttpResponse:
    deal = deal_for(request, public_id)
    form = PaymentForm(request.POST, today=today_at(deal, timezone.now()), name="purchase")

    def log() -> Note:
        again = log_purchase(deal=deal, by=request.member.user, **form.payment())
        return Note(_("Repeat purchase logged."), reverse("leadtrack:purchase-void", args=[again.public_id]))

    return _done(request, deal, form, log, purchase_form=form)


@require_POST
@member_required("leads.work")
def refund(request: MemberRequest, public_id: str) -> HttpResponse:
    deal = deal_for(request, public_id)
    form = RefundForm(request.POST, today=today_at(deal, timezone.now()), name="refund")

    def log() -> Note:
        back = log_refund(deal=deal, by=request.member.user, **form.refund())
        return Note(_("Refund logged."), reverse("leadtrack:purchase-void", args=[back.public_id]))

    return _done(request, deal, form, log, refund_form=form)


@require_POST
@member_required("leads.work")
def reopen_lead(request: MemberRequest, public_id: str) -> HttpResponse:
    deal = deal_for(request, public_id)

    def log() -> Note:
        reopen(deal=deal, by=request.member.user)
        return Note(_("Reopened."), reverse("leadtrack:lead-close-again", args=[public_id]))

    return _done(request, deal, None, log)


@require_POST
@member_required("leads.work")
def close_lead_again(request: MemberRequest, public_id: str) -> HttpResponse:
    deal = deal_for(request, public_id)

    def log() -> Note:
        close_again(deal=deal, by=request.member.user)
        return Note(_("Closed again."), reverse("leadtrack:lead-reopen", args=[public_id]))

    return _done(request, deal, None, log)


@require_POST
@member_required("leads.work")
def status(request: MemberRequest, public_id: str) -> HttpResponse:
    deal = deal_for(request, public_id)
    form, before = StatusForm(request.POST), deal.lead.status

    def log() -> Note:
        set_lead_status(lead=deal.lead, status=form.cleaned_data["status"], by=request.member.user)
        return Note(
            _("Status changed."), reverse("leadtrack:lead-status", args=[public_id]), {"status": before}
        )

    return _done(request, deal, form, log)


@require_POST
@member_required("leads.work")
def assign(request: MemberRequest, public_id: str) -> HttpResponse:
    """Give the lead away (who may assign), or take one that nobody has."""
    deal = deal_for(request, public_id)
    before = str(deal.owner_id or "")
    if request.member.can("leads.assign"):
        form = AssignForm(request.POST)
        undo = reverse("leadtrack:lead-assign", args=[public_id])
        return _done(
            request,
            deal,
            form,
            lambda: _assigned(
                request, deal, form.cleaned_data["to"], Note(_("Given."), undo, {"to": before})
            ),
            assign_form=form,
        )
    if deal.owner_id is not None:
        raise PermissionDenied
    return _done(
        request,
        deal,
        None,
        lambda: _assigned(request, deal, request.member.user, Note(_("This lead is yours."))),
    )


@require_POST
@member_required("leads.work")
def void(request: MemberRequest, public_id: str) -> HttpResponse:
    found = _purchase_for(request, public_id)

    def log() -> Note:
        void_purchase(purchase=found, by=request.member.user)
        return Note(_("Taken back."), reverse("leadtrack:purchase-restore", args=[public_id]))

    return _done(request, deal_for(request, found.deal.lead.public_id), None, log)


@require_POST
@member_required("leads.work")
def restore(request: MemberRequest, public_id: str) -> HttpResponse:
    found = _purchase_for(request, public_id)

    def log() -> Note:
        restore_purchase(purchase=found, by=request.member.user)
        return Note(_("Restored."), reverse("leadtrack:purchase-void", args=[public_id]))

    return _done(request, deal_for(request, found.deal.lead.public_id), None, log)


@require_POST
@member_required("leads.work")
def split(request: MemberRequest, public_id: str) -> HttpResponse:
    """A repeat enquiry is another matter: a lead of its own."""
    deal, repeat = deal_for(request, public_id), get_object_or_404(Lead, public_id=public_id)

    def log() -> Note:
        split_off(lead=repeat, by=request.member.user)
        undo = reverse("leadtrack:lead-join", args=[deal.lead.public_id])
        return Note(_("It is a lead of its own now."), undo, {"lead": public_id})

    return _done(request, deal, None, log)


@require_POST
@member_required("leads.work")
def join(request: MemberRequest, public_id: str) -> HttpResponse:
    """Undo of `split`."""
    deal = deal_for(request, public_id)
    own = deal_for(request, request.POST.get("lead", "")[:40].replace("\0", ""))

    def log() -> Note:
        join_again(lead=own.lead, to=deal, by=request.member.user)
        return Note(_("It is a repeat enquiry again."))

    return _done(request, deal, None, log)


def _purchase_for(request: MemberRequest, public_id: str) -> Purchase:
    visible = Deal.objects.visible_to(request.member)
    found = (
        Purchase.objects.filter(public_id=public_id, deal__in=visible).select_related("deal__lead").first()
    )
    if found is None:
        raise Http404
    return found


def _assigned(request: MemberRequest, deal: Deal, to: Any, note: Note) -> Note:
    assign_lead(deal=deal, to=to, by=request.member.user)
    return note


def _done(
    request: MemberRequest, deal: Deal, form: Form | None, log: Callable[[], Note], **bound: Form
) -> HttpResponse:
    """Log it if the form is right; show what happened, or what is wrong, next to its field."""
    note: Note | None = None
    trouble = ""
    if form is None or form.is_valid():
        try:
            note = log()
        except OutcomeError as error:
            trouble = _show(error, form)
    elif not bound:
        trouble = _("That did not work. Reload the page and try again.")
    if note is not None:
        return answer_with(request, deal, note)
    return render_lead(request, deal, trouble=trouble, **bound)


def _show(error: OutcomeError, form: Form | None) -> str:
    """Next to its field where the form has it; otherwise on top of the page."""
    if form is not None and error.field in form.fields:
        form.add_error(error.field, error.message)
        return ""
    return error.message


def answer_with(request: MemberRequest, deal: Deal, note: Note) -> HttpResponse:
    """What happened, with "Undo": the page's body for htmx, else the page again with a message."""
    public_id = deal.lead.public_id
    is_visible = Deal.objects.visible_to(request.member).filter(pk=deal.pk).exists()
    is_htmx = request.headers.get("HX-Request") == "true"
    if is_htmx and is_visible:
        return render_lead(request, deal, note=note)
    messages.success(request, note.text)
    # Taken back from spam, a lead may go to somebody else: then there is no page of it to stay on.
    target = reverse("leadtrack:lead", args=[public_id]) if is_visible else reverse("leadtrack:inbox")
    return HttpResponseClientRedirect(target) if is_htmx else redirect(target)


def render_lead(request: MemberRequest, deal: Deal, **extra: Any) -> HttpResponse:
    """The lead's page (its body for htmx) as it is now; `extra`: forms that came back, a note, trouble."""
    template = "deals/_lead.html" if request.headers.get("HX-Request") == "true" else "deals/lead.html"
    fresh = deal_for(request, deal.lead.public_id)
    return render(
        request, template, lead_context(request, fresh, **_kept(fresh, extra)) | {"is_answer": True}
    )


def _kept(deal: Deal, extra: dict[str, Any]) -> dict[str, Any]:
    """A form that came back is shown only where the deal still allows it."""
    allowed = {
        "won_form": deal.is_in_work,
        "lost_form": deal.is_in_work,
        "purchase_form": deal.is_won,
        "refund_form": deal.is_won,
    }
    return {name: value for name, value in extra.items() if allowed.get(name, True)}
