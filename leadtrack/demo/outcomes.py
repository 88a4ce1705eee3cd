"""What becomes of a lead: work, a sale or none, more sales, money back. Pure but for the dice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from leadtrack.demo.adverts import VLADIVOSTOK, ZONES
from leadtrack.demo.events import BoughtAgain, CalledBack, Event, GivenBack, Lost, Refused, Taken, Won
from leadtrack.demo.season import office_moment

# (what, whole units of money, cost of goods in percent, how often)
_GOODS: Final = (
    ("Classic, one window", 290, 61, 22),
    ("Classic, three windows", 640, 63, 26),
    ("Arctic, two windows", 780, 64, 26),
    ("Arctic, the whole flat", 1490, 69, 8),
    ("Panorama", 1180, 66, 10),
    ("Sills and screens", 210, 55, 8),
)
_REASONS: Final = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A lead of the plan: who may still buy."""

    key: str
    site: str
    at: datetime
    # Thousandths.
    win_rate: int
    is_far: bool = False

    @property
    def currency(self) -> str:
        """Vladivostok and customers from overseas pay dollars."""
        return "USD" if self.site == VLADIVOSTOK or self.is_far else "EUR"


def called_back(key: str, missed_at: datetime) -> Iterator[CalledBack]:
    """Who was missed is called back, mostly within the hour; one of six only on the next day or so.

    Without dice: the id of the call decides, and nothing else of the year changes.
    """
    number = int(key[-6:], 16)
    pause = timedelta(minutes=4 + number % 45) if number % 6 else timedelta(hours=5 + number % 40)
    yield CalledBack(missed_at + pause, key)


def outcome_of(asked: Asked, rng: Random) -> Iterator[Event]:
    """Everything sales will write about the lead, in order of time."""
    taken_at = asked.at + timedelta(minutes=rng.randrange(3, 400))
    if rng.randrange(1000) < 35:
        yield Refused(taken_at, asked.key)
        return
    if rng.randrange(1000) < asked.win_rate:
        yield from _sale(asked, rng)
        return
    if rng.randrange(100) < 20:
        yield Taken(taken_at, asked.key)
    if rng.randrange(100) < 96:
        yield Lost(_later(asked, taken_at, rng.randrange(1, 25), rng), asked.key, rng.randrange(_REASONS))


def _sale(asked: Asked, rng: Random) -> Iterator[Event]:
    won_at = _later(asked, asked.at, 1 + min(rng.randrange(22), rng.randrange(22)), rng)
    note, cents, cost_cents = _order(rng)
    yield Won(won_at, asked.key, cents, cost_cents, asked.currency, note)
    if rng.randrange(100) < 5:
        part = rng.choice((100, 100, 30))
        back_at = _later(asked, won_at, rng.randrange(2, 20), rng)
        yield GivenBack(back_at, asked.key, cents * part // 100, cost_cents * part // 100, asked.currency)
    elif rng.randrange(100) < 28:
        note, cents, cost_cents = _order(rng)
        again_at = _later(asked, won_at, rng.randrange(20, 150), rng)
        yield BoughtAgain(again_at, asked.key, cents, cost_cents, asked.currency, note)


def _order(rng: Random) -> tuple[str, int, int]:
    """What is bought, its price and its cost of goods, in cents."""
    what, units, cost_percent, _often = rng.choices(_GOODS, [often for *_, often in _GOODS])[0]
    price = units * rng.randrange(75, 160) // 100
    cents = (price // 5 * 5) * 100
    return what, cents, cents * (cost_percent + rng.randrange(-4, 5)) // 100


def _later(asked: Asked, at: datetime, days: int, rng: Random) -> datetime:
    return max(
        office_moment((at + timedelta(days=days)).date(), ZONES[asked.site], rng), at + timedelta(hours=1)
    )
