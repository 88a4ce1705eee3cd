"""Page: a colleague types in a lead."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.accounts.models import Member
from leadtrack.deals.hand import HandForm
from leadtrack.deals.models import Deal
from leadtrack.leads.models import Contact, ContactKey, Lead
from leadtrack.leads.reach import email_of, phone_of
from leadtrack.leads.told import add_by_hand
from leadtrack.sources.find import found_sources
from leadtrack.visits.models import Site

# A switchboard has many callers; the page names the latest.
_MOST_KNOWN = 5
_MOST_LOOKED_AT = 50
_MOST_LEADS = 200


@dataclass(frozen=True)
class KnownPerson:
    """Somebody with this phone or e-mail whom the member may see, with the leads they may see."""

    contact: Contact
    lead_count: int
    asked_at: datetime


@dataclass(frozen=True)
class Known:
    """Those with this phone or e-mail; of those whom only colleagues work, nothing but that there are any."""

    people: list[KnownPerson]
    is_of_colleague: bool


@require_http_methods(["GET", "POST"])
@member_required("leads.work")
def add_lead(request: MemberRequest) -> HttpResponse:
    """A form for one lead; what was typed becomes a lead at once."""
    found = found_sources(request.GET.get("q", ""))
    form = HandForm(request.POST or None, member=request.member, found=found, initial=_initial())
    if form.is_valid():
        return _add(request, form)
    context = {"form": form, "has_sites": Site.objects.filter(is_active=True).exists()}
    return render(request, "deals/add.html", context)


@require_POST
@member_required("leads.work")
def known(request: MemberRequest) -> HttpResponse:
    """Who has this phone or e-mail already. A POST: no address holds a person's data."""
    site = request.POST.get("site", "")
    region = (
        Site.objects.filter(pk=int(site)).values_list("region", flat=True).first() if _is_id(site) else ""
    )
    phone = phone_of(request.POST.get("phone", "")[:60], region or "")
    email = email_of(request.POST.get("email", "")[:254])
    return render(request, "deals/_known.html", {"known": _known(request.member, phone, email)})


def _initial() -> dict[str, object]:
    return {
        "key": secrets.token_hex(16),
        "site": Site.objects.filter(is_active=True).order_by("name", "pk").first(),
    }


def _add(request: MemberRequest, form: HandForm) -> HttpResponse:
    said = form.cleaned_data
    row, lead = add_by_hand(
        site=said["site"],
        told=form.told(request.member),
        key=f"{request.member.pk}:{said['key']}",
        received_at=said["asked_at"],
    )
    if lead is None:
        messages.warning(request, _("The lead is kept. It will be in the inbox in a minute."))
        return redirect("leadtrack:inbox")
    if lead.public_id != row.public_id:
        messages.info(request, _("This person asked within the last 12 hours: noted on the same lead."))
    else:
        messages.success(request, _("The lead is added."))
    is_seen = Deal.objects.visible_to(request.member).of_enquiry(lead.public_id) is not None
    return redirect("leadtrack:lead", public_id=lead.public_id) if is_seen else redirect("leadtrack:inbox")


def _known(member: Member, phone: str, email: str) -> Known:
    """Those with the phone or the e-mail, who asked last first."""
    wanted = Q(kind=ContactKey.Kind.PHONE, value=phone) if phone else Q(pk=None)
    if email:
        wanted |= Q(kind=ContactKey.Kind.EMAIL, value=email)
    contacts = set(ContactKey.objects.filter(wanted).values_list("contact_id", flat=True)[:_MOST_LOOKED_AT])
    deals = Deal.objects.visible_to(member).filter(lead__contact__in=contacts).select_related("lead__contact")
    found: dict[int, KnownPerson] = {}
    for deal in deals.order_by("-asked_at", "-pk")[:_MOST_LEADS]:
        who = deal.lead.contact
        before = found.get(who.pk)
        count, at = (before.lead_count + 1, before.asked_at) if before else (1, deal.asked_at)
        found[who.pk] = KnownPerson(who, count, at)
    others = Lead.objects.filter(contact__in=contacts - set(found))
    return Known(list(found.values())[:_MOST_KNOWN], others.exists())


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18
