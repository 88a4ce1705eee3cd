"""The year of the demo firm as a list of events in order of time. Pure but for the dice handed in."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from leadtrack.demo.adverts import (
    ADVERTS,
    BY_KEY,
    CALCULATOR,
    LINES,
    PAGES,
    PHONE_TAPPED,
    RETURNS,
    RIGA,
    VLADIVOSTOK,
    ZONES,
    Advert,
    Line,
)
from leadtrack.demo.events import BoughtAgain, Event, FormSent, GoalReached, PageView, PhoneRang
from leadtrack.demo.outcomes import Asked, called_back, outcome_of
from leadtrack.demo.people import Person, local_name, message, people
from leadtrack.demo.pool_calls import pool_events
from leadtrack.demo.season import about, day_shares, days_until, moment_on, office_moment
from leadtrack.lib.periods import day_bounds

# First visits of a year; with those who come back it makes about 20 000 visits.
FIRST_VISITS: Final = 17_300
_MOST_RETURNS: Final = 4


@dataclass(frozen=True, slots=True)
class _Stay:
    """A visitor on the site, from the landing on."""

    at: datetime
    advert: Advert
    visitor: str
    landing: str
    visits_before: int = 0


@dataclass(frozen=True, slots=True)
class _Dice:
    """What chance is drawn from."""

    rng: Random
    crowd: Iterator[Person]


def plan_year(rng: Random, *, last_day: date, scale: float = 1.0) -> list[Event]:
    """A year that ends with the last second of `last_day` in Riga. The same dice give the same year."""
    until = day_bounds(last_day, ZoneInfo(ZONES[RIGA]))[1]
    dice = _Dice(rng, people(rng))
    days = days_until(last_day)
    events: list[Event] = []
    for day, share in zip(days, day_shares(days), strict=True):
        events.extend(_day(day, share * scale, dice))
    events.extend(pool_events(events, last_day=last_day))
    return sorted((event for event in events if event.at < until), key=lambda event: event.at)


def plan_day(rng: Random, *, day: date, scale: float = 1.0) -> list[Event]:
    """One day's new people and what they do that day, in order; nobody of it is in `plan_year`."""
    until = day_bounds(day, ZoneInfo(ZONES[RIGA]))[1]
    shares = day_shares(days_until(day))
    events = _day(day, shares[-1] * scale, _Dice(rng, people(rng, first=5000)))
    return sorted((event for event in events if event.at < until), key=lambda event: event.at)


def visits_of(events: Iterable[Event]) -> list[PageView]:
    """The first pages of the visits."""
    return [event for event in events if isinstance(event, PageView) and event.advert]


def _day(day: date, share: float, dice: _Dice) -> Iterator[Event]:
    """Everybody who comes first on this day, with all that follows from it; `share` of the year's people."""
    for advert in ADVERTS:
        for _ in range(about(FIRST_VISITS * share * advert.arrivals / 1000, dice.rng)):
            yield from _visitor(day, advert, dice)
    for line in LINES:
        for _ in range(about(line.calls * share, dice.rng)):
            yield from _caller(day, line, dice)


