"""The steps of a call flow as TwiML, written by the SDK."""

from dataclasses import dataclass
from urllib.parse import urlencode

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from leadtrack.phones.flow import HangUp, Reject, Ring, Say, SoFar, Step, Voicemail

# A list would be written as its repr: the SDK wants words with spaces.
_LINE_EVENTS = "initiated ringing answered completed"
_RECORDING_EVENTS = "completed absent"
# How long who answered may think before the next phone is tried.
_KEY_SECONDS = 8


@dataclass(frozen=True)
class Addresses:
    """Where the carrier asks what comes next: full public addresses, each with a query of its own."""

    dial_done: str
    status: str
    whisper: str
    voicemail_done: str
    recording: str


def twiml_of(steps: tuple[Step, ...], *, at: Addresses, caller_id: str) -> str:
    """The document that does these steps; `caller_id` (E.164) is what the sales phones show."""
    response = VoiceResponse()
    for step in steps:
        _add(response, step, at, caller_id)
    return str(response)


def whisper_twiml(*, words: str, language: str, key_url: str = "") -> str:
    """What only sales hear on picking up. With `key_url` they must press 1, else the line is dropped."""
    response = VoiceResponse()
    if not key_url:
        response.say(words, language=language)
        return str(response)
    gather = Gather(num_digits=1, timeout=_KEY_SECONDS, action=key_url, method="POST")
    gather.say(words, language=language)
    response.append(gather)
    response.hangup()
    return str(response)


def accept_twiml() -> str:
    """The end of a whisper: who answered is put through to the caller."""
    return str(VoiceResponse())


def so_far_of(query: dict[str, str], outcome: str) -> SoFar:
    """What the address of a callback says of the call until then; the signature covers it."""
    number = query.get("round", "")
    return SoFar(
        rounds=int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else 1,
        outcome=outcome,
        were_all_busy=query.get("busy") != "0",
        is_forwarded=query.get("forward") == "1",
    )


def _add(response: VoiceResponse, step: Step, at: Addresses, caller_id: str) -> None:
    match step:
        case Reject():
            response.reject(reason="busy")
        case Say(text, language):
            response.say(text, language=language)
        case Ring():
            response.append(_dial(step, at, caller_id))
        case Voicemail(seconds):
            response.record(
                action=at.voicemail_done,
                method="POST",
                max_length=seconds,
                play_beep=True,
                recording_status_callback=_with(at.recording, {"message": "1"}),
                recording_status_callback_event=_RECORDING_EVENTS,
            )
        case HangUp():
            response.hangup()


def _dial(ring: Ring, at: Addresses, caller_id: str) -> Dial:
    state = _state_of(ring.so_far) | ({"key": "1"} if ring.needs_key else {})
    recorded = {
        "record": "record-from-answer-dual",
        "recording_status_callback": at.recording,
        "recording_status_callback_event": _RECORDING_EVENTS,
    }
    dial = Dial(
        answer_on_bridge=True,
        timeout=ring.seconds,
        caller_id=caller_id,
        action=_with(at.dial_done, state),
        method="POST",
        **(recorded if ring.is_recorded else {}),
    )
    whispers = ring.whispers or ring.needs_key
    for phone in ring.phones:
        dial.number(
            phone,
            url=_with(at.whisper, state) if whispers else None,
            method="POST" if whispers else None,
            status_callback=_with(at.status, state),
            status_callback_method="POST",
            status_callback_event=_LINE_EVENTS,
        )
    return dial


def _state_of(so_far: SoFar) -> dict[str, str]:
    """Only what is not as at the first round: most calls have one."""
    told = {
        "round": "" if so_far.rounds == 1 else str(so_far.rounds),
        "busy": "" if so_far.were_all_busy else "0",
        "forward": "1" if so_far.is_forwarded else "",
    }
    return {name: text for name, text in told.items() if text}


def _with(address: str, more: dict[str, str]) -> str:
    return f"{address}&{urlencode(more)}" if more else address
