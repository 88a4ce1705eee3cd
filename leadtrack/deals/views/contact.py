from django.db.models import QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.deals.models import Deal, Purchase
from leadtrack.leads.models import Contact, ContactKey

# Nobody buys this often; a shared test contact must not break the page.
SHOWN_AT_MOST = 200


@require_GET
@member_required("leads.read")
def contact(request: MemberRequest, public_id: str) -> HttpResponse:
    """One person: how to reach them, what they asked, what they bought; only what the member may see."""
    deals = Deal.objects.visible_to(request.member).filter(lead__contact__public_id=public_id)
    shown = list(deals.with_lead().order_by("-id")[:SHOWN_AT_MOST])
    if not shown:
        raise Http404
    person: Contact = shown[0].lead.contact
    purchases = Purchase.objects.filter(deal__in=deals)
    context = {
        "contact": person,
        "keys": person.keys.exclude(kind=ContactKey.Kind.VISITOR).order_by("kind", "id"),
        "browsers": person.keys.filter(kind=ContactKey.Kind.VISITOR).count(),
        "deals": shown,
        "purchases": purchases.select_related("logged_by").order_by("-paid_on", "-id")[:SHOWN_AT_MOST],
        "totals": _totals(purchases),
        "may_see_people": request.member.can("personal.read"),
    }
    return render(request, "deals/contact.html", context)


def _totals(purchases: QuerySet[Purchase]) -> list[dict[str, object]]:
    """Net revenue and cost of goods by currency, in cents; voided ones left out."""
    live = purchases.filter(voided_at=None)
    sums = (
        live.values("currency")
        .annotate(revenue=Sum("revenue_cents"), cost=Sum("cost_cents"))
        .order_by("currency")
    )
    return [{**row, "margin": row["revenue"] - row["cost"]} for row in sums]
