"""What happens to a caller next: the flow, the moment and the call so far in, the next steps out. Pure.

Nothing is remembered between two answers but what is said here: how many rounds have rung, whether all of
them were busy, whether the caller was forwarded. That travels in the (signed) addresses of our callbacks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

# As many phones as a carrier rings at once (formats.md 1.3).
MOST_AT_ONCE: Final = 10
REACHED: Final = frozenset({"completed", "answered"})
BUSY: Final = "busy"


class Otherwise(StrEnum):
    """The same words as models.CallFlow.Otherwise."""

    VOICEMAIL = "voicemail"
    FORWARD = "forward"
    SAY = "say"


@dataclass(frozen=True)
class Text:
    """What the caller hears, in one language ("ru-RU")."""

    language: str
    greeting: str = ""
    consent: str = ""
    no_answer: str = ""
    busy: str = ""
    closed: str = ""


@dataclass(frozen=True)
class Hours:
    """Open on this weekday (Monday is 0); until the same or an earlier time means until the next day."""

    weekday: int
    opens_at: time
    closes_at: time


@dataclass(frozen=True)
class Holiday:
    """A day that is closed, or open at other hours than its weekday."""

    day: date
    opens_at: time | None = None
    closes_at: time | None = None


@dataclass(frozen=True)
class Line:
    """Who rings, as E.164: one phone, or those of a team together. `name` is for the dry run."""

    phones: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True)
class Flow:
    """A call flow as a value."""

    lines: tuple[Line, ...]
    texts: tuple[Text, ...] = ()
    hours: tuple[Hours, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    language: str = "en-US"
    rings_in_turn: bool = False
    ring_seconds: int = 20
    is_recorded: bool = False
    asks_last_manager: bool = False
    whispers: bool = False
    needs_key: bool = False
    on_no_answer: Otherwise = Otherwise.SAY
    on_busy: Otherwise = Otherwise.SAY
    on_closed: Otherwise = Otherwise.SAY
    forward_to: str = ""
    voicemail_seconds: int = 120


@dataclass(frozen=True)
class SoFar:
    """What has happened in this call. `outcome` is how the last ringing ended, in Twilio's DialCallStatus."""

    rounds: int = 0
    outcome: str = ""
    were_all_busy: bool = True
    is_forwarded: bool = False


@dataclass(frozen=True)
class Situation:
    """The call: `at` in the site's own zone, the language of the number, and what is known of the caller."""

    at: datetime
    language: str = ""
    is_blocked: bool = False
    # The phone of who spoke with this caller last, E.164.
    last_manager: str = ""


@dataclass(frozen=True)
class Reject:
    """Not answered at all: the caller hears that the line is busy."""


@dataclass(frozen=True)
class Say:
    """Read a text to the caller. `why` names it: greeting, consent, no_answer, busy, closed."""

    text: str
    language: str
    why: str


@dataclass(frozen=True)
class Ring:
    """Ring these phones at once; `so_far` is what the answer to its end must know."""

    phones: tuple[str, ...]
    seconds: int
    so_far: SoFar
    is_recorded: bool = False
    whispers: bool = False
    needs_key: bool = False
    is_forward: bool = False


@dataclass(frozen=True)
class Voicemail:
    """A beep, and the caller may leave a message of so many seconds."""

    seconds: int


@dataclass(frozen=True)
class HangUp:
    """The call is over."""


Step = Reject | Say | Ring | Voicemail | HangUp


def first_steps(flow: Flow, situation: Situation) -> tuple[Step, ...]:
    """What a call begins with."""
    if situation.is_blocked:
        return (Reject(),)
    text = text_for(flow, situation.language)
    if not is_open(flow, situation.at):
        return _otherwise(flow, flow.on_closed, text, "closed", SoFar())
    rounds = rounds_of(flow, situation)
    if not rounds:
        return _otherwise(flow, flow.on_no_answer, text, "no_answer", SoFar())
    consent = _say(text, "consent") if flow.is_recorded else []
    return (*_say(text, "greeting"), *consent, _ring(flow, rounds[0], SoFar(rounds=1)))


