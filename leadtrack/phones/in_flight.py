"""What is going on with a number at this moment: what one should know before it is given to somebody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from leadtrack.phones.models import Call, Lease, TrackedNumber

# An open call that is older has lost its end, it is not going on.
_LONGEST: Final = timedelta(hours=4)


@dataclass(frozen=True)
class InFlight:
    """Calls that are going on, and visitors who see the number now."""

    calls: int
    visitors: int

    def __bool__(self) -> bool:
        return bool(self.calls or self.visitors)


def in_flight(number: TrackedNumber, now: datetime) -> InFlight:
    """How many calls of the number have not ended, and how many visitors hold it at `now` (UTC)."""
    calls = Call.objects.filter(number=number, ended_at=None, started_at__gt=now - _LONGEST)
    leases = Lease.objects.filter(number=number, closed_at=None, held_until__gt=now)
    return InFlight(calls=calls.count(), visitors=leases.count())
