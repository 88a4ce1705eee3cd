"""Lending numbers of pools to visitors: each has one of his own for as long as the pool's rule says."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F

from leadtrack.lib.dialled import e164
from leadtrack.phones import rows
from leadtrack.phones.close import close
from leadtrack.phones.models import Lease, TrackedNumber
from leadtrack.phones.pool import (
    BEAT_SECONDS,
    Arrival,
    PoolRule,
    Stand,
    held_by,
    moments,
    numbers_to_give,
    pool_for,
    pools_naming,
)
from leadtrack.phones.pools import pools_of, written
from leadtrack.sources.models import Source
from leadtrack.visits.afterwards import AskedNumbers, ShownNumber, ShownNumbers, Signal
from leadtrack.visits.models import Visit
from leadtrack.visits.sites import KnownSite

_PAGE_LENGTH: Final = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """In place of `asked` the page shows `number` (E.164), written as `shown`; "" as it writes its own."""

    asked: str
    number: str
    shown: str
    selector: str
    pool_id: int
    beat: int = BEAT_SECONDS


def show_numbers(asked: AskedNumbers) -> ShownNumbers:
    """What a page that is looked at shows in place of its numbers; its leases go on, new ones are made.

    Total: any strings in. The usual heartbeat is one UPDATE.
    """
    pools = pools_of(asked.site.row)
    wanted = list(_wanted(asked.asked, asked.site, pools))
    if not wanted:
        return ShownNumbers()
    shown = None if asked.visit else _still_shown(asked, wanted, pools)
    if shown is None:
        visit = asked.visit or asked.find_visit()
        shown = _lend(visit, asked.page, wanted, pools, asked.now) if visit else []
    return ShownNumbers(
        numbers=tuple(ShownNumber(one.asked, one.number, one.shown) for one in shown),
        beat=BEAT_SECONDS,
        hold=int(min(pool.hold for pool in pools).total_seconds()),
    )


def lease_numbers(
    *, site: KnownSite, visit: Visit, visitor_key: str, page: str, asked: Sequence[str], now: datetime
) -> list[Shown]:
    """The numbers that this visit's page shows in place of the asked ones (as it writes them); `now` is UTC.

    Left out: what no pool takes the place of, and what has no number free where the pool has no fallback.
    Two visitors never have one number: whoever comes second gets the next one.
    """
    pools = pools_of(site.row)
    return _lend(visit, page, list(_wanted(asked, site, pools)), pools, now)


def note_signal(signal: Signal) -> None:
    """A shown number was tapped or copied: its lease is seen, and a call from there more likely."""
    numbers = {number for text in signal.numbers if (number := _read(text, signal.site))}
    if not numbers:
        return
    who = {"site_id": signal.site.row.pk, "key": signal.visitor_key}
    for alike in _alike(pools_of(signal.site.row)):
        _renew(who, alike, seen_at=signal.at, now=signal.now, signal=signal.kind, numbers=numbers)


def end_lease(*, number: TrackedNumber, at: datetime) -> bool:
    """The number leaves its pool: whoever has it keeps it no longer. Whether anybody had it.

    Call it in the transaction that ends the assignment, after that is written.
    """
    # In one order: two numbers that change places would wait for each other for ever.
    for pool_id in sorted(set(number.assignments.exclude(pool=None).values_list("pool", flat=True))):
        rows.lock_pool(pool_id)
    return bool(close(Lease.objects.filter(number=number), at))


def holder_at(number: TrackedNumber, moment: datetime) -> Lease | None:
    """Whose the number was at a moment (UTC), the rest after the hold included; None where nobody's."""
    begun = Lease.objects.filter(number=number, started_at__lte=moment).order_by("-started_at", "-pk")
    # One that was ended in the moment it began was never anybody's.
    last = begun.exclude(closed_at__lte=F("started_at")).first()
    return last if last and moment < (last.closed_at or last.free_at) else None


def _wanted(asked: Iterable[str], site: KnownSite, pools: Sequence[PoolRule]) -> Iterator[tuple[str, str]]:
    """What is asked for, as the page names it and as E.164, where some pool takes its place."""
    for text in asked:
        number = _read(text, site)
        if number and pools_naming(number, pools):
            yield text, number


def _read(text: str, site: KnownSite) -> str:
    return _e164(text, site.row.region)


# Reading a number costs more than all else that a heartbeat does here.
_e164: Final = lru_cache(maxsize=4096)(e164)


def _still_shown(
    asked: AskedNumbers, wanted: Sequence[tuple[str, str]], pools: Sequence[PoolRule]
) -> list[Shown] | None:
    """What the visitor's leases say that the page shows; None where they leave it open."""
    named = {pool.id: pool for _text, number in wanted for pool in pools_naming(number, pools)}
    who = {"site_id": asked.site.row.pk, "key": asked.visitor_key}
    # Where several pools may stand, the one of the latest visit goes on; the others' leases run out.
    is_clear = all(len(pools_naming(number, pools)) == 1 for _text, number in wanted)
    held = _renew_all(
        who, list(named.values()), asked.now, page=_storable(asked.page), only_latest=not is_clear
    )
    shown = []
    for text, number in wanted:
        ours = [pool for pool in pools_naming(number, pools) if pool.id in held]
        if len(ours) != 1:
            return None
        shown.append(_shown(text, number, ours[0], held[ours[0].id]))
    return shown


