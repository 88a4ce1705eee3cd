"""What the rooms above do in the very transaction that makes a lead.

Sales must have a deal for every lead, but `leads` must not import `deals` (rooms are entered in one
direction). So a room above adds its function here when it is loaded, and `capture` calls each with the lead.
"""

from collections.abc import Callable

from leadtrack.leads.models import Lead

_functions: list[Callable[[Lead], object]] = []


def when_captured(function: Callable[[Lead], object]) -> None:
    """Have the function called with each new lead, in its transaction: if it fails, so does the capture."""
    if function not in _functions:
        _functions.append(function)


def tell_rooms_above(lead: Lead) -> None:
    """Call every function that was added, in order."""
    for function in _functions:
        function(lead)
