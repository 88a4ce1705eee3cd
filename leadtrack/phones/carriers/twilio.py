"""The only place that talks to Twilio: its signature, its words, its TwiML.

Of the SDK only the validator and the TwiML builder are loaded: 0.03 s, where its REST client takes seconds.
"""

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import phonenumbers
from django.conf import settings
from django.http import HttpRequest, QueryDict
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Dial, VoiceResponse

from leadtrack.phones.carriers.notice import Notice, UnreadableNoticeError
from leadtrack.phones.models import CarrierAccount
from leadtrack.phones.progress import Step, Teller, Then

log = logging.getLogger(__name__)

SIGNATURE_HEADER: Final = "X-Twilio-Signature"
IDEMPOTENCY_HEADER: Final = "I-Twilio-Idempotency-Token"

# What we note beside a request when we keep it: our own words, never the carrier's.
ROUND: Final = "_round"
NEEDS_KEY: Final = "_needs_key"
THEN: Final = "_then"
RINGS: Final = "_rings"
KEY: Final = "_key"
MESSAGE: Final = "_message"

# Seen to be added after signing (formats.md 1.2): tried once more without them, and never kept.
_UNSIGNED: Final = ("CallToken", "StirVerstat")
_NOT_KEPT: Final = frozenset({"CallToken", "StirPassportToken"})
# What carriers put in place of a withheld number; some of these could pass for real ones.
_WITHHELD: Final = frozenset({"+266696687", "+86282452253", "+7378742883", "+8656696", "+464"})
# formats.md 1.7: no proof of anything, but worth knowing when a call looks like spam.
_STIR: Final = re.compile(
    r"TN-Validation-(Passed|Failed)(-[ABC])?(-(Diverted|Passthrough))?|No-TN-Validation"
)
_GONE: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_SID_LENGTH: Final = 64
_KEY_LENGTH: Final = 150


def is_signed(*, account: CarrierAccount, url: str, params: QueryDict, signature: str) -> bool:
    """Whether the account's carrier signed this form POST to this full public URL."""
    validator = RequestValidator(account.auth_token)
    if validator.validate(url, params, signature):
        return True
    signed = params.copy()
    removed = [name for name in _UNSIGNED if signed.pop(name, None) is not None]
    if not removed or not validator.validate(url, signed, signature):
        return False
    log.info("A carrier request of account %s is signed without %s", account.pk, ", ".join(removed))
    return True


def is_signed_request(request: HttpRequest, account: CarrierAccount) -> bool:
    """Whether the account's carrier signed this request's own bytes for the address that it called."""
    return is_signed(
        account=account,
        url=public_url(request, request.get_full_path()),
        params=request.POST,
        signature=request.headers.get(SIGNATURE_HEADER, ""),
    )


def read_notice(
    params: QueryDict, *, token: str, received_at: datetime, ours: Mapping[str, str] | None = None
) -> Notice:
    """The request in our words; `token` is its idempotency header. Raises UnreadableNoticeError.

    `ours` is what the address that we gave the carrier says of it, and is kept beside it.
    """
    told = {name: str(value) for name, value in params.dict().items() if name not in _NOT_KEPT}
    payload = told | dict(ours or {})
    sid = payload.get("ParentCallSid") or payload.get("CallSid", "")
    if not sid or len(sid) > _SID_LENGTH:
        raise UnreadableNoticeError("No call id.")
    if any("\0" in text for pair in payload.items() for text in pair):
        raise UnreadableNoticeError("A null byte.")
    sent, stir = payload.get("From") or payload.get("Caller", ""), payload.get("StirVerstat", "")
    return Notice(
        call_sid=sid,
        called=payload.get("To") or payload.get("Called", ""),
        caller=phone_of(sent),
        caller_as_sent=sent[:64],
        key=_key(payload, token),
        step=step_of(payload, received_at=received_at),
        payload=payload,
        stir=stir if _STIR.fullmatch(stir) else "",
    )


def noted(notice: Notice, then: Iterable[Then], *, rings: int) -> Notice:
    """The notice with what we do in answer to it, and how many phones that rings."""
    words = {THEN: " ".join(sorted(set(then))), RINGS: str(rings)}
    step = replace(notice.step, then=frozenset(then), rings=rings)
    return replace(notice, step=step, payload=notice.payload | words)


