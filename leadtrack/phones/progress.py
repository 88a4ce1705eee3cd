"""What became of a call, told by everything the carrier said about it, in whatever order it came. Pure.

The answer is made of the set of steps, never of the last one: a late or repeated message cannot undo the end.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# Who hangs up sooner has not been missed by us (domain.md 3).
ABANDONED_BEFORE: Final = timedelta(seconds=15)

_TALKED: Final = frozenset({"completed", "answered"})
_NOBODY: Final = frozenset({"busy", "no-answer", "failed", "canceled"})
_ENDED: Final = _TALKED | _NOBODY


class Teller(StrEnum):
    """Which part of the call a step tells of."""

    CALLER = "caller"  # the line between the caller and our number
    SALES = "sales"  # the line between our number and a sales phone
    DIAL = "dial"  # the whole attempt to reach sales, when it is over


class Outcome(StrEnum):
    """The same words as models.Call.Status."""

    RINGING = "ringing"
    TALKING = "talking"
    ANSWERED = "answered"
    MISSED = "missed"
    ABANDONED = "abandoned"
    VOICEMAIL = "voicemail"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Step:
    """One thing the carrier said: `state` in Twilio's CallStatus words, `seconds` of that line, `at` UTC."""

    teller: Teller
    state: str
    at: datetime
    seconds: int | None = None
    # Only the dial knows it: when it ended, the caller's line was already gone.
    is_caller_gone: bool = False


@dataclass(frozen=True)
class Progress:
    """Where a call stands. `talk_seconds` only where somebody talked, and None where nobody said how long."""

    outcome: Outcome
    ended_at: datetime | None = None
    talk_seconds: int | None = None


def progress_of(steps: Collection[Step], *, started_at: datetime) -> Progress:
    """Where the call stands after these steps. The same set gives the same answer in any order.

    The dial's own end is believed first, then the sales line, then the caller's line: with answerOnBridge
    the caller's line only completes with seconds when somebody talked.
    """
    is_answered = _is_answered(steps)
    ended_at = _ended_at(steps, started_at)
    if is_answered and ended_at is not None:
        return Progress(Outcome.ANSWERED, ended_at, _talk_seconds(steps))
    if ended_at is not None:
        return Progress(_unanswered(steps, ended_at - started_at), ended_at)
    return Progress(Outcome.TALKING if is_answered else Outcome.RINGING)


def start_of(step: Step) -> datetime:
    """When a call began of which this is the first thing we hear (UTC): its length before its end."""
    return step.at - timedelta(seconds=step.seconds or 0)


def _is_answered(steps: Collection[Step]) -> bool:
    dials = _of(steps, Teller.DIAL)
    if dials:
        return any(step.state in _TALKED for step in dials)
    sales = _of(steps, Teller.SALES)
    if any(step.state in _TALKED or step.state == "in-progress" for step in sales):
        return True
    if any(step.state in _NOBODY for step in sales):
        return False
    return any(step.state == "completed" and step.seconds for step in _of(steps, Teller.CALLER))


def _ended_at(steps: Collection[Step], started_at: datetime) -> datetime | None:
    """The first sign of the end. The sales line's own end counts only where nobody else told of one."""
    whole = [step.at for step in steps if step.teller != Teller.SALES and step.state in _ENDED]
    sales = _of(steps, Teller.SALES)
    over = [step.at for step in sales if step.state in _ENDED]
    has_talk_going_on = any(step.state == "in-progress" for step in sales) and not any(
        step.state in _TALKED for step in sales
    )
    found = whole or ([] if has_talk_going_on else over)
    return max(min(found), started_at) if found else None


def _talk_seconds(steps: Collection[Step]) -> int | None:
    for teller in (Teller.DIAL, Teller.SALES, Teller.CALLER):
        told = [
            step.seconds for step in _of(steps, teller) if step.state in _TALKED and step.seconds is not None
        ]
        if told:
            return max(told)
    return None


def _unanswered(steps: Collection[Step], rang: timedelta) -> Outcome:
    return Outcome.ABANDONED if rang < ABANDONED_BEFORE and _is_hung_up(steps) else Outcome.MISSED


def _is_hung_up(steps: Collection[Step]) -> bool:
    """Whether the caller gave up, rather than sales being busy, out of reach or not there."""
    reaching = {step.state for step in steps if step.teller != Teller.CALLER}
    if reaching & {"busy", "failed"}:
        return False
    if any(step.state == "canceled" for step in steps):
        return True
    dials = _of(steps, Teller.DIAL)
    if dials:
        return any(step.is_caller_gone for step in dials)
    return any(step.state in _ENDED for step in _of(steps, Teller.CALLER))


def _of(steps: Collection[Step], teller: Teller) -> list[Step]:
    return [step for step in steps if step.teller == teller]
