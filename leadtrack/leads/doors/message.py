"""Texts and WhatsApp messages to tracked numbers (Twilio's incoming message webhook)."""

from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_noop

from leadtrack.leads.advert import trace_advert
from leadtrack.leads.capture import NAME_LENGTH, Finding, Person, capture_lead
from leadtrack.leads.finding import NoLeadError
from leadtrack.leads.models import ContactKey, InboxRow, Lead
from leadtrack.leads.trace import Trace
from leadtrack.phones.assign import source_at
from leadtrack.phones.carriers.twilio import phone_of
from leadtrack.phones.models import TrackedNumber
from leadtrack.phones.opt_words import opt_word
from leadtrack.sources.models import Source

STOPPED: Final = gettext_noop("A wish to get no more messages, from somebody who had asked for nothing.")
WHATSAPP: Final = "whatsapp:"
_MOST_FILES: Final = 10
_KEPT: Final = (
    "MessageSid",
    "ReferralSourceUrl",
    "ReferralSourceId",
    "ReferralSourceType",
    "ReferralHeadline",
)


def capture_message_lead(row: InboxRow) -> Lead:
    """The lead of a message: its number's source of that moment, or the advert that the message came from.

    Raises NoLeadError for "STOP" from somebody who asked nothing, AlreadyWorkedError when the row is done.
    """
    sent: dict[str, str] = row.payload
    phone = phone_of(sent.get("From", "").removeprefix(WHATSAPP))
    word = opt_word(sent)
    if word and not _is_known(phone):
        raise NoLeadError(InboxRow.State.ASIDE, STOPPED)
    finding = Finding(
        kind=Lead.Kind.MESSAGE,
        person=Person(
            phone=phone, name=sent.get("ProfileName", "")[:NAME_LENGTH], messenger=_messenger(sent)
        ),
        trace=_trace(row, sent),
        message=sent.get("Body", ""),
        raw_payload=_kept(sent, word),
    )
    with transaction.atomic():
        return capture_lead(row, finding)


def _messenger(sent: dict[str, str]) -> str:
    return sent["From"][:100] if sent.get("From", "").startswith(WHATSAPP) else ""


def _is_known(phone: str) -> bool:
    return bool(phone) and ContactKey.objects.filter(kind=ContactKey.Kind.PHONE, value=phone).exists()


def _trace(row: InboxRow, sent: dict[str, str]) -> Trace:
    if sent.get("ReferralSourceType") == "ad" and sent.get("ReferralSourceId"):
        tags = {"utm_source": "facebook", "utm_medium": "paid_social", "lt_ad": sent["ReferralSourceId"]}
        return trace_advert(tags | {"utm_content": sent.get("ReferralHeadline", "")}, kind=Lead.Kind.MESSAGE)
    number = TrackedNumber.objects.get(pk=int(sent["number"]))
    source, assignment = source_at(number, row.received_at)
    evidence = {"number": str(number.number), "assignment": assignment.pk if assignment else None}
    if assignment is None or assignment.source_id is None:
        return Trace(source, None, [_step("message-assignment", False, evidence), _step("unknown", True, {})])
    steps = [_step("message-assignment", True, evidence | {"source": str(source)}), _channel(source)]
    return Trace(source, None, steps)


def _step(rule: str, won: bool, evidence: dict[str, Any]) -> dict[str, Any]:
    return {"rule": rule, "won": won, "evidence": evidence}


def _channel(source: Source) -> dict[str, Any]:
    return _step("channel", True, {"channel": source.channel, "by": "assignment"})


def _kept(sent: dict[str, str], word: str) -> dict[str, Any]:
    count = sent.get("NumMedia", "0")
    files = min(int(count), _MOST_FILES) if count.isascii() and count.isdecimal() and len(count) < 4 else 0
    told: dict[str, Any] = {name: sent[name] for name in _KEPT if sent.get(name)}
    told["files"] = [
        f"{sent.get(f'MediaUrl{number}', '')} ({sent.get(f'MediaContentType{number}', '')})"
        for number in range(files)
    ]
    told["opt_word"] = word
    told["ctwa_clid"] = sent.get("ReferralCtwaClid", "")
    told["way"] = "WhatsApp" if sent.get("From", "").startswith(WHATSAPP) else "SMS"
    return {name: value for name, value in told.items() if value}
