"""The door of our own PBX: signed JSON, one event of a call at a time, in any order, as often as it likes."""

import logging
from datetime import datetime
from typing import Final

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leadtrack.leads.models import InboxRow
from leadtrack.leads.transcripts import write_transcript
from leadtrack.phones.calls import record_call
from leadtrack.phones.carriers import pbx_notice
from leadtrack.phones.carriers.notice import Notice, UnreadableNoticeError
from leadtrack.phones.carriers.pbx_notice import Event, Sound
from leadtrack.phones.models import Call, CarrierAccount, Recording, TrackedNumber
from leadtrack.phones.recordings import note_recording
from leadtrack.ui.doors import because, refusal

log = logging.getLogger(__name__)

_DOOR: Final = InboxRow.Door.CALL


@csrf_exempt
@require_POST
def pbx(request: HttpRequest, account_sid: str) -> HttpResponse:
    """POST /hooks/pbx/<account>: something happened to a call. 200 with what became of it.

    403 for a wrong signature, 400 for what cannot be read, 404 for an account that is none; kept once however
    often it is told.
    """
    now = timezone.now()
    account = CarrierAccount.objects.filter(
        kind=CarrierAccount.Kind.PBX, account_sid=account_sid.replace("\0", "")
    ).first()
    if account is None:
        because(request, "unknown_address", door=_DOOR, is_known=False)
        return refusal(404, "not_found", _("There is no PBX at this address."))
    if not _is_signed(request, account, now):
        because(request, "wrong_signature", door=_DOOR)
        return refusal(403, "wrong_signature", _("It is not signed, or too late, or with another secret."))
    try:
        event = pbx_notice.read_event(request.body)
    except UnreadableNoticeError as problem:
        log.warning("A signed event of PBX account %s cannot be read", account.pk)
        because(request, "unreadable", door=_DOOR)
        return refusal(400, "unreadable", str(problem))
    return _kept(request, account, event, now)


def _is_signed(request: HttpRequest, account: CarrierAccount, now: datetime) -> bool:
    return pbx_notice.is_signed(
        secret=account.auth_token,
        timestamp=request.headers.get(pbx_notice.TIMESTAMP_HEADER, ""),
        signature=request.headers.get(pbx_notice.SIGNATURE_HEADER, ""),
        body=request.body,
        now=now,
    )


def _kept(request: HttpRequest, account: CarrierAccount, event: Event, now: datetime) -> HttpResponse:
    number = _number_of(account, event.number)
    if number is None:
        log.warning("Call %s of account %s is to no number of ours", event.call, account.pk)
        because(request, "unknown_number", door=_DOOR, is_counted=event.direction == "in")
        return JsonResponse({"kept": False, "reason": "unknown_number"})
    call, is_new = record_call(account=account, number=number, event=_notice_of(event, number, now), at=now)
    if event.recording is not None:
        _note(call, event.recording, now)
    if event.transcript and not call.transcript:
        # What a person has typed or mended stays.
        write_transcript(call, event.transcript)
    return JsonResponse({"kept": True, "new": is_new, "status": call.status})


def _number_of(account: CarrierAccount, written: str) -> TrackedNumber | None:
    """Ours, as the PBX writes it: with +, without, or as one dials in the country of the number's site."""
    numbers = TrackedNumber.objects.filter(account=account).select_related("site")
    if written.startswith("+"):
        return numbers.filter(number=written).first()
    regions = numbers.order_by().values_list("site__region", flat=True).distinct()
    readings = {pbx_notice.phone_in(written, region) for region in regions} - {""}
    return numbers.filter(number__in=readings).order_by("pk").first()


def _notice_of(event: Event, number: TrackedNumber, now: datetime) -> Notice:
    region = number.site.region
    other = pbx_notice.phone_in(event.other, region)
    clean = msgspec.structs.replace(
        event, number=str(number.number), other=other, phone=pbx_notice.phone_in(event.phone, region)
    )
    return Notice(
        call_sid=event.call,
        called=str(number.number),
        caller=other,
        caller_as_sent=event.other,
        key=f"pbx:{event.id}",
        step=pbx_notice.first_step(clean, received_at=now),
        payload=pbx_notice.payload_of(clean),
        is_outgoing=event.direction == "out",
    )


def _note(call: Call, sound: Sound, now: datetime) -> None:
    note_recording(
        call=call,
        sid=sound.id,
        url=sound.url,
        seconds=sound.seconds,
        kind=Recording.Kind(sound.kind),
        is_absent=sound.is_absent,
        at=now,
    )


urlpatterns = [path("hooks/pbx/<str:account_sid>", pbx, name="pbx")]
