"""The carrier's doors for who answers: whom the call is from, and whether they want it."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _

from leadtrack.leads.hooks.signed import Heard, hook, of_ringing, twiml
from leadtrack.leads.models import ContactKey, Lead
from leadtrack.phones import ring
from leadtrack.phones.carriers import twilio as carrier
from leadtrack.phones.carriers.twiml import accept_twiml, whisper_twiml
from leadtrack.phones.flow import text_for
from leadtrack.phones.models import Call


def whisper(heard: Heard) -> HttpResponse:
    """POST /hooks/twilio/whisper: a sales phone was picked up; say who is there, ask for a key if we do."""
    call = heard.keep()
    if call is None:
        return twiml(accept_twiml())
    flow = ring.flow_of(call.number)
    language = text_for(flow, call.number.language).language
    key_url = _key_url(heard) if heard.query.get("key") else ""
    with translation.override(language.split("-")[0]):
        words = _words(call) + (f" {_('Press 1 to accept.')}" if key_url else "")
    return twiml(whisper_twiml(words=words, language=language, key_url=key_url))


def whisper_key(heard: Heard) -> HttpResponse:
    """POST /hooks/twilio/whisper-key: 1 puts the caller through, anything else drops this line."""
    heard.keep()
    return twiml(accept_twiml() if _is_accepted(heard.request) else carrier.hangup_twiml())


def _words(call: Call) -> str:
    """“Instagram, summer. Repeat customer.” Never a name or a number: others may stand beside the phone."""
    source = call.source
    named = ", ".join(dict.fromkeys(name for name in (source.source, source.campaign) if name))
    from_where = _("Call from %(source)s.") % {"source": named or source.channel}
    return f"{from_where} {_('Repeat customer.')}" if _is_known(call) else from_where


def _is_known(call: Call) -> bool:
    """Whether this phone is of somebody who has asked us before this call."""
    if call.is_withheld:
        return False
    keys = ContactKey.objects.filter(kind=ContactKey.Kind.PHONE, value=str(call.caller))
    leads = Lead.objects.counted().filter(contact__in=keys.values("contact"), captured_at__lt=call.started_at)
    return leads.exists()


def _key_url(heard: Heard) -> str:
    parent, number = quote(heard.notice.call_sid), heard.query.get("number", "0")
    asked = f"{reverse('leadtrack:twilio-whisper-key')}?number={quote(number)}&parent={parent}&key=1"
    rounds = heard.query.get("round")
    return carrier.public_url(heard.request, f"{asked}&round={quote(rounds)}" if rounds else asked)


def _is_accepted(request: HttpRequest) -> bool:
    return request.POST.get("Digits") == "1"


def _of_line(request: HttpRequest) -> dict[str, str]:
    """Whose call this sales line is of: not every carrier request about it says so itself."""
    parent = request.GET.get("parent", "")
    return of_ringing(request) | ({"ParentCallSid": parent} if parent else {})


def _of_key(request: HttpRequest) -> dict[str, str]:
    return _of_line(request) | {carrier.KEY: "accepted" if _is_accepted(request) else "refused"}


urlpatterns = [
    path("hooks/twilio/whisper", hook(whisper, _of_line), name="twilio-whisper"),
    path("hooks/twilio/whisper-key", hook(whisper_key, _of_key), name="twilio-whisper-key"),
]
