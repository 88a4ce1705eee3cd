"""Pools of numbers: which one serves a page's number for a visitor, and which of its numbers. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from leadtrack.visits.goal_pattern import Pattern

# A heartbeat of the page while it is looked at.
BEAT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class PoolRule:
    """A pool as it decides. Empty conditions hold for everybody; `landing` None is any page."""

    id: int
    position: int
    replaces: frozenset[str]
    hold: timedelta
    cooldown: timedelta
    selector: str = ""
    fallback: str = ""
    shown_as: str = "page"
    is_open: bool = True
    channels: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    landing: Pattern | None = None

    @property
    def has_conditions(self) -> bool:
        """Whether anything of the visit must be known to decide."""
        return bool(self.channels or self.sources or self.landing)

    @property
    def needs_source(self) -> bool:
        """Whether the source of the visit must be known to decide."""
        return bool(self.channels or self.sources)

    def replaces_number(self, asked: str) -> bool:
        """Whether it takes the place of this number of a page (E.164). One that names elements of the page
        and no numbers takes the place of any."""
        return asked in self.replaces if self.replaces else bool(self.selector)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a visitor came: what conditions ask for."""

    channel: str = ""
    source: str = ""
    landing_url: str = ""


@dataclass(frozen=True, slots=True)
class Moments:
    """Until when a lease is the visitor's, and from when on another may have the number. UTC."""

    held_until: datetime
    free_at: datetime


@dataclass(frozen=True, slots=True)
class Stand:
    """A number of a pool, and its last lease as far as there was one. Moments are UTC.

    `ended_at`: when that lease was closed; None while it is open.
    """

    number_id: int
    number: str
    visitor_id: int | None = None
    free_at: datetime | None = None
    ended_at: datetime | None = None

    def is_held_by(self, visitor_id: int, now: datetime) -> bool:
        """Whether the visitor has it now: held or at rest, nobody else could have got it."""
        return self.visitor_id == visitor_id and self.ended_at is None and not self.has_rested(now)

    def has_rested(self, now: datetime) -> bool:
        """Whether the last visitor's hold and its rest are over. One taken out of a pool early rests on."""
        return self.free_at is None or self.free_at <= now

    def is_free_for(self, visitor_id: int, now: datetime) -> bool:
        """Whether this visitor may get it: it has rested, or was this very visitor's last."""
        return self.has_rested(now) or self.visitor_id == visitor_id


def pool_for(asked: str, arrival: Arrival, pools: Iterable[PoolRule]) -> PoolRule | None:
    """The first pool by position that takes the place of this page number (E.164) for who came so."""
    return next((pool for pool in pools_naming(asked, pools) if _is_met(pool, arrival)), None)


def pools_naming(asked: str, pools: Iterable[PoolRule]) -> list[PoolRule]:
    """The open pools that take the place of this page number for somebody, in their order."""
    naming = (pool for pool in pools if pool.is_open and pool.replaces_number(asked))
    return sorted(naming, key=lambda pool: (pool.position, pool.id))


def moments(*, seen_at: datetime, pool: PoolRule) -> Moments:
    """Of a lease whose page gave its last sign then."""
    held_until = seen_at + pool.hold
    return Moments(held_until, held_until + pool.cooldown)


def held_by(visitor_id: int, stands: Iterable[Stand], now: datetime) -> Stand | None:
    """The number that the visitor has already."""
    return next((stand for stand in stands if stand.is_held_by(visitor_id, now)), None)


def numbers_to_give(
    visitor_id: int, *, last_number_id: int | None, stands: Sequence[Stand], now: datetime
) -> list[Stand]:
    """The numbers that this visitor may get, the best first: the last time's, then what rested longest."""
    free = [stand for stand in stands if stand.is_free_for(visitor_id, now)]
    return sorted(free, key=lambda stand: (stand.number_id != last_number_id, _resting_since(stand)))


def _resting_since(stand: Stand) -> tuple[bool, float, int]:
    """Numbers that nobody ever had come first."""
    since = stand.free_at.timestamp() if stand.free_at else 0.0
    return stand.free_at is not None, since, stand.number_id


def _is_met(pool: PoolRule, arrival: Arrival) -> bool:
    return (
        (not pool.channels or arrival.channel.casefold() in pool.channels)
        and (not pool.sources or arrival.source.casefold() in pool.sources)
        and (pool.landing is None or pool.landing.matches(arrival.landing_url))
    )
