from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.deals.forms import AssignForm, BindForm, LostForm, PaymentForm, RefundForm
from leadtrack.deals.models import CallBack, Deal, Purchase
from leadtrack.deals.moves import today_at
from leadtrack.deals.story import path_to, timeline_of
from leadtrack.leads.beside import beside
from leadtrack.leads.bind import candidates_of, standing_binding
from leadtrack.leads.models import Receipt, SpamVerdict
from leadtrack.leads.pairs import questions_about
from leadtrack.leads.receipt import Sentence, sentences, without_people
from leadtrack.leads.spam_words import Remark, remarks


@require_GET
@member_required("leads.read")
def lead(request: MemberRequest, public_id: str) -> HttpResponse:
    """One lead: who, from where, what happened, and what became of it."""
    deal = deal_for(request, public_id)
    if deal.lead.public_id != public_id:
        # A repeat enquiry, or one more attempt: its story is told where the deal is.
        return redirect("leadtrack:lead", deal.lead.public_id)
    return render(request, "deals/lead.html", lead_context(request, deal))


def deal_for(request: MemberRequest, public_id: str) -> Deal:
    """The deal of a lead that the member may see; anything else is 404, whether it exists or not."""
    visible = Deal.objects.visible_to(request.member).with_lead().select_related("lead__call", "lead__form")
    deal: Deal | None = visible.of_enquiry(public_id)
    if deal is None:
        raise Http404
    return deal


def lead_context(request: MemberRequest, deal: Deal, **bound: Any) -> dict[str, Any]:
    """Everything that the page of a lead prints; `bound` are forms that came back with errors."""
    purchases = list(Purchase.objects.filter(deal=deal).select_related("logged_by").order_by("paid_on", "id"))
    return {
        "deal": deal,
        "lead": deal.lead,
        "tz": deal.lead.site.time_zone,
        "beside": beside(deal.lead.raw_payload, deal.lead.source),
        "purchases": purchases,
        "sentences": _sentences(deal, may_see_people=request.member.can("personal.read")),
        "path": path_to(deal.lead),
        "spam_remarks": _spam_remarks(deal),
        "timeline": timeline_of(deal),
        "call_backs": _call_backs(deal),
        "is_alike": request.member.can("leads.merge") and questions_about(deal.lead.contact).exists(),
        **rights(request, deal),
        **_forms(request, deal, purchases),
        **bound,
    }


def rights(request: HttpRequest | MemberRequest, deal: Deal) -> dict[str, bool]:
    """What the person at the screen may do with it."""
    member = request.member  # type: ignore[union-attr]
    may_assign = member.can("leads.assign")
    may_work = member.can("leads.work")
    return {
        "may_see_people": member.can("personal.read"),
        "may_work": may_work,
        "may_assign": may_assign,
        "may_take": may_work and not may_assign and deal.owner_id is None,
    }


def _call_backs(deal: Deal) -> list[CallBack]:
    """Who waits to be called back, most urgent first."""
    waiting = CallBack.objects.filter(deal=deal, done_at=None).select_related("call")
    return list(waiting.order_by("due_at"))


def _sentences(deal: Deal, *, may_see_people: bool) -> list[Sentence]:
    """Why it has this source, on the site's clock as the rest of the page.

    The address of a page may hold what its visitor typed: that is personal. So is who among the colleagues
    said it.
    """
    receipt = Receipt.objects.filter(lead=deal.lead_id).first()
    steps = receipt.steps if receipt else []
    with timezone.override(deal.lead.site.tz):
        return sentences(steps if may_see_people else without_people(steps))


def _spam_remarks(deal: Deal) -> list[Remark]:
    """Why a lead was set aside."""
    if deal.lead.is_counted:
        return []
    verdict = SpamVerdict.objects.filter(lead=deal.lead_id).first()
    return remarks(verdict.reasons) if verdict else []


def _forms(request: MemberRequest, deal: Deal, purchases: list[Purchase]) -> dict[str, Any]:
    if not request.member.can("leads.work"):
        return {}
    today = today_at(deal, timezone.now())
    forms: dict[str, Any] = _outcome_forms(deal, today, purchases)
    forms |= {"bind_form": BindForm(), "binding": standing_binding(deal.lead)}
    forms["candidates"] = [] if forms["binding"] else candidates_of(deal.lead)
    if request.member.can("leads.assign"):
        forms["assign_form"] = AssignForm(initial={"to": deal.owner_id})
    return forms


def _outcome_forms(deal: Deal, today: date, purchases: list[Purchase]) -> dict[str, Any]:
    """Only the forms of what may happen next."""
    if deal.is_in_work:
        return {"won_form": PaymentForm(today=today, name="won"), "lost_form": LostForm(today=today)}
    if not deal.is_won:
        return {}
    currency = purchases[-1].currency if purchases else ""
    return {
        "purchase_form": PaymentForm(today=today, name="purchase", currency=currency),
        "refund_form": RefundForm(today=today, name="refund", currency=currency),
    }
