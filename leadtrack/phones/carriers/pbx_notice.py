"""What a PBX tells us of a call: its signature, its words, and what they say of the call's progress."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

import msgspec
import phonenumbers

from leadtrack.phones.carriers.notice import UnreadableNoticeError
from leadtrack.phones.progress import Step, Teller

SIGNATURE_HEADER: Final = "X-LeadTrack-Signature"
TIMESTAMP_HEADER: Final = "X-LeadTrack-Timestamp"
# An older or newer request is a repetition by somebody else, or of a clock that is wrong.
WINDOW: Final = timedelta(minutes=5)
_PREFIX: Final = "sha256="

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Phone = Annotated[str, msgspec.Meta(max_length=64)]
_Seconds = Annotated[int, msgspec.Meta(ge=0, le=86_400)]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Sound(msgspec.Struct, omit_defaults=True):
    """A recording: where it can be fetched (https), or that there is none."""

    id: _Id
    url: Annotated[str, msgspec.Meta(max_length=500)] = ""
    seconds: _Seconds | None = None
    kind: Literal["talk", "voicemail"] = "talk"
    is_absent: bool = False


class Event(msgspec.Struct, omit_defaults=True):
    """One thing that happened to a call."""

    # The PBX's own ids, of what happened and of the call.
    id: _Id
    call: _Id
    event: Literal["ringing", "answered", "ended", "recording"]
    # Ours, and the other side; empty where the caller hid it.
    number: _Phone
    other: _Phone = ""
    direction: Literal["in", "out"] = "in"
    # The sales phone that rings or answered.
    phone: _Phone = ""
    at: _Moment | None = None
    # When the call began: told with any event, it makes the first one that comes exact.
    started_at: _Moment | None = None
    outcome: Literal["answered", "no-answer", "busy", "failed", "canceled", "voicemail"] | None = None
    talk_seconds: _Seconds | None = None
    recording: Sound | None = None
    # What was said, where the PBX (or what listens for it) writes it down.
    transcript: Annotated[str, msgspec.Meta(max_length=20_000)] = ""


_DECODER: Final = msgspec.json.Decoder(Event)


def sign(*, secret: str, timestamp: str, body: bytes) -> str:
    """What the signature header holds: hex HMAC-SHA256 over the timestamp, a dot and the body's own bytes."""
    text = timestamp.encode() + b"." + body
    return _PREFIX + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def is_signed(*, secret: str, timestamp: str, signature: str, body: bytes, now: datetime) -> bool:
    """Whether the PBX signed this body (its raw bytes) within the last five minutes."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        return False
    expected = sign(secret=secret, timestamp=timestamp, body=body)
    return hmac.compare_digest(expected.encode(), signature.encode())


def read_event(body: bytes) -> Event:
    """The event in a request. Raises UnreadableNoticeError, which says what is wrong with it."""
    try:
        event = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        # Of the values nothing is repeated: they are people's.
        raise UnreadableNoticeError(str(problem)) from None
    if b"\\u0000" in body or b"\0" in body:
        raise UnreadableNoticeError("A null byte.")
    if event.event == "ended" and event.outcome is None:
        raise UnreadableNoticeError("An end without `outcome`.")
    if event.event == "recording" and event.recording is None:
        raise UnreadableNoticeError("A recording without `recording`.")
    return event


def payload_of(event: Event) -> dict[str, Any]:
    """The event as it is stored. What was said is the call's own, and stands nowhere twice."""
    stored: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(event, transcript=""))
    return stored


def step_of(payload: Mapping[str, Any], *, received_at: datetime) -> Step:
    """What a (stored) event says about the progress of its call."""
    event = msgspec.convert(dict(payload), Event)
    at = _moment(event.at, received_at)
    if event.event == "answered":
        return Step(Teller.SALES, "in-progress", at, leg=f"{event.call}:{event.phone}", phone=event.phone)
    if event.event != "ended":
        # That a recording is ready is no news of the call's progress.
        return Step(Teller.CALLER, "ringing", at)
    if event.outcome == "voicemail":
        return Step(Teller.MESSAGE, "completed", at, seconds=event.talk_seconds)
    state = {"answered": "completed"}.get(event.outcome or "", event.outcome or "")
    return Step(
        Teller.DIAL,
        state,
        at,
        seconds=event.talk_seconds,
        is_caller_gone=event.outcome == "canceled",
        leg=f"{event.call}:{event.phone}" if event.phone else "",
        phone=event.phone,
    )


def first_step(event: Event, *, received_at: datetime) -> Step:
    """What tells when a call began of which this is the first event that we hear."""
    step = step_of(payload_of(event), received_at=received_at)
    if event.started_at is None:
        return step
    return Step(step.teller, step.state, _moment(event.started_at, received_at))


def phone_in(text: str, region: str) -> str:
    """A phone number as PBXs write them (with +, without, or as one dials in its country), as E.164."""
    tries = [(text, region)] if text.startswith("+") else [(text, region), ("+" + text, None)]
    for written, country in tries:
        try:
            number = phonenumbers.parse(written, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return ""


def _moment(told: datetime | None, received_at: datetime) -> datetime:
    """The PBX's own time of the event, where it is one that a request of now can have."""
    if told is None:
        return received_at
    return told if received_at - timedelta(days=1) <= told <= received_at else received_at
