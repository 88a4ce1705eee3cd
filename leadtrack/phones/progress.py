"""What became of a call, told by everything the carrier said about it, in whatever order it came. Pure.

The answer is made of the set of steps, never of the last one: a late or repeated message cannot undo the end.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# Who hangs up sooner has not been missed by us (domain.md 3).
ABANDONED_BEFORE: Final = timedelta(seconds=15)

# Shorter than that nobody has said anything into our mailbox.
MESSAGE_FROM_SECONDS: Final = 2

_TALKED: Final = frozenset({"completed", "answered"})
_NOBODY: Final = frozenset({"busy", "no-answer", "failed", "canceled"})
_ENDED: Final = _TALKED | _NOBODY


class Teller(StrEnum):
    """Which part of the call a step tells of."""

    CALLER = "caller"  # the line between the caller and our number
    SALES = "sales"  # the line between our number and a sales phone
    DIAL = "dial"  # one round of ringing sales, when it is over
    KEY = "key"  # who answered was asked to press 1: "accepted" or "refused"
    MESSAGE = "message"  # the caller spoke into our mailbox


class Then(StrEnum):
    """What we did in answer to a step; several may follow each other."""

    SAY = "say"
    RING = "ring"
    VOICEMAIL = "voicemail"
    REJECT = "reject"
    HANG_UP = "hangup"


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
    # The line to a sales phone (the dial: the one that was put through), and that phone.
    leg: str = ""
    phone: str = ""
    # Which round of ringing it is about, from 1.
    round: int = 1
    # Who answers must press 1: without it nobody was put through.
    needs_key: bool = False
    # What we did in answer, and how many phones that rings.
    then: frozenset[Then] = frozenset()
    rings: int = 0


@dataclass(frozen=True)
class Progress:
    """Where a call stands. `talk_seconds` only where somebody talked, and None where nobody said how long.

    `answered_on` is the sales phone (E.164) that was put through, `answered_at` (UTC) when; both where told.
    """

    outcome: Outcome
    ended_at: datetime | None = None
    talk_seconds: int | None = None
    answered_at: datetime | None = None
    answered_on: str = ""


def progress_of(steps: Collection[Step], *, started_at: datetime) -> Progress:
    """Where the call stands after these steps. The same set gives the same answer in any order.

    The dial's own end is believed first, then the sales line, then the caller's line: with answerOnBridge
    the caller's line only completes with seconds when somebody talked, or when we spoke to the caller.
    """
    rejected = [step.at for step in steps if Then.REJECT in step.then]
    if rejected:
        return Progress(Outcome.BLOCKED, max(min(rejected), started_at))
    steps = _screened(steps)
    ended_at = _ended_at(steps, started_at)
    if _is_answered(steps):
        return _answered(steps, ended_at)
    if ended_at is None:
        return Progress(Outcome.RINGING)
    if any((step.seconds or 0) >= MESSAGE_FROM_SECONDS for step in _of(steps, Teller.MESSAGE)):
        return Progress(Outcome.VOICEMAIL, ended_at)
    return Progress(_unanswered(steps, ended_at - started_at), ended_at)


def start_of(step: Step) -> datetime:
    """When a call began of which this is the first thing we hear (UTC): its length before its end."""
    return step.at - timedelta(seconds=step.seconds or 0)


def _screened(steps: Collection[Step]) -> list[Step]:
    """The steps, where a phone that did not press 1 (a mailbox, say) never talked."""
    accepted = {step.leg for step in _of(steps, Teller.KEY) if step.state == "accepted"}
    return [_without_key(step) if _lacks_key(step, accepted) else step for step in steps]


def _lacks_key(step: Step, accepted: set[str]) -> bool:
    if not step.needs_key or step.teller not in (Teller.SALES, Teller.DIAL):
        return False
    return step.leg not in accepted if step.teller == Teller.SALES else not accepted


def _without_key(step: Step) -> Step:
    states = dict.fromkeys(_TALKED, "no-answer") | {"in-progress": "ringing"}
    return replace(step, state=states.get(step.state, step.state))


def _answered(steps: list[Step], ended_at: datetime | None) -> Progress:
    seconds = None if ended_at is None else _talk_seconds(steps)
    leg = _leg_of_talk(steps)
    lines = [step for step in steps if step.teller in (Teller.SALES, Teller.KEY) and step.leg == leg]
    phones = sorted(step.phone for step in lines if step.phone)
    began = [step.at for step in lines if step.state == "accepted"] or [
        step.at for step in lines if step.state == "in-progress"
    ]
    if not began and ended_at is not None and seconds is not None:
        began = [ended_at - timedelta(seconds=seconds)]
    return Progress(
        Outcome.TALKING if ended_at is None else Outcome.ANSWERED,
        ended_at,
        seconds,
        min(began, default=None),
        phones[0] if phones else "",
    )


def _leg_of_talk(steps: list[Step]) -> str:
    """The line that was put through: the dial knows, else the one that pressed 1, else the longest talk."""
    told = [step.leg for step in _of(steps, Teller.DIAL) if step.state in _TALKED and step.leg]
    told += [step.leg for step in _of(steps, Teller.KEY) if step.state == "accepted"]
    if told:
        return min(told)
    lines = [step for step in _of(steps, Teller.SALES) if step.state in _TALKED | {"in-progress"}]
    return max(((step.seconds or 0, step.leg) for step in lines), default=(0, ""))[1]


def _is_answered(steps: list[Step]) -> bool:
    dials, sales = _of(steps, Teller.DIAL), _of(steps, Teller.SALES)
    if any(step.state in _TALKED for step in dials):
        return True
    if any(step.state in _TALKED | {"in-progress"} for step in _still_ringing(steps)):
        return True
    if dials or any(step.state in _NOBODY for step in sales) or _is_picked_up(steps):
        return False
    return any(step.state == "completed" and step.seconds for step in _of(steps, Teller.CALLER))


def _is_picked_up(steps: list[Step]) -> bool:
    """Whether we ourselves answered the caller's line: a greeting or the mailbox; its seconds are no talk."""
    return any(step.then & {Then.SAY, Then.VOICEMAIL} for step in steps) or bool(_of(steps, Teller.MESSAGE))


