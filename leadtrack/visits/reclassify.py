"""Reading visits again, from the address and referrer that were kept, with today's rules and aliases."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from leadtrack.sources import register
from leadtrack.sources.dirty import mark_days
from leadtrack.sources.holders import ROWS_AT_ONCE, Chunk, Holder, Save
from leadtrack.sources.marker import parse_marker
from leadtrack.sources.models import Source
from leadtrack.sources.register import Place, place_of
from leadtrack.visits.afterwards import MovedVisit, tell_rooms_above
from leadtrack.visits.models import Visit
from leadtrack.visits.sites import own_hosts

# Leads, attempts and days follow each visit that moves: one transaction must stay short.
MOST_MOVES: Final = 25
_PAID_BY_CLICK: Final = "+click-id"


@dataclass(frozen=True, slots=True)
class _Reread:
    visit: Visit
    place: Place

    @property
    def is_moved(self) -> bool:
        return self.visit.source_id != self.place.source_id

    @property
    def is_changed(self) -> bool:
        return self.is_moved or self.visit.rule != self.place.rule


def holder() -> Holder:
    """Visits, for whoever counts or re-reads what points at sources."""
    return Holder(
        name="visits",
        label=_("Visits"),
        total=Visit.objects.count,
        counts=_counts,
        is_used=lambda pk: Visit.objects.filter(source=pk).exists(),
        step=step,
    )


def step(after: int, save: Save) -> bool:
    """Read the next visits again; their days and the leads that came of them follow. False at the end."""
    rows = Visit.objects.filter(pk__gt=after).select_related("site", "source").order_by("pk")
    read = _few([_Reread(visit, place_today(visit)) for visit in rows[:ROWS_AT_ONCE]])
    if not read:
        return False
    channels = _channels(read)
    with transaction.atomic():
        moved = _write(read)
        save(_chunk(read, channels, len(moved)))
    return True


def place_today(visit: Visit) -> Place:
    """Where a visit (with its site and source) stands by today's rules and aliases."""
    if not visit.landing_url and not visit.referrer:
        # Entered without an address: the words that were stored are all there is to read.
        source, rule = register.reread(visit.source, is_paid_click=visit.rule.endswith(_PAID_BY_CLICK))
        return Place(source.pk, rule or visit.rule)
    return place_of(parse_marker(visit.landing_url, visit.referrer, own_hosts=own_hosts(visit.site)))


def _few(read: list[_Reread]) -> list[_Reread]:
    """The rows up to the last that may be changed at once."""
    changed = [place for place, one in enumerate(read) if one.is_changed]
    return read[: changed[MOST_MOVES - 1] + 1] if len(changed) > MOST_MOVES else read


def _write(read: Sequence[_Reread]) -> list[MovedVisit]:
    """Compare-and-set: a visit that somebody gave another source meanwhile stays as it is."""
    groups: defaultdict[tuple[int, Place], list[Visit]] = defaultdict(list)
    for one in read:
        if one.is_changed:
            groups[one.visit.source_id, one.place].append(one.visit)
    for (was, place), visits in groups.items():
        stored = Visit.objects.filter(pk__in=[visit.pk for visit in visits], source=was)
        stored.update(source_id=place.source_id, rule=place.rule)
    moved = [one for one in read if one.is_moved]
    mark_days(one.visit.day for one in moved)
    told = [_moved(one) for one in moved]
    if told:
        tell_rooms_above(told)
    return told


def _moved(one: _Reread) -> MovedVisit:
    visit, place = one.visit, one.place
    return MovedVisit(visit.pk, visit.visitor_id, visit.source_id, place.source_id, place.rule)


def _channels(read: Sequence[_Reread]) -> dict[int, str]:
    known = {one.visit.source_id: one.visit.source.channel for one in read}
    others = {one.place.source_id for one in read} - known.keys()
    if others:
        known |= dict(Source.objects.filter(pk__in=others).values_list("pk", "channel"))
    return known


def _chunk(read: Sequence[_Reread], channels: Mapping[int, str], moved: int) -> Chunk:
    return Chunk(
        last=read[-1].visit.pk,
        before=Counter(channels[one.visit.source_id] for one in read),
        after=Counter(channels[one.place.source_id] for one in read),
        moved=moved,
    )


def _counts(since: date) -> dict[int, int]:
    rows = Visit.objects.filter(day__gte=since).order_by().values_list("source_id")
    return dict(rows.annotate(Count("id")))
