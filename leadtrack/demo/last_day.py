"""The demo firm's last day: a day's worth of people, all at this moment, through the doors themselves."""

from collections import Counter
from datetime import date, datetime
from random import Random
from typing import Final

from leadtrack.demo.doors import Doors, number_of
from leadtrack.demo.events import Event, FormSent, GoalReached, PageView, PhoneRang
from leadtrack.demo.plan import plan_day

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
    """Send everybody through the doors; how many of each. Raises DoorError when a door does not open."""
    for event in events:
        if isinstance(event, PageView):
            doors.look(event)
        elif isinstance(event, GoalReached):
            doors.reach(event)
        elif isinstance(event, FormSent):
            doors.send(event, is_plain="lt_visitor" not in dict(event.fields))
        elif isinstance(event, PhoneRang):
            doors.call(number=number_of(event.line), caller=event.caller, talk_seconds=event.talk_seconds)
    return Counter(type(event).__name__ for event in events)
