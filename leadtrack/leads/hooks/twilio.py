"""The carrier's doors: a phone rings, sales were reached or not, and every state between.

Whoever did not sign with the account's token gets 403 and leaves no row.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leadtrack.leads import inbox
from leadtrack.leads.models import InboxRow
from leadtrack.phones.calls import number_for, record_call
from leadtrack.phones.carriers import twilio as carrier
from leadtrack.phones.carriers.notice import Notice, UnreadableNoticeError
from leadtrack.phones.models import Call, CarrierAccount, TrackedNumber
from leadtrack.ui.doors import because

log = logging.getLogger(__name__)

# How long a sales phone rings before the call counts as missed.
RING_SECONDS: Final = 20
_LARGEST_ID: Final = 2**63 - 1

Answer = Callable[[HttpRequest, Call | None], HttpResponse]


def _hook(answer: Answer) -> Callable[[HttpRequest], HttpResponse]:
    """Check, keep what was told (the call and its lead to be, in one transaction), then answer."""

    @csrf_exempt
    @require_POST
    @wraps(answer)
    def hook(request: HttpRequest) -> HttpResponse:
        account = account_that_signed(request)
        if account is None:
            because(request, "wrong_signature", door=InboxRow.Door.CALL)
            return HttpResponse(status=403)
        now = timezone.now()
        try:
            notice = _notice_of(request, now)
        except UnreadableNoticeError as problem:
            log.warning("A signed carrier request of account %s cannot be read: %s", account.pk, problem)
            because(request, "unreadable", door=InboxRow.Door.CALL)
            return HttpResponse(status=400)
        number = number_for(account=account, notice=notice, number_id=_number_id(request))
        if number is None:
            log.warning("Call %s of account %s is to no number of ours", notice.call_sid, account.pk)
            because(request, "unknown_number", door=InboxRow.Door.CALL, is_counted=answer.__name__ == "voice")
            return answer(request, None)
        return answer(request, _keep(account, number, notice, now))

    return hook


@_hook
def voice(request: HttpRequest, call: Call | None) -> HttpResponse:
    """POST /hooks/twilio/voice: somebody calls one of our numbers; sales is to ring."""
    if call is None:
        return _twiml(carrier.hangup_twiml())
    number = call.number
    back = f"?number={number.pk}"
    return _twiml(
        carrier.forward_twiml(
            to=str(number.forward_to),
            # Sales see who calls; where that is withheld they see which of our numbers was called.
            caller_id=str(call.caller or number.number),
            action_url=carrier.public_url(request, reverse("leadtrack:twilio-dial-done") + back),
            status_url=carrier.public_url(request, reverse("leadtrack:twilio-status") + back),
            timeout=RING_SECONDS,
        )
    )


@_hook
def dial_done(request: HttpRequest, call: Call | None) -> HttpResponse:
    """POST /hooks/twilio/dial-done: sales was reached or not, and that is over; nothing more to play."""
    return _twiml(carrier.hangup_twiml())


@_hook
def status(request: HttpRequest, call: Call | None) -> HttpResponse:
    """POST /hooks/twilio/status: how either line of a call stands."""
    return HttpResponse(status=204)


def account_that_signed(request: HttpRequest) -> CarrierAccount | None:
    """The account that a request names, if its carrier signed the request's own bytes; None otherwise."""
    sid = request.POST.get("AccountSid", "")
    # PostgreSQL knows no text with a null byte, and no account has one.
    account = CarrierAccount.objects.filter(account_sid=sid).first() if sid and "\0" not in sid else None
    if account is None:
        return None
    is_signed = carrier.is_signed(
        account=account,
        url=carrier.public_url(request, request.get_full_path()),
        params=request.POST,
        signature=request.headers.get(carrier.SIGNATURE_HEADER, ""),
    )
    return account if is_signed else None


def _notice_of(request: HttpRequest, now: datetime) -> Notice:
    token = request.headers.get(carrier.IDEMPOTENCY_HEADER, "")
    return carrier.read_notice(request.POST, token=token, received_at=now)


def _number_id(request: HttpRequest) -> int | None:
    """The tracked number that we wrote into a callback's address; the signature covers it."""
    text = request.GET.get("number", "")
    is_id = text.isascii() and text.isdecimal() and len(text) < 20
    return int(text) if is_id and int(text) <= _LARGEST_ID else None


def _keep(account: CarrierAccount, number: TrackedNumber, notice: Notice, now: datetime) -> Call:
    """The call and, with it, its inbox row: committed together, so there is no call without one."""
    with transaction.atomic():
        call, is_new = record_call(account=account, number=number, event=notice, at=now)
        if is_new:
            row, _is_new_row = inbox.accept_call(call=call, at=call.started_at)
            inbox.wake(row)
    return call


def _twiml(document: str) -> HttpResponse:
    return HttpResponse(document, content_type="text/xml")


urlpatterns = [
    path("hooks/twilio/voice", voice, name="twilio-voice"),
    path("hooks/twilio/dial-done", dial_done, name="twilio-dial-done"),
    path("hooks/twilio/status", status, name="twilio-status"),
]
