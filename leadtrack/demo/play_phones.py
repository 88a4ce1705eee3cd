"""Playing what happens on the phone: numbers shown, calls, texts, with the moment as argument."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.http import QueryDict

from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal
from leadtrack.demo.events import NumberShown, PhoneRang, TextCame, VisitorRang
from leadtrack.demo.firm import Firm
from leadtrack.demo.notices import dial_done, picked_up, ringing
from leadtrack.demo.switchboard import MINUTE_MICROS, PHONES, POOL_BY_KEY
from leadtrack.leads import inbox
from leadtrack.leads.models import InboxRow
from leadtrack.phones.calls import record_call
from leadtrack.phones.carriers.twilio import read_notice
from leadtrack.phones.lease import lease_numbers, note_signal
from leadtrack.phones.models import Call, Lease, TextMessage, TrackedNumber
from leadtrack.phones.sending import note_status
from leadtrack.phones.texts import keep_text, write_text
from leadtrack.visits.afterwards import Signal
from leadtrack.visits.sites import site_for
from leadtrack.visits.track import stay_until, visit_of

_ANSWERED_AFTER: Final = timedelta(minutes=12)
_SMS: Final = TextMessage.Channel.SMS


def show(event: NumberShown, firm: Firm) -> None:
    """The page gets a number of its pool, or keeps the one it has."""
    site, pool = site_for(event.site), POOL_BY_KEY[event.pool]
    visit = visit_of(site=firm.sites[event.site], visitor_key=event.visitor, at=event.at)
    if site is None or visit is None:
        return
    shown = lease_numbers(
        site=site,
        visit=visit,
        visitor_key=event.visitor,
        page=urlsplit(event.url).path,
        asked=[pool.replaces],
        now=event.at,
    )
    stay_until(visit, event.at)
    if event.is_tapped and shown:
        numbers = tuple(one.number for one in shown)
        note_signal(Signal("tap", site, event.visitor, numbers, event.at, event.at))


def ring(event: PhoneRang, firm: Firm) -> InboxRow:
    """A number on an advert is called; the news of it."""
    return _told(_call(event, firm, firm.numbers[event.line], answers="", at=event.at), event.at)


def ring_shown(event: VisitorRang, firm: Firm) -> InboxRow | None:
    """A visitor calls the number on the page; None where all were taken and it was the page's own."""
    held = Lease.objects.filter(pool=firm.pools[event.pool], visitor__key=event.visitor, closed_at=None)
    lease = held.filter(free_at__gt=event.at).select_related("number__site").first()
    if lease is None:
        return None
    names = list(PHONES)
    phone = PHONES["olga"] if event.pool == "vl" else PHONES[names[int(event.key[-4:], 16) % 2]]
    return _told(_call(event, firm, lease.number, answers=phone, at=event.at), event.at)


def keep_words(event: TextCame, firm: Firm) -> InboxRow:
    """Somebody writes; as the carrier's door stores it."""
    number = firm.numbers[event.line]
    row, _is_new = inbox.accept_told(
        door=InboxRow.Door.MESSAGE,
        site_id=number.site_id,
        key=f"message:{firm.account.pk}:{event.key}",
        payload={
            "From": event.sender,
            "To": str(number.number),
            "Body": event.body,
            "MessageSid": event.key,
            "number": str(number.pk),
        },
        received_at=event.at,
    )
    keep_text(
        number=number,
        phone=event.sender,
        channel=_SMS,
        body=event.body,
        sid=event.key,
        opt_type="",
        at=event.at,
    )
    return row


def answer_words(event: TextCame, firm: Firm, deal_id: int | None) -> None:
    """Whoever has the lead writes back, and the carrier delivers it."""
    deal = Deal.objects.filter(pk=deal_id or 0).first()
    if not event.answer or deal is None:
        return
    at = event.at + _ANSWERED_AFTER
    text = write_text(
        number=firm.numbers[event.line],
        phone=event.sender,
        channel=_SMS,
        body=event.answer,
        key=f"demo:{event.key}",
        by=Member.objects.filter(user=deal.owner_id).first(),
        at=at,
    )
    sid = f"SM{event.key[:1:-1]}"
    note_status(account=firm.account, text_id=text.pk, sid=sid, status="delivered", code="", at=at)


def _call(
    event: PhoneRang | VisitorRang, firm: Firm, number: TrackedNumber, *, answers: str, at: datetime
) -> Call:
    """The carrier's notices of the call, in order. `answers` is the phone that does, if it is known."""
    for params, told_at in _notices(event, str(number.number), answers):
        notice = read_notice(_as_posted(params), token="", received_at=told_at)
        call, _is_new = record_call(account=firm.account, number=number, event=notice, at=told_at)
    minutes = -(-(event.talk_seconds or 0) // 60) + 1
    Call.objects.filter(pk=call.pk).update(price_micros=minutes * MINUTE_MICROS, price_currency="USD")
    return call


def _notices(
    event: PhoneRang | VisitorRang, called: str, answers: str
) -> Iterator[tuple[dict[str, str], datetime]]:
    who = {"sid": event.key, "called": called, "caller": event.caller}
    answered_at = event.at + timedelta(seconds=event.ring_seconds)
    yield ringing(**who), event.at
    if answers and event.talk_seconds:
        yield picked_up(sid=event.key, caller=event.caller, phone=answers), answered_at
    ended_at = answered_at + timedelta(seconds=event.talk_seconds or 0)
    yield dial_done(**who, talk_seconds=event.talk_seconds), ended_at


def _told(call: Call, at: datetime) -> InboxRow:
    row, _is_new = inbox.accept_call(call=call, at=at)
    return row


def _as_posted(params: dict[str, str]) -> QueryDict:
    posted = QueryDict(mutable=True)
    posted.update(params)
    return posted