def _lend(
    visit: Visit, page: str, wanted: Sequence[tuple[str, str]], pools: Sequence[PoolRule], now: datetime
) -> list[Shown]:
    arrival = _arrival(visit, pools)
    places = [(text, number, pool_for(number, arrival, pools)) for text, number in wanted]
    chosen = {pool.id: pool for *_words, pool in places if pool}
    if not chosen:
        return []
    seen: dict[str, Any] = {"page": _storable(page), "visit_id": visit.pk}
    held: dict[int, str] = _renew_all({"visitor_id": visit.visitor_id}, list(chosen.values()), now, **seen)
    for pool in chosen.values():
        if pool.id not in held:
            held[pool.id] = _new_lease(pool, visit, seen["page"], now) or pool.fallback
    return [
        _shown(text, number, pool, held[pool.id]) for text, number, pool in places if pool and held[pool.id]
    ]


def _storable(page: str) -> str:
    return page.replace("\0", "").encode("utf-8", "replace").decode()[:_PAGE_LENGTH]


def _shown(text: str, asked: str, pool: PoolRule, number: str) -> Shown:
    return Shown(text, number, written(number, asked, pool.shown_as), pool.selector, pool.id)


def _arrival(visit: Visit, pools: Iterable[PoolRule]) -> Arrival:
    """How the visitor came; its source is read only where a pool asks for it."""
    if not any(pool.needs_source for pool in pools):
        return Arrival(landing_url=visit.landing_url)
    words = Source.objects.filter(pk=visit.source_id).values_list("channel", "source")
    channel, source = words.get()
    return Arrival(channel, source, visit.landing_url)


def _renew_all(who: rows.Values, pools: Sequence[PoolRule], now: datetime, **where: Any) -> dict[int, str]:
    held: dict[int, str] = {}
    for alike in _alike(pools):
        held |= _renew(who, alike, seen_at=now, now=now, **where)
    return held


def _alike(pools: Sequence[PoolRule]) -> Iterator[list[PoolRule]]:
    """Pools that hold and rest alike, together: nearly always one statement does for all."""

    def spans(pool: PoolRule) -> tuple[Any, Any]:
        return pool.hold, pool.cooldown

    return (list(group) for _spans, group in groupby(sorted(pools, key=spans), spans))


def _renew(
    who: rows.Values, pools: Sequence[PoolRule], *, seen_at: datetime, now: datetime, **more: Any
) -> dict[int, str]:
    until = moments(seen_at=seen_at, pool=pools[0])
    with _turn():
        return rows.renew(
            who=who, pools=[pool.id for pool in pools], seen_at=seen_at, until=until, now=now, **more
        )


def _turn() -> AbstractContextManager[Any]:
    """In SQLite writers stand in line at the beginning of a transaction; PostgreSQL needs none for this."""
    return transaction.atomic(savepoint=False) if connection.vendor == "sqlite" else nullcontext()


def _new_lease(pool: PoolRule, visit: Visit, page: str, now: datetime) -> str | None:
    """A number for the visitor; None where none is free, which is counted, or the pool gives none any more.

    Everything that changes whose the pool's numbers are waits for its row, so that the first try is the last.
    """
    with transaction.atomic(savepoint=False):
        if not rows.lock_pool(pool.id):
            return None
        stands, last = rows.stands(pool_id=pool.id, visitor_id=visit.visitor_id)
        if held := held_by(visit.visitor_id, stands, now):
            return held.number
        resting = [stand for stand in stands if not stand.has_rested(now)]
        for stand in numbers_to_give(visit.visitor_id, last_number_id=last, stands=stands, now=now):
            if _claim(stand, pool, visit, page, now):
                taken = {one.number_id for one in resting} | {stand.number_id}
                rows.count(pool_id=pool.id, at=now, leased=1, peak=len(taken))
                return stand.number
        if rows.miss(pool_id=pool.id, visitor_id=visit.visitor_id, at=now):
            rows.count(pool_id=pool.id, at=now, overflow=1, peak=len(resting))
    return None


def _claim(stand: Stand, pool: PoolRule, visit: Visit, page: str, now: datetime) -> bool:
    # Who ended the last lease may have looked at the clock later than we did.
    started_at = max(now, stand.ended_at) if stand.ended_at else now
    return rows.claim(
        started_at=started_at,
        until=moments(seen_at=started_at, pool=pool),
        pool_id=pool.id,
        number_id=stand.number_id,
        visitor_id=visit.visitor_id,
        visit_id=visit.pk,
        page=page,
    )