def step_of(payload: Mapping[str, str], *, received_at: datetime) -> Step:
    """What a (stored) request says about the progress of its call."""
    if "DialCallStatus" in payload:
        return _dial_step(payload, received_at)
    if payload.get(KEY) or payload.get(MESSAGE):
        return _own_step(payload, received_at)
    is_sales = bool(payload.get("ParentCallSid"))
    return Step(
        teller=Teller.SALES if is_sales else Teller.CALLER,
        state=payload.get("CallStatus", ""),
        at=_sent_at(payload, received_at),
        seconds=seconds_of(payload.get("CallDuration", "")),
        leg=payload.get("CallSid", "") if is_sales else "",
        phone=phone_of(payload.get("To", "")) if is_sales else "",
        **_ours(payload),
    )


def _own_step(payload: Mapping[str, str], received_at: datetime) -> Step:
    """Press 1, or a message in our mailbox."""
    if payload.get(KEY):
        return Step(
            teller=Teller.KEY,
            state=payload[KEY],
            at=received_at,
            leg=payload.get("CallSid", ""),
            phone=phone_of(payload.get("To", "")),
        )
    return Step(
        teller=Teller.MESSAGE,
        state="completed",
        at=received_at,
        seconds=seconds_of(payload.get("RecordingDuration", "")),
    )


def _ours(payload: Mapping[str, str]) -> dict[str, Any]:
    """What we noted beside the request: of its address, and of our answer."""
    return {
        "round": seconds_of(payload.get(ROUND, "")) or 1,
        "needs_key": payload.get(NEEDS_KEY) == "1",
        "then": frozenset(Then(word) for word in payload.get(THEN, "").split() if word in set(Then)),
        "rings": seconds_of(payload.get(RINGS, "")) or 0,
    }


def phone_of(sent: str) -> str:
    """The caller as E.164; empty when it is withheld or not a phone number.

    Possible, not valid, numbers are kept: a number plan we do not know must not cost us a lead.
    """
    if sent in _WITHHELD:
        return ""
    try:
        number = phonenumbers.parse(sent, None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def forward_twiml(
    *, to: str | Sequence[str], caller_id: str, action_url: str, status_url: str, timeout: int
) -> str:
    """Ring `to` (one phone or several at once) for `timeout` seconds.

    The caller hears it ring, unbilled, until somebody picks up.
    """
    response = VoiceResponse()
    dial = Dial(answer_on_bridge=True, timeout=timeout, caller_id=caller_id, action=action_url, method="POST")
    for phone in [to] if isinstance(to, str) else to:
        dial.number(
            phone,
            status_callback=status_url,
            status_callback_method="POST",
            # A list would be written as its repr: the SDK wants words with spaces.
            status_callback_event="initiated ringing answered completed",
        )
    response.append(dial)
    return str(response)


def hangup_twiml() -> str:
    """End the call, politely and without a word."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def said_twiml(words: str) -> str:
    """Say it and end the call."""
    response = VoiceResponse()
    response.say(words)
    response.hangup()
    return str(response)


def public_url(request: HttpRequest, path: str) -> str:
    """A path as the carrier knows it. Behind a proxy only the setting knows scheme and host."""
    base = getattr(settings, "PUBLIC_BASE_URL", "")
    return f"{base.rstrip('/')}{path}" if base else request.build_absolute_uri(path)


def _dial_step(payload: Mapping[str, str], received_at: datetime) -> Step:
    state = payload["DialCallStatus"]
    bridged = payload.get("DialBridged")
    # Picked up (by a mailbox, say) but never put through to the caller.
    if state == "completed" and bridged == "false":
        state = "no-answer"
    ours = _ours(payload)
    return Step(
        teller=Teller.DIAL,
        state=state,
        at=received_at,
        seconds=seconds_of(payload.get("DialCallDuration", "")),
        is_caller_gone=payload.get("CallStatus") in _GONE,
        leg=payload.get("DialCallSid", ""),
        **ours | {"needs_key": ours["needs_key"] and bridged != "true"},
    )


def _key(payload: Mapping[str, str], token: str) -> str:
    names = ("CallSid", "DialCallStatus", "CallbackSource", "CallStatus", "SequenceNumber", ROUND)
    more = ("RecordingSid", "RecordingStatus", KEY)
    told = [payload.get(name, "") for name in names] + [payload[name] for name in more if name in payload]
    key = token or ":".join(told)
    return key if len(key) <= _KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()


def seconds_of(text: str) -> int | None:
    """A whole number of seconds as the carrier writes it; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None


def _sent_at(payload: Mapping[str, str], received_at: datetime) -> datetime:
    """Twilio's own time of the event (RFC 2822), where it is one that a request of now can have."""
    try:
        sent = parsedate_to_datetime(payload.get("Timestamp", ""))
    except (ValueError, OverflowError):
        return received_at
    sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
    return sent if received_at - timedelta(days=1) <= sent <= received_at else received_at
