"""Sending the texts that wait, each exactly once, and what the carrier tells of them afterwards.

Whoever takes a text marks it "asked" before asking. If its worker dies then, or no answer comes, it may have
been sent: it is shown so, and never sent again by itself.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from leadtrack.phones.addresses import full_address
from leadtrack.phones.carriers.interface import CarrierError, carrier_for
from leadtrack.phones.models import CarrierAccount, TextMessage
from leadtrack.phones.texts import open_opt_outs, opt_out

logger = logging.getLogger(__name__)

MOST_TRIES: Final = 8
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_BATCH: Final = 50
# Twilio: they wrote STOP to this number.
_OPTED_OUT: Final = "21610"
# An answer came, though a bad one: the text is not on its way.
_ANSWERED: Final = "carrier_trouble"
_State = TextMessage.State
# What the carrier says, in our words; the rest says nothing new.
_STATES: Final = {
    "queued": _State.SENT,
    "sending": _State.SENT,
    "sent": _State.SENT,
    "delivered": _State.DELIVERED,
    "read": _State.DELIVERED,
    "undelivered": _State.FAILED,
    "failed": _State.FAILED,
}
# Words come in any order, late and twice: only these may still change.
_BEFORE: Final = {
    _State.SENT: (_State.WAITING, _State.ASKED),
    _State.FAILED: (_State.WAITING, _State.ASKED, _State.SENT),
    _State.DELIVERED: (_State.WAITING, _State.ASKED, _State.SENT, _State.FAILED),
}


def send(text_id: int, *, now: datetime) -> bool:
    """Send one text if it waits and is due; whether the carrier has taken it now."""
    text = _claimed(text_id, now)
    if text is None:
        return False
    try:
        sid = carrier_for(text.number.account).send_text(
            number=str(text.number.number),
            to=str(text.phone),
            body=text.body,
            channel=text.channel,
            status_url=f"{full_address('twilio-message-status')}?text={text.pk}",
        )
    except CarrierError as problem:
        _put_back(text, problem, now)
        return False
    # A callback may have been faster: it knows more than that the carrier took the text.
    TextMessage.objects.filter(pk=text.pk, state=_State.ASKED).update(state=_State.SENT, error="")
    TextMessage.objects.filter(pk=text.pk, sid="").update(sid=sid)
    return True


def send_due(*, now: datetime) -> int:
    """Send what waits: lost wake-ups and pauses that are over; how many the carrier took."""
    due = TextMessage.objects.filter(state=_State.WAITING, due_at__lte=now).order_by("due_at")
    return sum(send(pk, now=now) for pk in list(due.values_list("pk", flat=True)[:_BATCH]))


def note_status(
    *, account: CarrierAccount, text_id: int | None, sid: str, status: str, code: str, at: datetime
) -> bool:
    """What became of a text of this account, found by our id or the carrier's; whether that is news."""
    texts = TextMessage.objects.filter(number__account=account, is_inbound=False)
    found = texts.filter(pk=text_id) if text_id is not None else texts.filter(sid=sid or None)
    text = found.select_related("number__account").first()
    state = _STATES.get(status)
    if text is None or state is None or (text.sid and sid and text.sid != sid):
        return False
    with transaction.atomic():
        if code == _OPTED_OUT:
            opt_out(text, word="", at=at)
        changed = TextMessage.objects.filter(pk=text.pk, state__in=_BEFORE[state])
        is_news = bool(changed.update(state=state, error=code if state == _State.FAILED else ""))
        TextMessage.objects.filter(pk=text.pk, sid="").update(sid=sid)
    return is_news


def _claimed(text_id: int, now: datetime) -> TextMessage | None:
    """The text, ours alone; None when it is not due, sent, another worker's, or no longer wanted."""
    found = TextMessage.objects.select_related("number__account").filter(pk=text_id).first()
    if found is None or found.state != _State.WAITING or found.due_at > now:
        return None
    mine = TextMessage.objects.filter(pk=text_id, state=_State.WAITING, tries=found.tries)
    if open_opt_outs(found.number, str(found.phone)).filter(channel=found.channel).exists():
        mine.update(state=_State.STOPPED)
        return None
    found.tries += 1
    return found if mine.update(state=_State.ASKED, tries=found.tries) else None


def _put_back(text: TextMessage, problem: CarrierError, now: datetime) -> None:
    asked = TextMessage.objects.filter(pk=text.pk, state=_State.ASKED)
    if problem.code == _OPTED_OUT:
        with transaction.atomic():
            opt_out(text, word="", at=now)
            asked.update(state=_State.STOPPED, error=problem.code)
        return
    if problem.is_unsure and problem.code != _ANSWERED:
        logger.warning("text %s: no answer (%s); it may have been sent", text.pk, problem.code)
        asked.update(error=problem.code)
        return
    if not problem.is_temporary or text.tries >= MOST_TRIES:
        asked.update(state=_State.FAILED, error=problem.code)
        return
    pause = min(_FIRST_PAUSE * 2 ** (text.tries - 1), _LONGEST_PAUSE)
    wait = max(pause, timedelta(seconds=problem.retry_after or 0))
    asked.update(state=_State.WAITING, error=problem.code, due_at=now + wait)
