"""Texts and WhatsApp messages with somebody's phone: kept as they come, and written for the carrier to send.

A text to be sent is a row; `sending` asks the carrier for each exactly once.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from kombu.exceptions import KombuError

from leadtrack.accounts.models import Member
from leadtrack.phones.carriers.interface import Ability, can
from leadtrack.phones.models import Call, CallFlow, FlowText, ListedCaller, OptOut, TextMessage, TrackedNumber
from leadtrack.phones.opt_words import STOP, opt_word, takes_back
from leadtrack.phones.ring import flow_id_of

logger = logging.getLogger(__name__)

TASK: Final = "leadtrack.phones.tasks.send_text_message"
# WhatsApp's own rule: free words only so long after theirs.
WINDOW: Final = timedelta(hours=24)
# Whom we have just texted for a missed call is not texted for the next one.
APART: Final = timedelta(hours=12)
MOST_SIGNS: Final = 1600
_Channel = TextMessage.Channel
_State = TextMessage.State


def keep_text(
    *, number: TrackedNumber, phone: str, channel: str, body: str, sid: str, opt_type: str, at: datetime
) -> TextMessage | None:
    """Keep what somebody (E.164) wrote to one of our numbers at a moment (UTC), and heed STOP and START.

    Call it in the transaction that stores the carrier's request. A repeated request changes nothing; None for
    a sender without a phone number.
    """
    if not phone:
        return None
    key = f"in:{number.account_id}:{sid}"
    text, is_new = TextMessage.objects.get_or_create(
        key=key,
        defaults={
            "number": number,
            "phone": phone,
            "channel": channel,
            "is_inbound": True,
            "body": body,
            "state": _State.RECEIVED,
            "sid": sid,
            "made_at": at,
        },
    )
    if is_new:
        _heed(text, opt_word({"Body": body, "OptOutType": opt_type}), at)
    return text


def write_text(
    *,
    number: TrackedNumber,
    phone: str,
    channel: str,
    body: str,
    key: str,
    by: Member | None,
    at: datetime,
    call: Call | None = None,
) -> TextMessage:
    """Store a text to be sent from our number, once per key; a worker sends it after the commit.

    One that they do not want is stored as not sent. The caller has asked `why_not` before.
    """
    is_stopped = open_opt_outs(number, phone).filter(channel=channel).exists()
    fields = {
        "number": number,
        "phone": phone,
        "channel": channel,
        "is_inbound": False,
        "body": body[:MOST_SIGNS],
        "state": _State.STOPPED if is_stopped else _State.WAITING,
        "made_at": at,
        "due_at": at,
        "by_id": by.user_id if by else None,
        "call": call,
    }
    text, is_new = TextMessage.objects.get_or_create(key=key, defaults=fields)
    if is_new and not is_stopped:
        transaction.on_commit(partial(_wake, text.pk))
    return text


def text_missed(call: Call, *, at: datetime) -> TextMessage | None:
    """Text the caller of a missed call, where the number's flow says so; None where nothing is written.

    Safe to call again: one text per call, and not one for each of several calls in a row.
    """
    phone = str(call.caller or "")
    words = _missed_words(call.number)
    if not phone or not words or call.is_test or not can_text(call.number):
        return None
    is_ours = ListedCaller.objects.filter(phone=phone).exists()
    just_now = TextMessage.objects.filter(phone=phone, call__isnull=False, made_at__gt=at - APART)
    if is_ours or just_now.exclude(call=call).exists() or open_opt_outs(call.number, phone).exists():
        return None
    try:
        with transaction.atomic():
            return write_text(
                number=call.number,
                phone=phone,
                channel=_Channel.SMS,
                body=words,
                key=f"missed:{call.pk}",
                by=None,
                at=at,
                call=call,
            )
    except IntegrityError:  # Another worker has just written it.
        return TextMessage.objects.get(call=call)


def why_not(*, number: TrackedNumber, phone: str, channel: str, now: datetime) -> str:
    """Why nothing can be written there now, as a code: "cannot_text", "opted_out", "window"; "" if it can."""
    if not can_text(number):
        return "cannot_text"
    if open_opt_outs(number, phone).filter(channel=channel).exists():
        return "opted_out"
    if channel != _Channel.WHATSAPP:
        return ""
    theirs = TextMessage.objects.filter(number=number, phone=phone, channel=channel, is_inbound=True)
    return "" if theirs.filter(made_at__gt=now - WINDOW).exists() else "window"


def can_text(number: TrackedNumber) -> bool:
    """Whether texts go out from this number, as far as its carrier has told."""
    is_able = number.is_active and number.released_at is None and number.capabilities.get("sms", True)
    return bool(is_able) and can(number.account, Ability.TEXTS)


def open_opt_outs(number: TrackedNumber, phone: str) -> QuerySet[OptOut]:
    """What this phone does not want from the number's account."""
    return OptOut.objects.filter(account=number.account_id, phone=phone, ended_at=None)


def opt_out(text: TextMessage, *, word: str, at: datetime) -> None:
    """From a moment on the other side of this text gets none by its channel."""
    account = text.number.account_id
    try:
        with transaction.atomic():
            OptOut.objects.create(
                account_id=account, phone=text.phone, channel=text.channel, word=word, since=at
            )
    except IntegrityError:  # They had said so before.
        return


def _heed(text: TextMessage, word: str, at: datetime) -> None:
    if word == STOP:
        opt_out(text, word=text.body.strip()[:20], at=at)
    elif word or takes_back(text.body):
        open_opt_outs(text.number, str(text.phone)).filter(channel=text.channel).update(ended_at=at)


def _missed_words(number: TrackedNumber) -> str:
    """The text of the number's flow, in the number's language, else the flow's, else any."""
    flow_id = flow_id_of(number)
    flow = CallFlow.objects.filter(pk=flow_id, texts_missed=True).first() if flow_id else None
    if flow is None:
        return ""
    texts = FlowText.objects.filter(flow=flow).exclude(missed_text="").order_by("pk")
    words = dict(texts.values_list("language", "missed_text"))
    return words.get(number.language) or words.get(flow.language) or next(iter(words.values()), "")


def _wake(text_id: int) -> None:
    """If the wake-up is lost, the sweep finds the row."""
    try:
        current_app.send_task(TASK, args=[text_id], retry=False)
    except (KombuError, OSError) as problem:
        logger.warning("text %s: no wake-up sent (%s)", text_id, type(problem).__name__)
