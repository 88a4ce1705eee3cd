"""What the rooms above do in the very transaction that makes a lead, takes one away, or merges two people.

Sales must have a deal for every lead, but `leads` must not import `deals` (rooms are entered in one
direction). So a room above adds its function here when it is loaded, and `capture` calls each with the lead.
"""

from collections.abc import Callable, Collection
from itertools import chain
from typing import Any

from leadtrack.leads.models import Lead, Merge
from leadtrack.phones.models import Call

LeadIds = Collection[int]
_functions: list[Callable[[Lead], object]] = []
_removals: list[Callable[[LeadIds], object]] = []
_guards: list[Callable[[LeadIds], set[int]]] = []
_merges: list[Callable[[Merge], object]] = []
_unmerges: list[Callable[[Merge], object]] = []
_siftings: list[Callable[[Lead, str, Any], object]] = []
_calls: list[Callable[[Call, Lead | None], object]] = []


class CannotSiftError(Exception):
    """A room above cannot have this lead set aside or called back; the text says why."""


def when_captured(function: Callable[[Lead], object]) -> None:
    """Have the function called with each new lead, in its transaction: if it fails, so does the capture."""
    if function not in _functions:
        _functions.append(function)


def tell_rooms_above(lead: Lead) -> None:
    """Call every function that was added, in order."""
    for function in _functions:
        function(lead)


def when_removed(
    function: Callable[[LeadIds], object], *, worked: Callable[[LeadIds], set[int]] | None = None
) -> None:
    """Have the function take away what hangs on leads that go (an undone import), in that transaction.

    Rooms are told from the top down: those loaded last come first. `worked` answers which of the leads
    somebody has worked since they came; such leads stay. It locks what it looked at.
    """
    if function not in _removals:
        _removals.insert(0, function)
    if worked is not None and worked not in _guards:
        _guards.append(worked)


def worked_leads(ids: LeadIds) -> set[int]:
    """The leads that a room above wants to keep. Call it in the transaction that removes the rest."""
    return set(chain.from_iterable(worked(ids) for worked in _guards))


def tell_of_removal(ids: LeadIds) -> None:
    """Call every function that was added for it."""
    for function in _removals:
        function(ids)


def when_merged(function: Callable[[Merge], object]) -> None:
    """Have the function follow a merge of two contacts, in its transaction, after all leads moved."""
    if function not in _merges:
        _merges.append(function)


def when_unmerged(function: Callable[[Merge], object]) -> None:
    """Have the function follow the undoing of a merge, in its transaction, after the leads went back."""
    if function not in _unmerges:
        _unmerges.append(function)


def tell_of_merge(merge: Merge) -> None:
    """Call every function that was added for it, in order; both contacts are locked."""
    for function in _merges:
        function(merge)


def tell_of_unmerge(merge: Merge) -> None:
    """Call every function that was added for it, in order; both contacts are locked."""
    for function in _unmerges:
        function(merge)


def when_sifted(function: Callable[[Lead, str, Any], object]) -> None:
    """Have the function give a lead its new status, "spam" or "new", as a person (a user) said.

    It changes the status, what hangs on it, and the books; and has `leads.sift` note the person's word.
    It may raise CannotSiftError.
    """
    if function not in _siftings:
        _siftings.append(function)


def tell_of_sifting(lead: Lead, status: str, by: Any) -> None:
    """Call every function that was added for it, in order."""
    for function in _siftings:
        function(lead, status, by)


def when_call_told(function: Callable[[Call, Lead | None], object]) -> None:
    """Have the function follow a call that begins, is answered or ends, and one that gets its lead (or
    becomes an attempt on one), in that transaction; the lead is None where there is none (yet)."""
    if function not in _calls:
        _calls.append(function)


def tell_of_call(call: Call, lead: Lead | None) -> None:
    """Call every function that was added for it, in order; the call is locked."""
    for function in _calls:
        function(call, lead)
