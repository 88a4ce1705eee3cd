"""The carrier's door for texts and WhatsApp messages to our numbers."""

import logging
from datetime import datetime
from typing import Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leadtrack.leads import inbox
from leadtrack.leads.doors.message import WHATSAPP
from leadtrack.leads.hooks.signed import account_that_signed
from leadtrack.leads.models import InboxRow
from leadtrack.leads.words import clean
from leadtrack.phones.carriers.twilio import phone_of
from leadtrack.phones.models import TextMessage, TrackedNumber
from leadtrack.phones.sending import note_status
from leadtrack.phones.texts import keep_text
from leadtrack.ui.doors import because

log = logging.getLogger(__name__)

# Nothing to say back.
_NO_ANSWER: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_NOT_KEPT: Final = frozenset({"AccountSid", "ApiVersion", "SmsSid", "SmsMessageSid"})
_VALUE_LENGTH: Final = 5_000


@csrf_exempt
@require_POST
def message(request: HttpRequest) -> HttpResponse:
    """POST /hooks/twilio/message: somebody wrote to one of our numbers. Answered with an empty TwiML."""
    account = account_that_signed(request)
    if account is None:
        because(request, "wrong_signature", door=InboxRow.Door.MESSAGE)
        return HttpResponse(status=403)
    sid = request.POST.get("MessageSid") or request.POST.get("SmsSid", "")
    if not sid or "\0" in sid or len(sid) > 64:
        because(request, "no_id", door=InboxRow.Door.MESSAGE)
        return HttpResponse(status=400)
    called = request.POST.get("To", "").removeprefix(WHATSAPP).replace("\0", "")
    number = TrackedNumber.objects.filter(account=account, number=called).first()
    if number is None:
        log.warning("Message %s of account %s is to no number of ours", sid, account.pk)
        because(request, "unknown_number", door=InboxRow.Door.MESSAGE)
        return HttpResponse(_NO_ANSWER, content_type="text/xml")
    sent = {clean(name): clean(text)[:_VALUE_LENGTH] for name, text in request.POST.dict().items()}
    now = timezone.now()
    with transaction.atomic():
        row, is_new = inbox.accept_told(
            door=InboxRow.Door.MESSAGE,
            site_id=number.site_id,
            key=f"message:{account.pk}:{sid}",
            payload={name: text for name, text in sent.items() if name not in _NOT_KEPT}
            | {"number": str(number.pk)},
            received_at=now,
        )
        _keep(number, sid, sent, now)
    if is_new:
        inbox.wake(row)
    return HttpResponse(_NO_ANSWER, content_type="text/xml")


def _keep(number: TrackedNumber, sid: str, sent: dict[str, str], at: datetime) -> None:
    sender = sent.get("From", "")
    keep_text(
        number=number,
        phone=phone_of(sender.removeprefix(WHATSAPP)),
        channel=TextMessage.Channel.WHATSAPP if sender.startswith(WHATSAPP) else TextMessage.Channel.SMS,
        body=sent.get("Body", ""),
        sid=sid,
        opt_type=sent.get("OptOutType", ""),
        at=at,
    )


@csrf_exempt
@require_POST
def message_status(request: HttpRequest) -> HttpResponse:
    """POST /hooks/twilio/message-status?text=<id>: what became of a text that we sent."""
    account = account_that_signed(request)
    if account is None:
        because(request, "wrong_signature", door=InboxRow.Door.MESSAGE)
        return HttpResponse(status=403)
    note_status(
        account=account,
        text_id=_id(request.GET.get("text", "")),
        sid=request.POST.get("MessageSid", "").replace("\0", "")[:64],
        status=request.POST.get("MessageStatus", ""),
        code=request.POST.get("ErrorCode", "").replace("\0", "")[:20],
        at=timezone.now(),
    )
    return HttpResponse(status=204)


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


urlpatterns = [
    path("hooks/twilio/message", message, name="twilio-message"),
    path("hooks/twilio/message-status", message_status, name="twilio-message-status"),
]
