"""Who gets the credit for a result, by each model. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadtrack.lib.money import split

# One whole result, in millionths.
WHOLE: Final = 1_000_000
DIRECT: Final = "Direct"


@dataclass(frozen=True, slots=True)
class Touch:
    """One visit or call before a result; neither when a captured source stands in for a missing path."""

    at: datetime
    channel: str
    source_id: int
    visit_id: int | None = None
    call_id: int | None = None


def credit(model: str, touches: Sequence[Touch]) -> list[int]:
    """The share of each touch, in touch order, in millionths; they sum to exactly WHOLE.

    Touches come oldest first. Raises KeyError for an unknown model and ValueError for an empty path.
    """
    if not touches:
        raise ValueError("a path needs at least one touch")
    return _SHARES[model](touches)


def split_money(cents: int, shares: Sequence[int]) -> list[int]:
    """Share out cents by shares: the parts sum to the whole, largest remainder, ties by touch order."""
    return split(cents, shares)


def _first(touches: Sequence[Touch]) -> list[int]:
    return _all_to(0, touches)


def _last(touches: Sequence[Touch]) -> list[int]:
    return _all_to(len(touches) - 1, touches)


def _last_non_direct(touches: Sequence[Touch]) -> list[int]:
    known = [place for place, touch in enumerate(touches) if touch.channel != DIRECT]
    return _all_to(known[-1] if known else len(touches) - 1, touches)


def _linear(touches: Sequence[Touch]) -> list[int]:
    return split(WHOLE, [1] * len(touches))


def _all_to(winner: int, touches: Sequence[Touch]) -> list[int]:
    return [WHOLE if place == winner else 0 for place in range(len(touches))]


_SHARES: Final[Mapping[str, Callable[[Sequence[Touch]], list[int]]]] = {
    "first": _first,
    "last": _last,
    "last_non_direct": _last_non_direct,
    "linear": _linear,
}
