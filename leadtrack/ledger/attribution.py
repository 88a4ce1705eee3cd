"""Who gets the credit for a result, by each model. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final, NamedTuple

from leadtrack.lib.money import split

# One whole result, in millionths.
WHOLE: Final = 1_000_000
DIRECT: Final = "Direct"


class Part(NamedTuple):
    """A source that a touch may have come from, and how likely, in millionths of the touch."""

    source_id: int
    channel: str
    share_ppm: int


@dataclass(frozen=True, slots=True)
class Touch:
    """One visit or call before a result; neither when a captured source stands in for a missing path."""

    at: datetime
    channel: str
    source_id: int
    visit_id: int | None = None
    call_id: int | None = None
    # A call of one out of several visitors: their sources, whose shares sum to WHOLE, in place of its own.
    parts: tuple[Part, ...] = ()

    @property
    def sources(self) -> tuple[Part, ...]:
        """Where it came from: one source for certain, or several by their shares."""
        return self.parts or (Part(self.source_id, self.channel, WHOLE),)


def credit(model: str, touches: Sequence[Touch]) -> list[int]:
    """The share of each source of each touch, in their order, in millionths; they sum to exactly WHOLE.

    Most touches have one source, so that there is one share for each. Touches come oldest first. Raises
    KeyError for an unknown model and ValueError for an empty path.
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
    """What may have been a direct touch passes as much of the credit on to the touch before it.

    What is left at the end would be of a path of direct touches alone: it goes to the last one.
    """
    shares = [[0] * len(touch.sources) for touch in touches]
    left = WHOLE
    for place in reversed(range(len(touches))):
        known = [0 if part.channel == DIRECT else part.share_ppm for part in touches[place].sources]
        taken, left = split(left, [sum(known), WHOLE - sum(known)])
        shares[place] = split(taken, known)
        if not left:
            break
    else:
        direct = [part.share_ppm if part.channel == DIRECT else 0 for part in touches[-1].sources]
        shares[-1] = [have + more for have, more in zip(shares[-1], split(left, direct), strict=True)]
    return list(chain.from_iterable(shares))


def _linear(touches: Sequence[Touch]) -> list[int]:
    return split(WHOLE, [part.share_ppm for touch in touches for part in touch.sources])


def _all_to(winner: int, touches: Sequence[Touch]) -> list[int]:
    return [
        part.share_ppm if place == winner else 0
        for place, touch in enumerate(touches)
        for part in touch.sources
    ]


_SHARES: Final[Mapping[str, Callable[[Sequence[Touch]], list[int]]]] = {
    "first": _first,
    "last": _last,
    "last_non_direct": _last_non_direct,
    "linear": _linear,
}