def _still_ringing(steps: list[Step]) -> list[Step]:
    """What the sales lines say of a round that the dial has not told the end of."""
    over = {step.round for step in _of(steps, Teller.DIAL)}
    return [step for step in _of(steps, Teller.SALES) if step.round not in over]


def _ended_at(steps: list[Step], started_at: datetime) -> datetime | None:
    """The first sign of the end. The sales lines' own end counts only where nobody else told of one."""
    tellers = (Teller.CALLER, Teller.DIAL, Teller.MESSAGE)
    whole = [
        step.at for step in steps if step.teller in tellers and step.state in _ENDED and not _goes_on(step)
    ]
    found = whole or list(_ends_of_sales(steps))
    return max(min(found), started_at) if found else None


def _goes_on(step: Step) -> bool:
    """Whether we rang other phones or took a message then; where the caller is gone that came too late."""
    return bool(step.then & {Then.RING, Then.VOICEMAIL}) and not step.is_caller_gone


def _ends_of_sales(steps: list[Step]) -> Iterator[datetime]:
    """When the last sales line of the last round ended, if each of its phones has, and none talks."""
    dials = _of(steps, Teller.DIAL)
    last = max([step.round for step in _still_ringing(steps)], default=0)
    if last == 0 or any(_goes_on(step) and step.round >= last for step in dials):
        return
    lines = [step for step in _still_ringing(steps) if step.round == last]
    has_talk_going_on = any(step.state == "in-progress" for step in lines) and not any(
        step.state in _TALKED for step in lines
    )
    over = [step for step in lines if step.state in _ENDED]
    told = [step.rings for step in steps if step.rings and _round_rung_by(step) == last]
    if over and not has_talk_going_on and len({step.leg for step in over}) >= max(told, default=1):
        yield max(step.at for step in over) if len(over) > 1 and told else min(step.at for step in over)


def _round_rung_by(step: Step) -> int:
    return step.round + 1 if step.teller == Teller.DIAL else 1


def _talk_seconds(steps: list[Step]) -> int | None:
    for teller in (Teller.DIAL, Teller.SALES, Teller.CALLER):
        told = [
            step.seconds for step in _of(steps, teller) if step.state in _TALKED and step.seconds is not None
        ]
        if told:
            return max(told)
    return None


def _unanswered(steps: list[Step], rang: timedelta) -> Outcome:
    return Outcome.ABANDONED if rang < ABANDONED_BEFORE and _is_hung_up(steps) else Outcome.MISSED


def _is_hung_up(steps: list[Step]) -> bool:
    """Whether the caller gave up, rather than sales being busy, out of reach or not there."""
    answers = [step.then for step in steps if step.then]
    if answers and not any(Then.RING in then for then in answers):
        return False  # outside working hours nobody's phone rang
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
