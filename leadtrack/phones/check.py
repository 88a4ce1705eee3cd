"""Comparing the numbers at the carrier with ours: what is missing there, and what is set up wrongly."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urldefrag

from leadtrack.phones.addresses import hooks_of_ours
from leadtrack.phones.adopt import capabilities_of
from leadtrack.phones.carriers.interface import (
    Ability,
    CarrierError,
    Hooks,
    Owned,
    can,
    carrier_for,
    is_made_up,
)
from leadtrack.phones.models import CarrierAccount, TrackedNumber

logger = logging.getLogger(__name__)


def check_all(*, now: datetime) -> int:
    """Check every account that has numbers; how many numbers have a fault."""
    return sum(check_account(account, now=now) for account in CarrierAccount.objects.order_by("pk"))


def check_account(account: CarrierAccount, *, now: datetime) -> int:
    """Compare the account's numbers with ours and note what is wrong with each; how many are not all right.

    Where the carrier cannot be asked, what was known stays, with "unreachable" beside it.
    """
    numbers = list(TrackedNumber.objects.filter(account=account, released_at=None).order_by("pk"))
    if not numbers or is_made_up(account) or not can(account, Ability.NUMBERS):
        return 0
    try:
        hooks = hooks_of_ours()
        owned = {one.number: one for one in carrier_for(account).owned()}
    except CarrierError as problem:
        logger.warning("The numbers of account %s cannot be checked: %s", account.pk, problem.code)
        return _note_unreachable(numbers)
    for number in numbers:
        note_state(number, owned.get(str(number.number)), hooks=hooks, at=now)
    return sum(bool(number.faults) for number in numbers)


def note_state(number: TrackedNumber, owned: Owned | None, *, hooks: Hooks, at: datetime) -> None:
    """Write down how the number is set up at the carrier; None: the carrier does not have it."""
    number.faults = list(faults_of(owned, hooks))
    number.checked_at = at
    fresh: dict[str, Any] = {"faults": number.faults, "checked_at": at}
    if owned is not None:
        fresh |= {"carrier_sid": owned.sid, "capabilities": capabilities_of(owned)}
    TrackedNumber.objects.filter(pk=number.pk).update(**fresh)


def untracked(account: CarrierAccount) -> list[Owned]:
    """Numbers that the account has and we do not track: not yet ours, or kept for something else.

    Asks the carrier. CarrierError when it cannot be asked.
    """
    ours = {
        str(number)
        for number in TrackedNumber.objects.filter(released_at=None).values_list("number", flat=True)
    }
    return [one for one in carrier_for(account).owned() if one.number not in ours]


def faults_of(owned: Owned | None, hooks: Hooks) -> Iterator[str]:
    """Codes of what is wrong, the worst first; their words are in `faults`."""
    if owned is None:
        yield "absent"
        return
    if not owned.voice:
        yield "no_voice"
    # Set, they are asked and our addresses are not.
    if owned.trunk_sid:
        yield "trunk"
    if owned.application_sid:
        yield "application"
    yield from _different("voice", owned.hooks.voice, hooks.voice)
    if owned.is_voice_by_get and owned.hooks.voice:
        yield "voice_by_get"
    yield from _different("fallback", owned.hooks.fallback, hooks.fallback)
    yield from _different("status", owned.hooks.status, hooks.status)
    if owned.sms:
        yield from _different("message", owned.hooks.message, hooks.message)


def _different(what: str, there: str, ours: str) -> Iterator[str]:
    """The fragment is an order to the carrier (time limits): whoever set one meant it."""
    if not there:
        yield f"{what}_missing"
    elif urldefrag(there)[0] != ours:
        yield f"{what}_wrong"


def _note_unreachable(numbers: list[TrackedNumber]) -> int:
    for number in numbers:
        number.faults = sorted({*number.faults, "unreachable"})
    TrackedNumber.objects.bulk_update(numbers, ["faults"], batch_size=200)
    return len(numbers)
