"""When so much working time has passed: the hours of a call flow on the clock of its site. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from leadtrack.phones.flow import Flow, hours_on

# A firm that opens on no day of two months works by other hours than it told us.
_LOOKED_AHEAD: Final = 62


def after_working(flow: Flow, *, start: datetime, span: timedelta, tz: tzinfo) -> datetime:
    """The moment (UTC) when `span` of working time has passed since `start`.

    A flow without hours, and one that does not open within two months, works always.
    """
    begun = start.astimezone(UTC)
    if not flow.hours and not flow.holidays:
        return begun + span
    left, reached = span, begun
    for opens, closes in _openings(flow, begun.astimezone(tz).date(), tz):
        here = max(opens, reached)
        if closes - here >= left:
            return here + left
        left -= max(closes - here, timedelta(0))
        reached = max(reached, closes)
    return begun + span


def _openings(flow: Flow, first: date, tz: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """When it is open, in UTC, by their beginnings; what began on the evening before comes first."""
    for days in range(-1, _LOOKED_AHEAD):
        day = first + timedelta(days=days)
        for opens, closes in sorted(hours_on(flow, day)):
            until = day if opens < closes else day + timedelta(days=1)
            yield _utc(day, opens, tz), _utc(until, closes, tz)


def _utc(day: date, wall: time, tz: tzinfo) -> datetime:
    return datetime.combine(day, wall.replace(tzinfo=None), tz).astimezone(UTC)
