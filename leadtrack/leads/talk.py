"""Texts and WhatsApp messages with the person of a lead: what was written, and an answer to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadtrack.accounts.models import Member
from leadtrack.leads.models import ContactKey, Lead
from leadtrack.phones.carriers.words import words_of
from leadtrack.phones.models import TextMessage, TrackedNumber
from leadtrack.phones.texts import MOST_SIGNS, can_text, open_opt_outs, why_not, write_text

_MOST: Final = 100
_MOST_NUMBERS: Final = 20
_Channel = TextMessage.Channel


class CannotAnswerError(Exception):
    """Nothing may be written there now; `code` is of phones.texts.why_not, "no_phone" or "empty"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Line:
    """Between which phones an answer goes, and by what."""

    number: TrackedNumber
    phone: str
    channel: str


@dataclass(frozen=True)
class Talk:
    """The newest messages, the oldest first; where an answer goes, and why none can be written now."""

    messages: Sequence[TextMessage]
    line: Line | None
    # A code of `why_not`; "" where an answer can be written.
    reason: str
    # The channels by which they want nothing.
    opted_out: frozenset[str]

    @property
    def is_on_its_way(self) -> bool:
        """Whether a text waits for the carrier."""
        return any(text.state == TextMessage.State.WAITING for text in self.messages)


def talk_of(lead: Lead, *, now: datetime) -> Talk:
    """What was written with the person of a lead, by whichever of our numbers."""
    phones = _phones(lead)
    found = TextMessage.objects.filter(phone__in=phones).select_related("number__account", "by")
    messages = list(found.order_by("-made_at", "-pk")[:_MOST])[::-1]
    for text in messages:
        # Only the code is kept: its words are of whoever reads it.
        text.trouble = words_of(text.error)  # type: ignore[attr-defined]
    line = _line(lead, messages, phones)
    if line is None:
        return Talk(messages, None, "no_phone" if not phones else "cannot_text", frozenset())
    reason = why_not(number=line.number, phone=line.phone, channel=line.channel, now=now)
    stopped = open_opt_outs(line.number, line.phone).values_list("channel", flat=True)
    return Talk(messages, line, reason, frozenset(stopped))


def answer(lead: Lead, *, body: str, key: str, by: Member, now: datetime) -> TextMessage:
    """Write to the person of a lead where the talk is, once per key. CannotAnswerError says why not."""
    body = body.strip()
    talk = talk_of(lead, now=now)
    if talk.line is None or talk.reason:
        raise CannotAnswerError(talk.reason)
    if not body or len(body) > MOST_SIGNS:
        raise CannotAnswerError("too_long" if body else "empty")
    line = talk.line
    return write_text(
        number=line.number,
        phone=line.phone,
        channel=line.channel,
        body=body,
        key=f"answer:{lead.pk}:{key}",
        by=by,
        at=now,
    )


def _phones(lead: Lead) -> list[str]:
    keys = ContactKey.objects.filter(contact=lead.contact_id, kind=ContactKey.Kind.PHONE)
    return list(dict.fromkeys([*filter(None, [str(lead.phone)]), *keys.values_list("value", flat=True)]))


def _line(lead: Lead, messages: Sequence[TextMessage], phones: Sequence[str]) -> Line | None:
    """Where they wrote last, while that number can text; else the one they called; else any of the site."""
    last = next((text for text in reversed(messages) if text.is_inbound), messages[-1] if messages else None)
    if last is not None and can_text(last.number):
        return Line(last.number, str(last.phone), last.channel)
    if not phones:
        return None
    ours = TrackedNumber.objects.filter(is_active=True, released_at=None).select_related("account")
    called = [*ours.filter(calls__lead=lead)[:1]] or [*ours.filter(site=lead.site_id)[:_MOST_NUMBERS]]
    number = next(filter(can_text, called), last.number if last else None)
    return Line(number, phones[0], _Channel.SMS) if number else None
