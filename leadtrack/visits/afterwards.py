"""What the rooms above do in the very transaction that gives visits another source.

Leads take their source from their visit, but `visits` must not import `leads` (rooms are entered in one
direction). So a room above adds its function here when it is loaded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MovedVisit:
    """A visit that stands at another source than before: ids, and the rule that named the channel."""

    visit_id: int
    visitor_id: int
    was_id: int
    source_id: int
    rule: str


_functions: list[Callable[[Sequence[MovedVisit]], object]] = []


def when_visits_moved(function: Callable[[Sequence[MovedVisit]], object]) -> None:
    """Have the function called with visits that got another source, inside that transaction."""
    if function not in _functions:
        _functions.append(function)


def tell_rooms_above(moved: Sequence[MovedVisit]) -> None:
    """Call every function that was added, in order."""
    for function in _functions:
        function(moved)
