from typing import Any

from django.db.models import QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal, Purchase
from leadtrack.deals.story import path_of
from leadtrack.leads.models import Contact, ContactKey, Merge
from leadtrack.leads.pairs import questions_about
from leadtrack.leads.personal import personal_token, with_token

# Nobody buys this often; a shared test contact must not break the page.
SHOWN_AT_MOST = 200


@require_GET
@member_required("leads.read")
def contact(request: MemberRequest, public_id: str) -> HttpResponse:
    """One person: how to reach them, what they asked, what they bought; only what the member may see.

    Somebody who became part of another is shown as that one.
    """
    person = contact_for(request.member, public_id)
    if person.public_id != public_id:
        return redirect("leadtrack:contact", person.public_id)
    deals = Deal.objects.visible_to(request.member).filter(lead__contact=person)
    shown = list(deals.with_lead().with_repeats().order_by("-lead__captured_at", "-id")[:SHOWN_AT_MOST])
    purchases = Purchase.objects.filter(deal__in=deals)
    may_see_people = request.member.can("personal.read")
    context = {
        "contact": person,
        "heading": _heading(person) if may_see_people else _("Contact"),
        "keys": person.keys.exclude(kind=ContactKey.Kind.VISITOR).order_by("kind", "id"),
        "browsers": person.keys.filter(kind=ContactKey.Kind.VISITOR).count(),
        "deals": shown,
        "purchases": purchases.select_related("logged_by").order_by("-paid_on", "-id")[:SHOWN_AT_MOST],
        "totals": _totals(purchases),
        "path": path_of(person.pk),
        "tz": shown[0].lead.site.time_zone if shown else "UTC",
        "may_see_people": may_see_people,
        "personal_link": _personal_link(request.member, person, shown),
        "may_export": request.member.can("leads.import"),
    }
    return render(request, "deals/contact.html", context | _merging(request.member, person))


def _heading(person: Contact) -> str:
    """The name; without one, how they can be reached."""
    ways = person.keys.filter(kind__in=(ContactKey.Kind.PHONE, ContactKey.Kind.EMAIL))
    way = None if person.name else ways.order_by("-kind", "pk").first()
    return f"{person.shown_name}, {way.value}" if way else person.shown_name


def _personal_link(member: Member, person: Contact, deals: list[Deal]) -> str:
    """A link by which this person is known again on any device; "" for who may not see people."""
    token = personal_token(person) if member.can("personal.read") else ""
    site = deals[0].lead.site if deals else None
    origin = site.origins.order_by("pk").values_list("origin", flat=True).first() if site and token else ""
    return with_token(f"{origin}/", token) if origin else ""


def contact_for(member: Member, public_id: str) -> Contact:
    """Who has this id now, if the member may see a deal of theirs; else 404, whether they exist or not."""
    found = Contact.objects.filter(public_id=public_id).first()
    person = found.survivor() if found else None
    if person is None or not Deal.objects.visible_to(member).filter(lead__contact=person).exists():
        raise Http404
    return person


def _merging(member: Member, person: Contact) -> dict[str, Any]:
    """For who may merge: what merges made of this person, and who they may be as well."""
    if not member.can("leads.merge"):
        return {"may_merge": False}
    merges = Merge.objects.filter(survivor=person).select_related("survivor", "absorbed", "by", "undone_by")
    return {
        "may_merge": True,
        "merges": list(merges.order_by("-id")[:SHOWN_AT_MOST]),
        "questions": list(questions_about(person).select_related("first", "second").order_by("-id")[:5]),
    }


def _totals(purchases: QuerySet[Purchase]) -> list[dict[str, object]]:
    """Net revenue and cost of goods by currency, in cents; voided ones left out."""
    live = purchases.filter(voided_at=None)
    sums = (
        live.values("currency")
        .annotate(revenue=Sum("revenue_cents"), cost=Sum("cost_cents"))
        .order_by("currency")
    )
    return [{**row, "margin": row["revenue"] - row["cost"]} for row in sums]