def next_steps(flow: Flow, situation: Situation, so_far: SoFar) -> tuple[Step, ...]:
    """What follows when a ringing is over."""
    if so_far.outcome in REACHED:
        return (HangUp(),)
    text = text_for(flow, situation.language)
    if so_far.is_forwarded:
        return (*_say(text, "no_answer"), HangUp())
    busy = so_far.were_all_busy and so_far.outcome == BUSY
    rounds = rounds_of(flow, situation)
    if so_far.rounds < len(rounds):
        return (_ring(flow, rounds[so_far.rounds], SoFar(so_far.rounds + 1, were_all_busy=busy)),)
    how, why = (flow.on_busy, "busy") if busy else (flow.on_no_answer, "no_answer")
    return _otherwise(flow, how, text, why, SoFar(so_far.rounds, were_all_busy=busy))


def rounds_of(flow: Flow, situation: Situation) -> list[tuple[str, ...]]:
    """Whose phones ring, round after round; nobody's twice, who spoke with the caller last first."""
    rounds: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for wanted in _wanted(flow, situation):
        fresh = tuple(dict.fromkeys(phone for phone in wanted if phone and phone not in seen))
        seen.update(fresh)
        rounds += [fresh[start : start + MOST_AT_ONCE] for start in range(0, len(fresh), MOST_AT_ONCE)]
    return rounds


def is_open(flow: Flow, at: datetime) -> bool:
    """Whether somebody works at this moment of the site's clock. A flow without hours is always open.

    Hours that go over midnight belong to the day they begin on. A holiday has its own hours in place of its
    weekday's, but what was open on the evening before goes on. The clock on the wall decides, so that a
    day of 23 or 25 hours opens and closes when its people come and go.
    """
    if not flow.hours and not flow.holidays:
        return True
    today, wall = at.date(), at.time().replace(tzinfo=None)
    is_in = any(_is_within(wall, opens, closes) for opens, closes in hours_on(flow, today))
    before = hours_on(flow, today - timedelta(days=1))
    return is_in or any(closes <= opens and wall < closes for opens, closes in before)


def hours_on(flow: Flow, day: date) -> list[tuple[time, time]]:
    """From when until when it is open, as begun on this day; until the same or an earlier time: next day."""
    for holiday in flow.holidays:
        if holiday.day == day:
            own = (holiday.opens_at, holiday.closes_at)
            return [(own[0], own[1])] if own[0] is not None and own[1] is not None else []
    if not flow.hours:
        return [(time(0), time(0))]
    return [(hours.opens_at, hours.closes_at) for hours in flow.hours if hours.weekday == day.weekday()]


def text_for(flow: Flow, language: str) -> Text:
    """The texts in a language: of the number, else of the flow, else the first there are."""
    by_language = {text.language.lower(): text for text in flow.texts}
    for wanted in (language, flow.language):
        if wanted and wanted.lower() in by_language:
            return by_language[wanted.lower()]
    return flow.texts[0] if flow.texts else Text(language or flow.language)


def _say(text: Text, why: str) -> list[Step]:
    words: str = getattr(text, why).strip()
    return [Say(words, text.language, why)] if words else []


def _wanted(flow: Flow, situation: Situation) -> Iterator[tuple[str, ...]]:
    if flow.asks_last_manager and situation.last_manager:
        yield (situation.last_manager,)
    if flow.rings_in_turn:
        yield from (line.phones for line in flow.lines)
    else:
        yield tuple(phone for line in flow.lines for phone in line.phones)


def _ring(flow: Flow, phones: tuple[str, ...], so_far: SoFar) -> Ring:
    return Ring(phones, flow.ring_seconds, so_far, flow.is_recorded, flow.whispers, flow.needs_key)


def _otherwise(flow: Flow, how: Otherwise, text: Text, why: str, so_far: SoFar) -> tuple[Step, ...]:
    if how == Otherwise.VOICEMAIL:
        return (*_say(text, why), Voicemail(flow.voicemail_seconds), HangUp())
    if how == Otherwise.FORWARD and flow.forward_to:
        consent = _say(text, "consent") if flow.is_recorded and not so_far.rounds else []
        ring = Ring(
            (flow.forward_to,),
            flow.ring_seconds,
            SoFar(so_far.rounds + 1, is_forwarded=True),
            flow.is_recorded,
            flow.whispers,
            flow.needs_key,
            is_forward=True,
        )
        return (*_say(text, why), *consent, ring)
    return (*_say(text, why), HangUp())


def _is_within(wall: time, opens: time, closes: time) -> bool:
    return opens <= wall and (wall < closes or closes <= opens)
