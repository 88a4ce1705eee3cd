"""The only place that talks to Twilio: its signature, its words, its TwiML.

Of the SDK only the validator and the TwiML builder are loaded: 0.03 s, where its REST client takes seconds.
"""

import hashlib
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import phonenumbers
from django.conf import settings
from django.http import HttpRequest, QueryDict
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Dial, VoiceResponse

from leadtrack.phones.carriers.notice import Notice, UnreadableNoticeError
from leadtrack.phones.models import CarrierAccount
from leadtrack.phones.progress import Step, Teller

log = logging.getLogger(__name__)

SIGNATURE_HEADER: Final = "X-Twilio-Signature"
IDEMPOTENCY_HEADER: Final = "I-Twilio-Idempotency-Token"

# Seen to be added after signing (formats.md 1.2): tried once more without them, and never kept.
_UNSIGNED: Final = ("CallToken", "StirVerstat")
_NOT_KEPT: Final = frozenset({"CallToken", "StirPassportToken"})
# What carriers put in place of a withheld number; some of these could pass for real ones.
_WITHHELD: Final = frozenset({"+266696687", "+86282452253", "+7378742883", "+8656696", "+464"})
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


def read_notice(params: QueryDict, *, token: str, received_at: datetime) -> Notice:
    """The request in our words; `token` is its idempotency header. Raises UnreadableNoticeError."""
    payload = {name: str(value) for name, value in params.dict().items() if name not in _NOT_KEPT}
    sid = payload.get("ParentCallSid") or payload.get("CallSid", "")
    if not sid or len(sid) > _SID_LENGTH:
        raise UnreadableNoticeError("No call id.")
    if any("\0" in text for pair in payload.items() for text in pair):
        raise UnreadableNoticeError("A null byte.")
    sent = payload.get("From") or payload.get("Caller", "")
    return Notice(
        call_sid=sid,
        called=payload.get("To") or payload.get("Called", ""),
        caller=phone_of(sent),
        caller_as_sent=sent[:64],
        key=_key(payload, token),
        step=step_of(payload, received_at=received_at),
        payload=payload,
    )


def step_of(payload: Mapping[str, str], *, received_at: datetime) -> Step:
    """What a (stored) request says about the progress of its call."""
    if "DialCallStatus" in payload:
        return _dial_step(payload, received_at)
    return Step(
        teller=Teller.SALES if payload.get("ParentCallSid") else Teller.CALLER,
        state=payload.get("CallStatus", ""),
        at=_sent_at(payload, received_at),
        seconds=_seconds(payload.get("CallDuration", "")),
    )


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


def forward_twiml(*, to: str, caller_id: str, action_url: str, status_url: str, timeout: int) -> str:
    """Ring `to` for `timeout` seconds; the caller hears it ring, unbilled, until they pick up."""
    response = VoiceResponse()
    dial = Dial(answer_on_bridge=True, timeout=timeout, caller_id=caller_id, action=action_url, method="POST")
    dial.number(
        to,
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
    # Picked up (by a mailbox, say) but never put through to the caller.
    if state == "completed" and payload.get("DialBridged") == "false":
        state = "no-answer"
    return Step(
        teller=Teller.DIAL,
        state=state,
        at=received_at,
        seconds=_seconds(payload.get("DialCallDuration", "")),
        is_caller_gone=payload.get("CallStatus") in _GONE,
    )


def _key(payload: Mapping[str, str], token: str) -> str:
    names = ("CallSid", "DialCallStatus", "CallbackSource", "CallStatus", "SequenceNumber")
    key = token or ":".join(payload.get(name, "") for name in names)
    return key if len(key) <= _KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()


def _seconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None


def _sent_at(payload: Mapping[str, str], received_at: datetime) -> datetime:
    """Twilio's own time of the event (RFC 2822), where it is one that a request of now can have."""
    try:
        sent = parsedate_to_datetime(payload.get("Timestamp", ""))
    except (ValueError, OverflowError):
        return received_at
    sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
    return sent if received_at - timedelta(days=1) <= sent <= received_at else received_at
