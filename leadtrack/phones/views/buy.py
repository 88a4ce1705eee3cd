"""Pages: looking for a number at the carrier and buying it with one click."""

from dataclasses import asdict, dataclass
from secrets import token_hex
from typing import Any, Final

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leadtrack.accounts.access import MemberRequest, member_required
from leadtrack.phones.address_steps import address_steps
from leadtrack.phones.carriers.interface import AddressNeeded, CarrierError, Offer, carrier_for
from leadtrack.phones.forms.order import PurposeForm, SearchForm
from leadtrack.phones.jobs import wake
from leadtrack.phones.models import CarrierAccount, TrackedNumber
from leadtrack.phones.order import order_number
from leadtrack.visits.models import Site

_OFFERS: Final = signing.TimestampSigner(salt="leadtrack.phones.offer")
# An offer of long ago may have another price.
_OFFER_SECONDS: Final = 3600


@dataclass(frozen=True)
class ShownOffer:
    """An offer, what its button sends, and what must be done before the country gives the number."""

    offer: Offer
    token: str
    steps: list[str]


@member_required("phones.manage")
@require_http_methods(["GET", "POST"])
def number_buy(request: MemberRequest) -> HttpResponse:
    """/numbers/buy/: search by country, area and digits; a click on an offer orders it, twice is once."""
    search = SearchForm(request.GET if "country" in request.GET else None, initial=_first_country())
    purpose = PurposeForm(request.POST or None, initial={"forward_to": _last_forward()})
    problem = ""
    if request.method == "POST" and purpose.is_valid() and search.is_valid():
        offer = _offer_of(request.POST.get("offer", ""))
        if offer is not None:
            return _ordered(request, search.cleaned_data["account"], offer, purpose.cleaned_data)
        problem = _("This offer is too old. Here it is anew, if it is still for sale.")
    offers, refusal = _offers(search)
    context = {
        "search": search,
        "purpose": purpose,
        "offers": offers,
        "problem": refusal or problem,
        "key": _key(request),
        "has_account": CarrierAccount.objects.exclude(kind=CarrierAccount.Kind.PBX).exists(),
        "has_site": Site.objects.exists(),
    }
    return render(request, "phones/buy.html", context)


def _offers(search: SearchForm) -> tuple[list[ShownOffer] | None, str]:
    """What is for sale (None: nobody asked), and why the carrier could not say."""
    if not search.is_valid():
        return None, ""
    try:
        found = carrier_for(search.cleaned_data["account"]).search(search.wanted())
    except CarrierError as refusal:
        return None, str(refusal.words)
    shown = [
        ShownOffer(offer, _token(offer), address_steps(offer.address_needed, offer.country))
        for offer in found
    ]
    return shown, ""


def _ordered(
    request: MemberRequest, account: CarrierAccount, offer: Offer, told: dict[str, Any]
) -> HttpResponse:
    job = order_number(
        account=account,
        offer=offer,
        site=told["site"],
        forward_to=told["forward_to"].as_e164,
        flow=told["flow"].pk if told["flow"] else None,
        pool=told["pool"].pk if told["pool"] else None,
        note=told["note"],
        key=f"{_key(request)}:{offer.number}",
        now=timezone.now(),
        by=request.user,
    )
    wake(job)
    return redirect("leadtrack:number-order", pk=job.pk)


def _key(request: MemberRequest) -> str:
    """One for each shown form; a form that comes back with a mistake keeps its own."""
    sent = request.POST.get("key", "")
    return sent if len(sent) == 32 and sent.isascii() and sent.isalnum() else token_hex(16)


def _token(offer: Offer) -> str:
    return _OFFERS.sign_object(asdict(offer), compress=True)


def _offer_of(token: str) -> Offer | None:
    """The very offer that we showed: nobody writes a number or a price of their own into the order."""
    try:
        told = _OFFERS.unsign_object(token, max_age=_OFFER_SECONDS)
    except signing.BadSignature:
        return None
    return Offer(**told | {"address_needed": AddressNeeded(told["address_needed"])})


def _first_country() -> dict[str, str]:
    site = Site.objects.exclude(region="").order_by("pk").first()
    return {"country": site.region.upper() if site else "US"}


def _last_forward() -> str:
    last = TrackedNumber.objects.order_by("-pk").first()
    return str(last.forward_to) if last else ""
