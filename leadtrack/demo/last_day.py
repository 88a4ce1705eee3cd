"""The demo firm's last day: a day's worth of people, all at this moment, through the doors themselves."""

from collections import Counter
from datetime import date, datetime
from random import Random
from typing import Final

from leadtrack.demo.doors import Doors, number_of
from leadtrack.demo.events import Event, FormSent, GoalReached, PageView, PhoneRang
from leadtrack.demo.plan import plan_day
from leadtrack.demo.switchboard import POOL_BY_KEY, POOL_OF_ADVERT

# Who calls the numbers of the pool, and for how long; None: nobody answers.
_CALLERS: Final = (("+12065550147", 210), ("+13035550164", None))
_AT_A_DOOR: Final = (PageView, GoalReached, FormSent, PhoneRang)


def events_of_last_day(today: date, *, scale: float = 1.0) -> list[Event]:
    """Who comes today, in order; the same for the same day."""
    dice = Random(today.toordinal())  # noqa: S311 (a demo must come out the same each time)
    came = [event for event in plan_day(dice, day=today, scale=scale) if isinstance(event, _AT_A_DOOR)]
    # On some days nobody calls; this one is to show every door.
    return [*came, *(_call(came[-1].at, line, dice) for line in ("maps", "billboard"))]


def _call(at: datetime, line: str, dice: Random) -> PhoneRang:
    caller = f"+1202555{dice.randrange(100, 200):04d}"
    return PhoneRang(
        at, line, f"CA{dice.getrandbits(128):032x}", caller, 9, None if line == "billboard" else 140
    )


def play_last_day(doors: Doors, events: list[Event]) -> Counter[str]:
    """Send everybody through the doors; how many of each. Raises DoorError when a door does not open.

    Besides, a few visitors read a number of the pool: two call it, and one writes to it.
    """
    for event in events:
        if isinstance(event, PageView):
            doors.look(event)
        elif isinstance(event, GoalReached):
            doors.reach(event)
        elif isinstance(event, FormSent):
            doors.send(event, is_plain="lt_visitor" not in dict(event.fields))
        elif isinstance(event, PhoneRang):
            doors.call(number=number_of(event.line), caller=event.caller, talk_seconds=event.talk_seconds)
    rang = _read_and_call(doors, [event for event in events if isinstance(event, PageView)])
    return Counter(type(event).__name__ for event in events) + Counter(VisitorRang=rang)


def _read_and_call(doors: Doors, views: list[PageView]) -> int:
    """How many called the number that their page shows."""
    pool = POOL_BY_KEY["shop"]
    readers = [view for view in views if POOL_OF_ADVERT.get(view.advert) == pool.key][:3]
    shown = [doors.read_number(view, pool.replaces) for view in readers]
    numbers = [number for number in shown if number != pool.replaces]
    calls = list(zip(numbers, _CALLERS, strict=False))
    for number, (caller, talk_seconds) in calls:
        doors.call(number=number, caller=caller, talk_seconds=talk_seconds)
    for number in numbers[:1]:
        doors.write(number=number, sender=_CALLERS[0][0], body="Just called you: Tuesday at ten is fine.")
    return len(calls)
