"""Asking whether two contacts are one person: the queue of possible duplicates, filled and answered."""

from datetime import datetime
from typing import Final

from leadtrack.leads.models import PossibleDuplicate

_Reason = PossibleDuplicate.Reason
# The strongest first.
_ORDER: Final = (
    _Reason.EMAIL_ALIKE,
    _Reason.PHONE_ALIKE,
    _Reason.KEYS_DISAGREE,
    _Reason.SHARED_PHONE,
    _Reason.NAME_AND_MAILBOX,
    _Reason.SAME_BROWSER,
    _Reason.BROWSER_NAMES,
)


def ask(one: int, other: int, reason: str, *, at: datetime) -> None:
    """Put the question once: a pair that was decided stays decided, a stronger reason replaces a weaker one.

    `one` and `other` are ids of contacts, in any order. Call it in the transaction that found them.
    """
    first, second = sorted((one, other))
    pair = PossibleDuplicate(first_id=first, second_id=second, reason=reason, found_at=at)
    PossibleDuplicate.objects.bulk_create([pair], ignore_conflicts=True)
    weaker = _ORDER[_ORDER.index(_Reason(reason)) + 1 :]
    PossibleDuplicate.objects.filter(
        first=first, second=second, state=PossibleDuplicate.State.OPEN, reason__in=weaker
    ).update(reason=reason)
