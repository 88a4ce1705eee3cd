"""Which calls are target calls (domain.md 3). Pure.

Answered, at least a minute of talk, no spam, and the first such talk with its caller in 30 days. A call that
nobody answered takes nothing away from the one that is answered a minute later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

TALK_SECONDS: Final = 60
FIRST_IN: Final = timedelta(days=30)


@dataclass(frozen=True)
class Talk:
    """One incoming call of somebody. `counts` is False for spam, tests, blocked callers, own phones."""

    at: datetime
    is_answered: bool
    seconds: int
    counts: bool = True

    @property
    def is_long_enough(self) -> bool:
        """Whether it is a target call, were it the first."""
        return self.counts and self.is_answered and self.seconds >= TALK_SECONDS


def targets_among(talks: Sequence[Talk]) -> list[bool]:
    """For each call of one person, in the order of `at`, whether it is a target call."""
    found: list[bool] = []
    last: datetime | None = None
    for talk in talks:
        is_first = last is None or talk.at - last > FIRST_IN
        found.append(talk.is_long_enough and is_first)
        last = talk.at if talk.is_long_enough else last
    return found