def _visitor(day: date, advert: Advert, dice: _Dice) -> Iterator[Event]:
    """A browser's whole story: it comes, perhaps again by other ways, and perhaps its person asks."""
    rng = dice.rng
    if _chance(30, rng):
        yield from _without_scripts(day, advert, dice)
        return
    visitor, at = f"{rng.getrandbits(128):032x}", moment_on(day, ZONES[advert.site], rng)
    for number in range(_MOST_RETURNS):
        stay = _Stay(at, advert, visitor, _landing(advert, rng), number)
        yield PageView(at, advert.site, visitor, stay.landing, advert.referrer, advert.key)
        yield from _steps_on_the_way(stay)
        if _chance(advert.lead_rate * (180 if number else 92) // 100, rng):
            yield from _enquiry(stay, dice)
            return
        if not _chance(advert.return_rate, rng):
            return
        advert = _way_back(advert.site, rng)
        pause = timedelta(days=rng.choice((1, 2, 3, 4, 6, 9, 14, 21)))
        at = moment_on((at + pause).date(), ZONES[advert.site], rng)


def _steps_on_the_way(stay: _Stay) -> Iterator[Event]:
    """What some do before they ask, or instead. With dice of its own: it changes nothing else of the year."""
    rng = Random(f"{stay.visitor} {stay.visits_before}")  # noqa: S311 (as above)
    site, seen_at = stay.advert.site, stay.at + timedelta(seconds=rng.randrange(5, 35))
    told = (seen_at, site, stay.visitor, stay.landing)
    if _chance(15, rng):
        yield PageView(seen_at, site, stay.visitor, f"{PAGES[site]}/contact/", stay.landing)
    if _chance(50, rng):
        yield GoalReached(*told, name=CALCULATOR, cents=rng.randrange(300, 4_000) * 100)
    if _chance(25, rng):
        yield GoalReached(*told, name=PHONE_TAPPED)


def _enquiry(stay: _Stay, dice: _Dice) -> Iterator[Event]:
    rng, site = dice.rng, stay.advert.site
    person = next(dice.crowd)
    contact_page = f"{PAGES[site]}/contact/"
    seen_at = stay.at + timedelta(seconds=rng.randrange(40, 500))
    if _chance(250, rng):
        yield PageView(seen_at, site, stay.visitor, contact_page, stay.landing)
    key, sent_at = f"{rng.getrandbits(96):024x}", seen_at + timedelta(seconds=rng.randrange(30, 240))
    fields = _fields(person, site, rng) | {
        "lt_visitor": stay.visitor,
        "lt_page": contact_page,
        "lt_referrer": stay.landing,
        "lt_submission_id": key,
    }
    yield FormSent(sent_at, site, key, contact_page, tuple(fields.items()))
    if _chance(25, rng):
        # Nobody called back within the hour: the same again.
        again = fields | {"message": "Hello?", "lt_submission_id": f"{key}-2"}
        again_at = sent_at + timedelta(minutes=rng.randrange(50, 500))
        yield FormSent(again_at, site, f"{key}-2", contact_page, tuple(again.items()))
    asked = Asked(key, site, sent_at, stay.advert.win_rate, is_far=site == RIGA and _chance(80, rng))
    for event in outcome_of(asked, rng):
        if isinstance(event, BoughtAgain):
            yield from _look_before(event, stay, rng)
        yield event


def _look_before(event: BoughtAgain, stay: _Stay, rng: Random) -> Iterator[Event]:
    """Who buys again has mostly looked again, by a letter or by heart."""
    advert = BY_KEY[{RIGA: "newsletter", VLADIVOSTOK: "telegram"}[stay.advert.site]]
    if _chance(700, rng):
        at = event.at - timedelta(hours=rng.randrange(2, 90))
        yield PageView(at, advert.site, stay.visitor, _landing(advert, rng), advert.referrer, advert.key)


def _without_scripts(day: date, advert: Advert, dice: _Dice) -> Iterator[Event]:
    """No beacon reaches us; whoever asks sends the plain form of the landing page."""
    rng = dice.rng
    if not _chance(advert.lead_rate * 2, rng):
        return
    at, key = moment_on(day, ZONES[advert.site], rng), f"{rng.getrandbits(96):024x}"
    fields = _fields(next(dice.crowd), advert.site, rng)
    if _chance(250, rng):
        # Robots see no scripts either, and fill whatever looks like a field.
        yield FormSent(
            at, advert.site, key, _landing(advert, rng), (*fields.items(), ("lt_hp", "https://spam.example/"))
        )
        return
    yield FormSent(at, advert.site, key, _landing(advert, rng), tuple(fields.items()))
    yield from outcome_of(Asked(key, advert.site, at, advert.win_rate), rng)


def _caller(day: date, line: Line, dice: _Dice) -> Iterator[Event]:
    rng = dice.rng
    at, key = office_moment(day, ZONES[RIGA], rng), f"CA{rng.getrandbits(128):032x}"
    caller = "" if _chance(12, rng) else next(dice.crowd).phone
    talk_seconds = None if _chance(110, rng) else rng.randrange(25, 540)
    yield PhoneRang(at, line.key, key, caller, rng.randrange(4, 20) if talk_seconds else 20, talk_seconds)
    if talk_seconds is None:
        yield from called_back(key, at + timedelta(seconds=20))
    yield from outcome_of(Asked(key, RIGA, at, line.win_rate if talk_seconds else line.win_rate // 3), rng)


def _fields(person: Person, site: str, rng: Random) -> dict[str, str]:
    """What a person types: mostly all of it, sometimes half of it, now and then in strange places."""
    fields = {"name": local_name(person, site, rng), "phone": person.phone, "email": person.email}
    fields["message"] = message(site, rng)
    if _chance(150, rng):
        fields.pop(rng.choice(("email", "phone")))
    if _chance(30, rng):
        fields |= {"phone": "see below", "message": f"Please call {person.phone} in the evening"}
    if _chance(60, rng):
        fields["windows"] = str(rng.randrange(1, 9))
    return fields


def _way_back(site: str, rng: Random) -> Advert:
    keys, weights = zip(*RETURNS[site], strict=True)
    return BY_KEY[rng.choices(keys, weights)[0]]


def _landing(advert: Advert, rng: Random) -> str:
    click = f"{rng.getrandbits(120):030x}"
    return PAGES[advert.site] + re.sub(r"\{click\}", click, advert.landing)


def _chance(thousandths: int, rng: Random) -> bool:
    return rng.randrange(1000) < thousandths
