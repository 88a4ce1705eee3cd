"""Time at the carrier. A call of an hour takes no time, unless `speed` says otherwise."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


class Clock:
    """Now, and what has been let pass. With `speed` (seconds of the call per real second) it really waits."""

    def __init__(self, start: datetime | None = None, speed: float = 0) -> None:
        self._start = start
        self._passed = timedelta()
        self._speed = speed

    @property
    def is_told(self) -> bool:
        """Whether time passes by what is told here, not by the machine's clock."""
        return self._start is not None

    def now(self) -> datetime:
        """UTC: what was told, or the clock of the machine."""
        return (self._start or datetime.now(UTC)) + self._passed

    def pass_(self, seconds: float) -> None:
        """Let so many seconds of the call go by."""
        if self._speed:
            time.sleep(seconds / self._speed)
        if self._start is not None:
            self._passed += timedelta(seconds=seconds)


def rfc2822(moment: datetime | None) -> str | None:
    """As Twilio writes moments: "Tue, 10 Mar 2026 12:00:00 +0000"."""
    return None if moment is None else format_datetime(moment)
