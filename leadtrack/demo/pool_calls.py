"""What happens around the pools of numbers: pages that show one, visitors who call it, texts. Pure.

It has dice of its own for each visitor: the rest of the year is the same with it and without it.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from leadtrack.demo.adverts import BY_KEY, PAGES, RIGA, VLADIVOSTOK, ZONES
from leadtrack.demo.events import Event, NumberShown, PageView, TextCame, VisitorRang
from leadtrack.demo.outcomes import Asked, called_back, outcome_of
from leadtrack.demo.people import people
from leadtrack.demo.season import office_moment
from leadtrack.demo.switchboard import POOL_DAYS, POOL_OF_ADVERT, TEXTS
from leadtrack.lib.periods import day_bounds

# Far behind everybody else's: nobody has two names because of it.
_FIRST_CALLER: Final = 40_000
_RINGS_PER_THOUSAND: Final = 42
_MISSED_PER_CENT: Final = 14
_OFFICE: Final = range(9, 18)
_UNSURE_ADVERTS: Final = ("okna-vl", "okna-vl", "vk-teplo")
# On these days before the last, two visitors of one number are followed by one call.
_UNSURE_DAYS: Final = (23, 9, 3)


def pool_start(last_day: date) -> date:
    """The day on which the pools were set up, of the year that ends with this day."""
    return last_day - timedelta(days=POOL_DAYS)


def pool_events(events: Iterable[Event], *, last_day: date) -> list[Event]:
    """What the pools add to a year, in no order: shown numbers, calls with what becomes of them, texts."""
    since = day_bounds(pool_start(last_day), ZoneInfo(ZONES[VLADIVOSTOK]))[1]
    crowd = people(Random(_FIRST_CALLER), first=_FIRST_CALLER)  # noqa: S311 (as the whole demo)
    found: list[Event] = []
    for view in events:
        if isinstance(view, PageView) and view.advert in POOL_OF_ADVERT and view.at > since:
            found += _story(view, lambda: next(crowd).phone)
    for back in _UNSURE_DAYS:
        found += _two_of_one_number(last_day - timedelta(days=back), next(crowd).phone)
    return [*found, *_texts(last_day, [next(crowd).phone for _ in TEXTS])]


def _story(view: PageView, phone_of_somebody: Callable[[], str]) -> Iterator[Event]:
    """A visitor reads for some minutes; some tap the number, a few call."""
    dice = Random(f"{view.visitor} phone {view.at}")  # noqa: S311
    pool, page = POOL_OF_ADVERT[view.advert], view.url
    yield NumberShown(view.at + timedelta(seconds=1), pool, view.site, view.visitor, page)
    read_until = view.at + timedelta(seconds=dice.randrange(20, 600))
    is_calling = dice.randrange(1000) < _RINGS_PER_THOUSAND and _is_open(read_until, view.site)
    is_tapped = is_calling and dice.randrange(100) < 60
    yield NumberShown(read_until, pool, view.site, view.visitor, page, is_tapped=is_tapped)
    if is_calling:
        at = read_until + timedelta(seconds=dice.randrange(5, 240))
        yield from _call(at, pool, view, phone_of_somebody(), dice)


def _call(at: datetime, pool: str, view: PageView, caller: str, dice: Random) -> Iterator[Event]:
    key = f"CA{dice.getrandbits(128):032x}"
    is_missed = dice.randrange(100) < _MISSED_PER_CENT
    talk_seconds = None if is_missed else dice.randrange(30, 480)
    ring_seconds = 20 if is_missed else dice.randrange(4, 18)
    yield VisitorRang(at, pool, view.visitor, key, caller, ring_seconds, talk_seconds)
    if is_missed:
        yield from called_back(key, at + timedelta(seconds=ring_seconds))
    win_rate = BY_KEY[view.advert].win_rate // (3 if is_missed else 1)
    yield from outcome_of(Asked(key, view.site, at, win_rate), dice)


def _two_of_one_number(day: date, caller: str) -> Iterator[Event]:
    """Three visitors for two numbers: the third gets the one that has rested, and somebody calls it."""
    dice = Random(f"unsure {day}")  # noqa: S311
    start = datetime.combine(day, time(9, 5), tzinfo=ZoneInfo(ZONES[VLADIVOSTOK])).astimezone(UTC)
    moments = [start, start + timedelta(minutes=4), start + timedelta(minutes=52)]
    views = [_arrival(at, advert, dice) for at, advert in zip(moments, _UNSURE_ADVERTS, strict=True)]
    for view in views:
        yield view
        yield NumberShown(
            view.at + timedelta(seconds=1), POOL_OF_ADVERT[view.advert], view.site, view.visitor, view.url
        )
    yield from _call(views[-1].at + timedelta(minutes=3), "vl", views[-1], caller, dice)


def _arrival(at: datetime, advert: str, dice: Random) -> PageView:
    way = BY_KEY[advert]
    landing = PAGES[way.site] + way.landing.replace("{click}", f"{dice.getrandbits(120):030x}")
    return PageView(at, way.site, f"{dice.getrandbits(128):032x}", landing, way.referrer, advert)


def _texts(last_day: date, phones: list[str]) -> Iterator[Event]:
    """People write to the number on the map card or on the leaflet; most are answered."""
    dice = Random(f"texts {last_day}")  # noqa: S311
    for place, ((body, answer), phone) in enumerate(zip(TEXTS, phones, strict=True)):
        day = last_day - timedelta(days=1 + 4 * (len(TEXTS) - place))
        at = office_moment(day, ZONES[RIGA], dice)
        line = "maps" if place % 2 else "leaflet"
        yield TextCame(at, line, f"SM{dice.getrandbits(128):032x}", phone, body, answer)


def _is_open(at: datetime, site: str) -> bool:
    return at.astimezone(ZoneInfo(ZONES[site])).hour in _OFFICE
