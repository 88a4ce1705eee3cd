"""Building the demo: the firm, its costs, its year and its books, in that order."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from leadtrack.demo.adverts import GOOGLE, META, RIGA, ZONES
from leadtrack.demo.events import Event
from leadtrack.demo.firm import LAST_DAY_TO_COME, found_firm, note_progress
from leadtrack.demo.history import play
from leadtrack.demo.plan import plan_year
from leadtrack.demo.pool_calls import pool_start
from leadtrack.demo.progress import Bar
from leadtrack.demo.season import days_until
from leadtrack.demo.statements import ACCOUNTS, DOLLAR, StatementFile, dollar_rates, statements
from leadtrack.ledger.reconcile import book_marked, mark_all, waiting_days
from leadtrack.lib.periods import day_bounds, local_day
from leadtrack.spend.enter import set_rate
from leadtrack.spend.load import account_for, load_file
from leadtrack.spend.models import AdAccount, Statement
from leadtrack.spend.own_costs import book_own_costs

SEED: Final = 2026
# One wait for the disk per batch.
_DAYS_AT_ONCE: Final = 30
_SYSTEMS: Final = {GOOGLE: AdAccount.System.GOOGLE_ADS, META: AdAccount.System.META}


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that is to happen, decided before anything happens."""

    first_day: date
    last_day: date
    events: list[Event]
    files: list[StatementFile]
    rates: list[tuple[date, Decimal]]


def script(now: datetime, scale: float = 1.0) -> Script:
    """The year up to yesterday of `now` (UTC) in Riga; the same day gives the same year."""
    last_day = local_day(now, ZoneInfo(ZONES[RIGA])) - timedelta(days=1)
    rng = Random(SEED)  # noqa: S311 (a demo must come out the same each time)
    events = plan_year(rng, last_day=last_day, scale=scale)
    files = statements(events, rng, last_day=last_day)
    return Script(days_until(last_day)[0], last_day, events, files, dollar_rates(rng, last_day=last_day))


def build(year: Script, *, shop_origins: tuple[str, ...] = ()) -> Counter[str]:
    """Make the firm and its year in an empty database; how much there is of each kind.

    Many transactions, not one: broken off, it leaves the firm marked as unfinished.
    """
    bar = Bar("People, costs and rates", len(year.files))
    firm = found_firm(
        at=_morning_of(year.first_day),
        pools_at=_morning_of(pool_start(year.last_day)),
        shop_origins=shop_origins,
    )
    _enter_rates(year.rates)
    for done, file in enumerate(year.files, 1):
        _load(file)
        bar.show(done)
    play(year.events, firm, on_progress=Bar("Visits, leads and sales", len(year.events)).show)
    book_own_costs(until=year.last_day)
    _book()
    note_progress(LAST_DAY_TO_COME)
    return Counter(type(event).__name__ for event in year.events)


def _morning_of(day: date) -> datetime:
    return day_bounds(day, ZoneInfo(ZONES[RIGA]))[0]


@transaction.atomic
def _enter_rates(rates: list[tuple[date, Decimal]]) -> None:
    for day, rate in rates:
        set_rate(day=day, currency=DOLLAR, rate=rate, origin="demo")


@transaction.atomic
def _load(file: StatementFile) -> None:
    currency, time_zone = ACCOUNTS[file.account]
    account = account_for(file.account, currency=currency, time_zone=time_zone)
    if file.account in _SYSTEMS:
        AdAccount.objects.filter(pk=account.pk).update(system=_SYSTEMS[file.account])
    statement = load_file(file.content, account_name=file.account, file_name=file.name)
    if statement.state != Statement.State.DONE or statement.rows_rejected:
        problem = statement.error_text or f"{statement.rows_rejected} rows rejected"
        raise RuntimeError(f"{file.name} was not wholly read: {problem}")


def _book() -> None:
    mark_all()
    bar, booked = Bar("Books", len(waiting_days())), 0
    days = book_marked()
    is_going_on = True
    while is_going_on:
        with transaction.atomic():
            batch = [day for day, _ in zip(days, range(_DAYS_AT_ONCE), strict=False)]
        is_going_on, booked = bool(batch), booked + len(batch)
        bar.show(booked)
    bar.show(bar.total)
