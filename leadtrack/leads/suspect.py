"""Weighing an enquiry when it comes: what is known of its sender and its words, scored, and kept with it."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from disposable_email_domains import blocklist
from django.db import connection
from django.utils.crypto import salted_hmac

from leadtrack.leads.models import InboxRow, Lead, SpamVerdict
from leadtrack.leads.payload import FILL_MS, SENDER, SPAM
from leadtrack.leads.spam import Score, Signals, message_key, score
from leadtrack.phones.models import CallEvent
from leadtrack.ui.prepared import all_rows, one_row

# How long one text from several people is one mailing, and one address's enquiries are a flood.
SAME_TEXT_WITHIN: Final = timedelta(days=14)
FLOOD_WITHIN: Final = timedelta(hours=1)
_ENOUGH: Final = 100
# What people here, or their own programs, bring in is weighed by nobody.
_TRUSTED: Final = frozenset({Lead.Kind.HAND, Lead.Kind.IMPORT, Lead.Kind.API})
_Said = SpamVerdict.Said
# Plain SQL: every enquiry asks these.
_VERDICTS: Final = SpamVerdict._meta.db_table
_SAME_TEXT: Final = f"""
    SELECT verdict.said, lead.contact_id FROM {_VERDICTS} verdict
    JOIN {Lead._meta.db_table} lead ON lead.id = verdict.lead_id
    WHERE verdict.message_key = %s AND verdict.made_at BETWEEN %s AND %s
    ORDER BY verdict.made_at DESC LIMIT {_ENOUGH}
"""  # noqa: S608
_SAME_SENDER: Final = f"""
    SELECT count(*) FROM (
        SELECT 1 FROM {_VERDICTS} WHERE sender_key = %s AND made_at BETWEEN %s AND %s LIMIT {_ENOUGH}
    ) seen
"""  # noqa: S608


@dataclass(frozen=True)
class Doubt:
    """What an enquiry weighs, against the threshold of its site; and what later ones are compared with."""

    score: Score
    threshold: int
    message_key: str = ""
    sender_key: str = ""

    @property
    def is_spam(self) -> bool:
        """Whether it is to be set aside."""
        return self.score.points >= self.threshold


def sender_key(address: str) -> str:
    """What enquiries from one internet address are counted by; the address cannot be read from it."""
    return salted_hmac("leadtrack.sender", address, algorithm="sha256").hexdigest() if address else ""


def weigh(
    row: InboxRow,
    *,
    kind: str,
    name: str,
    email: str,
    message: str,
    is_spam: bool,
    contact_id: int | None,
    told: dict[str, Any],
) -> Doubt:
    """Score what came by a door; `told` are its fields without a column, `is_spam` the door's word.

    Whom somebody here called "not spam" is believed (None: a contact that is new). A few look-ups by index.
    """
    if kind in _TRUSTED and not is_spam:
        return Doubt(Score(0, ()), row.site.spam_threshold)
    said = _said_of(contact_id) if contact_id else ""
    text, sender = message_key(message), str(row.payload.get(SENDER, ""))
    if said == _Said.NOT_SPAM:
        return Doubt(Score(0, ()), row.site.spam_threshold, text, sender)
    seen = Signals(
        honeypot=is_spam and bool(told.get(SPAM)),
        door_said=is_spam and not told.get(SPAM),
        fill_ms=_milliseconds(told.get(FILL_MS)),
        name=name,
        message=message,
        email=email,
        email_unread=str(told.get("email_raw", "")),
        is_disposable=_is_disposable(email),
        same_text=_others_who_wrote(text, contact_id, row.received_at),
        same_sender=_from_the_same(sender, row.received_at),
        called_spam_before=said == _Said.SPAM,
        attestation=_attestation(row.call_id),
    )
    return Doubt(score(seen), row.site.spam_threshold, text, sender)


def verdicts_of(doubt: Doubt, at: datetime) -> list[SpamVerdict]:
    """What was found, to be stored beside the lead; none if there is nothing to find again."""
    if not (doubt.score.points or doubt.message_key or doubt.sender_key):
        return []
    verdict = SpamVerdict(
        score=doubt.score.points,
        threshold=doubt.threshold,
        reasons=[asdict(reason) for reason in doubt.score.reasons],
        message_key=doubt.message_key,
        sender_key=doubt.sender_key,
        made_at=at,
    )
    return [verdict]


def _said_of(contact_id: int) -> str:
    """The last word of a person about this sender; "" for none."""
    spoken = SpamVerdict.objects.filter(lead__contact=contact_id).exclude(said="")
    return spoken.order_by("-said_at").values_list("said", flat=True).first() or ""


def _others_who_wrote(text: str, contact_id: int | None, at: datetime) -> int:
    """Other people with the same message lately; none once somebody here has found it to be no spam."""
    if not text:
        return 0
    found = all_rows(_SAME_TEXT, [text, *_since(SAME_TEXT_WITHIN, at)])
    if any(said == _Said.NOT_SPAM for said, _person in found):
        return 0
    return len({person for _said, person in found} - {contact_id})


def _from_the_same(sender: str, at: datetime) -> int:
    if not sender:
        return 0
    (count,) = one_row(_SAME_SENDER, [sender, *_since(FLOOD_WITHIN, at)]) or (0,)
    return int(count)


def _since(span: timedelta, at: datetime) -> list[Any]:
    return [connection.ops.adapt_datetimefield_value(moment) for moment in (at - span, at)]


def _attestation(call_id: int | None) -> str:
    if call_id is None:
        return ""
    told = CallEvent.objects.filter(call=call_id).order_by("pk").values_list("payload", flat=True)
    found = (payload.get("StirVerstat") for payload in told if isinstance(payload, dict))
    return next((value for value in found if isinstance(value, str) and value), "")


def _is_disposable(email: str) -> bool:
    """Also a mailbox below a listed domain."""
    parts = email.rpartition("@")[2].split(".")
    return any(".".join(parts[start:]) in blocklist for start in range(len(parts) - 1))


def _milliseconds(text: object) -> int | None:
    digits = str(text).partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
