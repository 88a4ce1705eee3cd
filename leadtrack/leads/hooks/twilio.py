"""The carrier's doors for the caller's line: it rings, sales were reached or not, and every state between.

Whoever did not sign with the account's token gets 403 and leaves no row.
"""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leadtrack.leads.hooks import offline
from leadtrack.leads.hooks.signed import Heard, hook, of_ringing, twiml
from leadtrack.phones import ring
from leadtrack.phones.carriers import twilio as carrier
from leadtrack.phones.carriers.twiml import Addresses, so_far_of, twiml_of
from leadtrack.phones.flow import (
    REACHED,
    Flow,
    HangUp,
    Reject,
    Ring,
    Say,
    Situation,
    SoFar,
    Step,
    Voicemail,
    first_steps,
    next_steps,
)
from leadtrack.phones.models import Recording, TrackedNumber
from leadtrack.phones.offline_numbers import read_offline_numbers, write_if_stale
from leadtrack.phones.progress import Then
from leadtrack.phones.recordings import note_recording

_THEN: Final = {
    Reject: Then.REJECT,
    Say: Then.SAY,
    Ring: Then.RING,
    Voicemail: Then.VOICEMAIL,
    HangUp: Then.HANG_UP,
}
_GONE: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


def voice(heard: Heard) -> HttpResponse:
    """POST /hooks/twilio/voice: somebody calls one of our numbers; their flow begins."""
    number = heard.number
    if number is None:
        return twiml(_for_nobody(heard))
    flow = ring.flow_of(number)
    return _go_on(heard, number, first_steps(flow, _situation(heard, number, flow)))


def dial_done(heard: Heard) -> HttpResponse:
    """POST /hooks/twilio/dial-done: a round of ringing is over; the next phones, the mailbox, or the end."""
    number = heard.number
    outcome = _outcome_of(heard)
    if number is None or outcome in REACHED or heard.request.POST.get("CallStatus") in _GONE:
        # Where the caller has hung up, nothing that we answer would be heard.
        heard.keep()
        return twiml(carrier.hangup_twiml())
    so_far = so_far_of(heard.query, outcome)
    flow = ring.flow_of(number)
    return _go_on(heard, number, next_steps(flow, _situation(heard, number, flow), so_far))


def status(heard: Heard) -> HttpResponse:
    """POST /hooks/twilio/status: how either line of a call stands."""
    heard.keep()
    write_if_stale()
    return HttpResponse(status=204)


def voicemail_done(heard: Heard) -> HttpResponse:
    """POST /hooks/twilio/voicemail-done: the caller has left a message, or hung up on the beep."""
    heard.keep()
    return twiml(carrier.hangup_twiml())


def recording(heard: Heard) -> HttpResponse:
    """POST /hooks/twilio/recording: a recording is ready at the carrier, or there is none."""
    told = heard.request.POST
    if not told.get("RecordingSid") or told.get("RecordingStatus") not in _KEPT:
        return HttpResponse(status=204)
    # Who called is not said here: a call of which we know nothing else is found in the carrier's list.
    call = heard.keep() if heard.is_known else None
    if call is not None:
        note_recording(
            call=call,
            sid=told["RecordingSid"],
            url=told.get("RecordingUrl", ""),
            seconds=carrier.seconds_of(told.get("RecordingDuration", "")),
            kind=Recording.Kind.VOICEMAIL if heard.query.get("message") else Recording.Kind.TALK,
            is_absent=told.get("RecordingStatus") == "absent",
            at=heard.at,
        )
    return HttpResponse(status=204)


@csrf_exempt
@require_POST
def fallback(request: HttpRequest) -> HttpResponse:
    """POST /hooks/twilio/fallback: our voice address failed; the phone rings by what the file says.

    Where there is no such file (yet), the database is asked once more.
    """
    return offline.answer(request) if read_offline_numbers().accounts else _voice(request)


_voice: Final = hook(voice)


_KEPT: Final = frozenset({"completed", "absent"})


def _outcome_of(heard: Heard) -> str:
    """How the ringing ended; a mailbox that was not put through, or pressed no key, has not answered."""
    state = heard.notice.step.state
    if state in REACHED and heard.notice.step.needs_key and not heard.has_pressed_key:
        return "no-answer"
    return state


def _situation(heard: Heard, number: TrackedNumber, flow: Flow) -> Situation:
    return ring.situation_of(
        number, flow, caller=heard.notice.caller, kinds=heard.kinds_of_caller, at=heard.at
    )


def _go_on(heard: Heard, number: TrackedNumber, steps: tuple[Step, ...]) -> HttpResponse:
    rung = sum(len(step.phones) for step in steps if isinstance(step, Ring))
    heard.keep(tuple(_THEN[type(step)] for step in steps), rings=rung)
    caller_id = heard.notice.caller or str(number.number)
    return twiml(twiml_of(steps, at=_addresses(heard, number.pk), caller_id=caller_id))


def _for_nobody(heard: Heard) -> str:
    """A number that we do not know: the account's own phone rings, if it has named one."""
    phone = str(heard.account.default_to or "")
    if not phone:
        return carrier.hangup_twiml()
    steps = (Ring((phone,), offline.RING_SECONDS, SoFar(rounds=1)),)
    caller_id = heard.notice.caller or heard.notice.called
    return twiml_of(steps, at=_addresses(heard, 0), caller_id=caller_id)


def _addresses(heard: Heard, number_id: int) -> Addresses:
    def full(name: str, more: str = "") -> str:
        return carrier.public_url(
            heard.request, f"{reverse(f'leadtrack:twilio-{name}')}?number={number_id}{more}"
        )

    return Addresses(
        dial_done=full("dial-done"),
        status=full("status"),
        whisper=full("whisper", f"&parent={heard.notice.call_sid}"),
        voicemail_done=full("voicemail-done"),
        recording=full("recording"),
    )


def _of_message(request: HttpRequest) -> dict[str, str]:
    return {carrier.MESSAGE: "1"}


def _of_recording(request: HttpRequest) -> dict[str, str]:
    """Only a message that was left tells of the call; that a talk was recorded is no news of it."""
    is_message = request.GET.get("message") and request.POST.get("RecordingStatus") == "completed"
    return _of_message(request) if is_message else {}


urlpatterns = [
    path("hooks/twilio/voice", _voice, name="twilio-voice"),
    path("hooks/twilio/dial-done", hook(dial_done, of_ringing), name="twilio-dial-done"),
    path("hooks/twilio/status", hook(status, of_ringing), name="twilio-status"),
    path("hooks/twilio/voicemail-done", hook(voicemail_done, _of_message), name="twilio-voicemail-done"),
    path("hooks/twilio/recording", hook(recording, _of_recording), name="twilio-recording"),
    path("hooks/twilio/fallback", fallback, name="twilio-fallback"),
]
