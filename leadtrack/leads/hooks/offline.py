"""What a carrier hears while the database is missing: the phone rings all the same.

Nothing is kept of such a call here; it is found again in the carrier's own list of calls.
"""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from leadtrack.phones.carriers import twilio as carrier
from leadtrack.phones.carriers import twiml
from leadtrack.phones.flow import REACHED
from leadtrack.phones.models import CarrierAccount
from leadtrack.phones.offline_numbers import Kept, read_offline_numbers

# How long a sales phone rings then.
RING_SECONDS: Final = 20
_TELLING: Final = frozenset({"twilio-status", "twilio-recording"})


def answer(request: HttpRequest) -> HttpResponse:
    """The answer of any of the carrier's doors, from the file alone; 403 for what is not signed."""
    kept = read_offline_numbers()
    sid = request.POST.get("AccountSid", "")
    known = kept.accounts.get(sid)
    account = CarrierAccount(account_sid=sid, auth_token=known.token) if known else None
    if account is None or not carrier.is_signed_request(request, account):
        return HttpResponse(status=403)
    name = request.resolver_match.url_name if request.resolver_match else ""
    if name in _TELLING:
        return HttpResponse(status=204)
    document = _DOCUMENTS.get(name or "", _ring)(request, kept)
    return HttpResponse(document, content_type="text/xml")


def _ring(request: HttpRequest, kept: Kept) -> str:
    sid, called = request.POST["AccountSid"], request.POST.get("To", "")
    number = kept.numbers.get(called)
    if number is None or number.account_sid != sid:
        return _ring_default(request, kept, f"?number={number.id if number else 0}")
    return _forward(request, number.phones, f"?number={number.id}")


def _ring_default(request: HttpRequest, kept: Kept, query: str) -> str:
    """The phone that rings when all else fails; `default` in the address: it has."""
    phone = kept.accounts[request.POST["AccountSid"]].default_to
    return _forward(request, (phone,), f"{query}&default=1") if phone else carrier.hangup_twiml()


def _forward(request: HttpRequest, phones: tuple[str, ...], query: str) -> str:
    caller = carrier.phone_of(request.POST.get("From", ""))
    return carrier.forward_twiml(
        to=phones,
        caller_id=caller or request.POST.get("To", ""),
        action_url=carrier.public_url(request, reverse("leadtrack:twilio-dial-done") + query),
        status_url=carrier.public_url(request, reverse("leadtrack:twilio-status") + query),
        timeout=RING_SECONDS,
    )


def _after_ringing(request: HttpRequest, kept: Kept) -> str:
    if request.POST.get("DialCallStatus") in REACHED or request.GET.get("default"):
        return carrier.hangup_twiml()
    return _ring_default(request, kept, f"?number={request.GET.get('number', '0')}")


def _hang_up(request: HttpRequest, kept: Kept) -> str:
    return carrier.hangup_twiml()


def _put_through(request: HttpRequest, kept: Kept) -> str:
    return twiml.accept_twiml()


def _after_key(request: HttpRequest, kept: Kept) -> str:
    return twiml.accept_twiml() if request.POST.get("Digits") == "1" else carrier.hangup_twiml()


_DOCUMENTS: Final[dict[str, Callable[[HttpRequest, Kept], str]]] = {
    "twilio-voice": _ring,
    "twilio-fallback": _ring,
    "twilio-dial-done": _after_ringing,
    "twilio-voicemail-done": _hang_up,
    "twilio-whisper": _put_through,
    "twilio-whisper-key": _after_key,
}
