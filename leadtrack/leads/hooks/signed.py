"""What a carrier signed: whose it is, what it says, and the answer while the database is missing."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Any, Final

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leadtrack.leads.hooks import offline
from leadtrack.leads.models import InboxRow
from leadtrack.phones.callers import kinds_of
from leadtrack.phones.calls import number_for, record_call
from leadtrack.phones.carriers import twilio as carrier
from leadtrack.phones.carriers.notice import Notice, UnreadableNoticeError
from leadtrack.phones.models import Call, CallEvent, CarrierAccount, TrackedNumber
from leadtrack.phones.progress import Then
from leadtrack.ui.doors import because
from leadtrack.ui.outage import Outage, is_unreachable

log = logging.getLogger(__name__)

_LARGEST_ID: Final = 2**63 - 1
_outage = Outage()


@dataclass(frozen=True)
class Heard:
    """A request that an account's carrier signed, about a number of ours or of nobody's."""

    request: HttpRequest
    account: CarrierAccount
    number: TrackedNumber | None
    notice: Notice
    at: datetime

    @property
    def query(self) -> dict[str, str]:
        """What we wrote into the address; the signature covers it."""
        return self.request.GET.dict()

    @property
    def is_known(self) -> bool:
        """Whether we have heard of this call before."""
        return Call.objects.filter(account=self.account, sid=self.notice.call_sid).exists()

    @cached_property
    def kinds_of_caller(self) -> frozenset[str]:
        """What we know of the caller; asked once for the flow and for whether the call is news."""
        return kinds_of(self.notice.caller)

    @property
    def has_pressed_key(self) -> bool:
        """Whether somebody who answered this call has pressed 1."""
        events = CallEvent.objects.filter(call__account=self.account, call__sid=self.notice.call_sid)
        return events.filter(**{f"payload__{carrier.KEY}": "accepted"}).exists()

    def keep(self, then: tuple[Then, ...] = (), *, rings: int = 0) -> Call | None:
        """Store what was told, with what we do in answer. None where it is about no number of ours."""
        if self.number is None:
            return None
        notice = carrier.noted(self.notice, then, rings=rings) if then else self.notice
        # Set by `kinds_of_caller`, if this door asked.
        kinds: frozenset[str] | None = vars(self).get("kinds_of_caller")
        call, _is_new = record_call(
            account=self.account, number=self.number, event=notice, at=self.at, kinds=kinds
        )
        return call


Answer = Callable[[Heard], HttpResponse]
# What an address of ours says of the request that comes to it, in words of ours that are kept beside it.
Ours = Callable[[HttpRequest], Mapping[str, str]]


def hook(answer: Answer, ours: Ours | None = None) -> Callable[[HttpRequest], HttpResponse]:
    """A door of the carrier: POST alone, signed, answered from a file while the database is missing."""

    @csrf_exempt
    @require_POST
    @wraps(answer)
    def door(request: HttpRequest) -> HttpResponse:
        if not _outage.may_ask():
            return offline.answer(request)
        try:
            response = _answer(request, answer, ours)
        except DatabaseError as problem:
            if not is_unreachable(problem):
                raise
            log.warning("The database cannot be reached (%s): calls are forwarded", type(problem).__name__)
            _outage.begin()
            return offline.answer(request)
        _outage.end()
        return response

    return door


def account_that_signed(request: HttpRequest) -> CarrierAccount | None:
    """The account that a request names, if its carrier signed the request's own bytes; None otherwise."""
    sid = request.POST.get("AccountSid", "")
    # PostgreSQL knows no text with a null byte, and no account has one.
    known = CarrierAccount.objects.filter(kind=CarrierAccount.Kind.TWILIO, account_sid=sid)
    account = known.first() if sid and "\0" not in sid else None
    return account if account is not None and carrier.is_signed_request(request, account) else None


def _answer(request: HttpRequest, answer: Answer, ours: Ours | None) -> HttpResponse:
    account = account_that_signed(request)
    if account is None:
        because(request, "wrong_signature", door=InboxRow.Door.CALL)
        return HttpResponse(status=403)
    now = timezone.now()
    try:
        notice = _notice_of(request, now, ours(request) if ours else {})
    except UnreadableNoticeError as problem:
        log.warning("A signed carrier request of account %s cannot be read: %s", account.pk, problem)
        because(request, "unreadable", door=InboxRow.Door.CALL)
        return HttpResponse(status=400)
    number = number_for(account=account, notice=notice, number_id=number_id_of(request))
    if number is None:
        log.warning("Call %s of account %s is to no number of ours", notice.call_sid, account.pk)
        because(request, "unknown_number", door=InboxRow.Door.CALL, is_counted=answer.__name__ == "voice")
    return answer(Heard(request, account, number, notice, now))


def number_id_of(request: HttpRequest) -> int | None:
    """The tracked number that we wrote into a callback's address; the signature covers it."""
    text = request.GET.get("number", "")
    is_id = text.isascii() and text.isdecimal() and len(text) < 20
    return int(text) if is_id and int(text) <= _LARGEST_ID else None


def of_ringing(request: HttpRequest) -> dict[str, str]:
    """Which round of ringing the address is about, whose line's parent it is, and whether 1 is pressed."""
    told: dict[str, Any] = {
        carrier.ROUND: request.GET.get("round"),
        carrier.NEEDS_KEY: request.GET.get("key"),
    }
    return {name: text for name, text in told.items() if text}


def _notice_of(request: HttpRequest, now: datetime, ours: Mapping[str, str]) -> Notice:
    token = request.headers.get(carrier.IDEMPOTENCY_HEADER, "")
    return carrier.read_notice(request.POST, token=token, received_at=now, ours=ours)


def twiml(document: str) -> HttpResponse:
    """A TwiML answer."""
    return HttpResponse(document, content_type="text/xml")
