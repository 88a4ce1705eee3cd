"""What the demo firm paid, as files: its ad systems' exports and tables kept by hand. Pure."""

import csv
import io
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from leadtrack.demo.adverts import (
    ADVERTS,
    BY_KEY,
    FLAT_COSTS,
    GOOGLE,
    META,
    OWN_COSTS,
    RIGA,
    RUSSIA,
    VLADIVOSTOK,
    ZONES,
    Advert,
)
from leadtrack.demo.events import Event
from leadtrack.demo.plan import visits_of
from leadtrack.demo.season import days_until
from leadtrack.lib.money import format_cents, split
from leadtrack.lib.periods import local_day

DOLLAR: Final = "USD"
# Currency and time zone of each account.
ACCOUNTS: Final = {
    GOOGLE: (DOLLAR, ZONES[RIGA]),
    META: ("EUR", ZONES[RIGA]),
    RUSSIA: ("EUR", ZONES[VLADIVOSTOK]),
    OWN_COSTS: ("EUR", ZONES[RIGA]),
}
_CANONICAL: Final = (
    "date", "source", "medium", "campaign", "campaign_id", "currency", "cost", "clicks", "impressions",
)  # fmt: skip
_GOOGLE_HEADER: Final = (
    "Day", "Campaign status", "Campaign", "Campaign ID", "Budget", "Budget name", "Campaign type",
    "Currency code", "Avg. CPM", "Impr.", "Clicks", "Avg. CPC", "Cost", "Conv. rate", "Conversions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatementFile:
    """One file of one account for one month (or the part of it that has passed)."""

    account: str
    # "2026-11"
    month: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Paid:
    """One campaign's line of one day."""

    day: date
    advert: Advert
    clicks: int
    views: int
    cents: int


def statements(events: Iterable[Event], rng: Random, *, last_day: date) -> list[StatementFile]:
    """The files of the year, month by month: clicks follow the visits, costs follow the clicks."""
    days = days_until(last_day)
    paid = sorted(_paid_lines(events, set(days), rng), key=lambda line: (line.day, line.advert.key))
    files: list[StatementFile] = []
    for month, month_days in _months(days):
        for account, write in ((GOOGLE, _google), (META, _generic), (RUSSIA, _generic)):
            lines = [line for line in paid if line.advert.account == account and _month(line.day) == month]
            name = f"{account.lower().replace(' ', '-')}-{month}.csv"
            files.append(StatementFile(account, month, name, write(lines, month_days)))
        files.append(StatementFile(OWN_COSTS, month, f"own-costs-{month}.csv", _own_costs(month_days)))
    return files


def dollar_rates(rng: Random, *, last_day: date) -> list[tuple[date, Decimal]]:
    """Euros for a dollar on each working day, from a week before the year: a slow walk around 0.92."""
    rates, rate = [], 9_200
    first = days_until(last_day)[0] - timedelta(days=7)
    for number in range((last_day - first).days + 1):
        rate = max(8_700, min(9_700, rate + rng.randrange(-28, 29)))
        day = first + timedelta(days=number)
        if day.weekday() < 5:
            rates.append((day, Decimal(rate).scaleb(-4)))
    return rates


def broken_statement(day: date) -> StatementFile:
    """A table with two good rows and four that cannot be read, to see how those are listed."""
    rows = (
        (day, "vk", "cpc", "vk-teplo", "9051177", "EUR", "12.40", 14, 1680),
        ("yesterday", "vk", "cpc", "vk-teplo", "9051177", "EUR", "12.40", 14, 1680),
        (day, "vk", "cpc", "vk-teplo", "9051177", "EUR", "a lot", 14, 1680),
        (day, "", "", "", "", "EUR", "3.00", 1, 10),
        (day, "yandex", "cpc", "okna-vl", "84120011", "XQZ", "8.00", 4, 60),
        (day, "yandex", "cpc", "okna-vl", "84120011", "EUR", "31.20", 13, 180),
    )
    return StatementFile(RUSSIA, _month(day), "with-broken-rows.csv", _table([_CANONICAL, *rows]))


def _paid_lines(events: Iterable[Event], days: set[date], rng: Random) -> Iterator[_Paid]:
    """Days of the ad account's own time zone; some clicks never become visits."""
    visits: Counter[tuple[date, str]] = Counter()
    for view in visits_of(events):
        advert = BY_KEY[view.advert]
        if advert.click_cents:
            visits[local_day(view.at, ZoneInfo(ACCOUNTS[advert.account][1])), advert.key] += 1
    for day in sorted(days):
        for advert in ADVERTS:
            if advert.click_cents:
                yield _line(day, advert, visits[day, advert.key], rng)


def _line(day: date, advert: Advert, visits: int, rng: Random) -> _Paid:
    lost = sum(rng.randrange(100) < 11 for _ in range(visits))
    clicks = visits + lost
    cents = sum(advert.click_cents * rng.randrange(70, 131) // 100 for _ in range(clicks))
    return _Paid(day, advert, clicks, clicks * advert.views_per_click + rng.randrange(20, 200), cents)


def _google(lines: Sequence[_Paid], days: Sequence[date]) -> bytes:
    """The Campaign report as Google Ads exports it (formats.md 3.1): preamble, ` --` for nothing, totals."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    out.write(f'Campaign report\n"{_american(days[0])} - {_american(days[-1])}"\n')
    writer.writerow(_GOOGLE_HEADER)
    for line in lines:
        advert = line.advert
        kind = "Display" if advert.medium == "display" else "Search"
        named = (line.day, "Enabled", advert.campaign, advert.campaign_id, "80.00", " --", kind, DOLLAR)
        writer.writerow((*named, *_google_figures(line.views, line.clicks, line.cents)))
    sums = [sum(getattr(line, name) for line in lines) for name in ("views", "clicks", "cents")]
    for label in ("Total: Campaigns", "Total: Account"):
        writer.writerow((label, *[" --"] * 6, DOLLAR, *_google_figures(*sums)))
    return out.getvalue().encode()


def _google_figures(views: int, clicks: int, cents: int) -> tuple[str, ...]:
    per_thousand = format_cents(cents * 1000 // views) if views else " --"
    per_click = format_cents(cents // clicks) if clicks else " --"
    cost = f"{cents // 100:,}.{cents % 100:02d}"
    return (per_thousand, f"{views:,}", f"{clicks:,}", per_click, cost, " --", "0.00")


def _generic(lines: Sequence[_Paid], _days: Sequence[date]) -> bytes:
    rows = []
    for line in lines:
        advert = line.advert
        named = (line.day, advert.source, advert.medium, advert.campaign, advert.campaign_id)
        rows.append((*named, "EUR", format_cents(line.cents), line.clicks, line.views))
    return _table([_CANONICAL, *rows])


def _own_costs(days: Sequence[date]) -> bytes:
    """Monthly prices spread evenly over the days of the month; the part of a month that has passed."""
    length = monthrange(days[0].year, days[0].month)[1]
    rows = [
        (day, source, medium, campaign, "", "EUR", format_cents(parts[day.day - 1]), "", "")
        for source, medium, campaign, month_cents in FLAT_COSTS
        for parts in [split(month_cents, [1] * length)]
        for day in days
        if source != "city-fm" or day.month in (9, 10, 11)
    ]
    return _table([_CANONICAL, *rows])


def _table(rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _months(days: Sequence[date]) -> Iterator[tuple[str, list[date]]]:
    for month, month_days in groupby(days, key=_month):
        yield month, list(month_days)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _american(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
