"""What the rooms above do in the very transaction that makes a call, or gives it another source.

Leads take their source from their call, but `phones` must not import `leads` (rooms are entered in one
direction). So a room above adds its function here when it is loaded, and `assign` calls each with the call.
"""

from collections.abc import Callable

from leadtrack.phones.models import Call

_functions: list[Callable[[Call], object]] = []
_of_new_calls: list[Callable[[Call], object]] = []
_of_changed_calls: list[Callable[[Call], object]] = []


def when_source_moved(function: Callable[[Call], object]) -> None:
    """Have the function called with each call that gets another source, inside that transaction."""
    if function not in _functions:
        _functions.append(function)


def when_call_is_new(function: Callable[[Call], object]) -> None:
    """Have the function called with each new call, inside the transaction that makes it."""
    if function not in _of_new_calls:
        _of_new_calls.append(function)


def when_call_changed(function: Callable[[Call], object]) -> None:
    """Have the function called with each call that begins, is answered or ends, inside that transaction.

    The call's row is locked. It is called again when a late message changes what became of the call.
    """
    if function not in _of_changed_calls:
        _of_changed_calls.append(function)


def tell_of_change(call: Call) -> None:
    """Call every function that was added for changed calls, in order."""
    for function in _of_changed_calls:
        function(call)


def tell_of_new(call: Call) -> None:
    """Call every function that was added for new calls, in order."""
    for function in _of_new_calls:
        function(call)


def tell_rooms_above(call: Call) -> None:
    """Call every function that was added, in order."""
    for function in _functions:
        function(call)
