"""Reading paths: the visits and calls of a contact before a result, inside the look-back window."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from leadtrack.leads.models import Attempt, ContactKey, Lead
from leadtrack.ledger.attribution import Touch
from leadtrack.ledger.chunks import chunks
from leadtrack.ledger.shared_calls import parts_of_calls
from leadtrack.phones.models import Call
from leadtrack.visits.models import Visit

# A robot may leave thousands of visits under one visitor id. The first and the latest are kept, so that
# "first" and "last" stay exact and one result cannot fill the books.
LONGEST: Final = 200

Wanted = tuple[int, datetime]
_OF_TOUCH: Final = ("id", "started_at", "source__channel", "source_id")
_TOUCH_COLUMNS: Final = (
    *(f"visit__{column}" for column in _OF_TOUCH),
    *(f"call__{column}" for column in _OF_TOUCH),
    "call__match",
)
# At, then visits before calls, then id: one order, always.
_Place = tuple[datetime, int, int]


def paths_of(wanted: Iterable[Wanted]) -> dict[Wanted, list[Touch]]:
    """The touches, oldest first, of each (contact, moment): those in (moment - look-back, moment].

    A handful of queries for every few hundred contacts, however many results they have.
    """
    results = set(wanted)
    if not results:
        return {}
    lookback = timedelta(days=settings.LEADTRACK_LOOKBACK_DAYS)
    moments = [moment for _, moment in results]
    paths: dict[Wanted, list[Touch]] = {}
    for contacts in chunks(sorted({contact for contact, _ in results})):
        known = _touches_of(contacts, min(moments) - lookback, max(moments))
        here = set(contacts)
        for contact, moment in (one for one in results if one[0] in here):
            touches = known.get(contact, [])
            paths[contact, moment] = _between(touches, moment - lookback, moment)
    return paths


def _between(touches: list[Touch], after: datetime, until: datetime) -> list[Touch]:
    first = bisect_right(touches, after, key=lambda touch: touch.at)
    last = bisect_right(touches, until, key=lambda touch: touch.at)
    path = touches[first:last]
    return path if len(path) <= LONGEST else [path[0], *path[1 - LONGEST :]]


def _touches_of(contacts: list[int], after: datetime, until: datetime) -> dict[int, list[Touch]]:
    found: dict[int, dict[_Place, Touch]] = defaultdict(dict)
    sources = (_visits_of_browsers(contacts, after, until), _own_touches(contacts))
    for contact, touch in (one for source in sources for one in source):
        found[contact][_place(touch)] = touch
    return {contact: [touches[place] for place in sorted(touches)] for contact, touches in found.items()}


def _place(touch: Touch) -> _Place:
    if touch.visit_id is not None:
        return touch.at, 0, touch.visit_id
    return touch.at, 1, touch.call_id or 0


def _visits_of_browsers(contacts: list[int], after: datetime, until: datetime) -> Iterator[tuple[int, Touch]]:
    """The visits of every browser that a contact was known by; two people may share one browser."""
    people: dict[int, list[int]] = defaultdict(list)
    keys = ContactKey.objects.filter(contact__in=contacts, kind=ContactKey.Kind.VISITOR)
    for contact, value in keys.values_list("contact_id", "value"):
        if value.isdecimal():
            people[int(value)].append(contact)
    for visitors in chunks(people):
        visits = Visit.objects.filter(visitor__in=visitors, started_at__gt=after, started_at__lte=until)
        rows = visits.values_list("visitor_id", "started_at", "source__channel", "source_id", "pk")
        for visitor, at, channel, source, pk in rows:
            yield from ((contact, Touch(at, channel, source, visit_id=pk)) for contact in people[visitor])


def _own_touches(contacts: list[int]) -> Iterator[tuple[int, Touch]]:
    """The visits and calls that the contact's own enquiries came with."""
    leads = Lead.objects.filter(contact__in=contacts).values_list("contact_id", *_TOUCH_COLUMNS)
    attempts = Attempt.objects.filter(lead__contact__in=contacts)
    rows = [*leads, *attempts.values_list("lead__contact_id", *_TOUCH_COLUMNS)]
    touches = [(contact, touch) for contact, *columns in rows for touch in _touches_in(columns)]
    unsure = {call for *_, call, _at, _channel, _source, match in rows if match == Call.Match.AMBIGUOUS}
    parts = parts_of_calls(sorted(unsure)) if unsure else {}
    for contact, touch in touches:
        shared = parts.get(touch.call_id or 0)
        yield contact, replace(touch, parts=shared) if shared else touch


def _touches_in(columns: Sequence[Any]) -> Iterator[Touch]:
    """A call that was matched to a visit goes on with that visit: both are one touch."""
    visit, at, channel, source, call, called_at, call_channel, call_source, match = columns
    if visit is not None:
        yield Touch(at, channel, source, visit_id=visit)
    if call is not None and (visit is None or match == Call.Match.STATIC):
        yield Touch(called_at, call_channel, call_source, call_id=call)
