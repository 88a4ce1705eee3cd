"""Making the books of some days exactly what a statement says, and touching nothing that already is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from django.db import connection, transaction

from leadtrack.lib.hashing import key_of
from leadtrack.sources.dirty import mark_days
from leadtrack.spend.models import AdAccount, SpendItem, SpendRow, Statement
from leadtrack.spend.slices import Amounts, Booking, batches
from leadtrack.spend.statement import Item
from leadtrack.spend.statement.nouns import ITEM_COLUMNS

# On SQLite a write transaction must be short, or the doors wait (measure.md 1).
ROWS_AT_ONCE: Final = 200
KEYS_AT_ONCE: Final = 500
FIGURES: Final = ("net_cents", "vat_cents", "fee_cents", "clicks", "impressions")

Place = tuple[date, int, str]
T = TypeVar("T")
Figures = tuple[int, int, int, int, int]


@dataclass(slots=True)
class Replacement:
    """How many lines of the statement stood in the books before, and which days it changed."""

    lines_replaced: int = 0
    changed_days: set[date] = field(default_factory=set)


@dataclass(slots=True)
class Difference:
    """What must happen to the rows of some days."""

    writes: list[Place]
    surplus: list[int]
    days: set[date]


def replace_slices(
    statement: Statement, level: str, booking: Booking, on_progress: Callable[[int, int], None]
) -> Replacement:
    """Make the rows of (account, day, level) those of the booking, for each of its days.

    A day changes as a whole or not at all. Days that already agree are neither written nor marked; the
    others are marked to be booked again in the same transaction. `on_progress` gets days done, days in all.
    """
    ids = _item_ids(
        statement.account_id, level, {item for slots in booking.days.values() for item, _ in slots}
    )
    done = Replacement()
    finished = 0
    for days in batches(sorted(booking.days), lambda day: len(booking.days[day]), ROWS_AT_ONCE):
        wanted = _wanted(booking, days, ids)
        _replace(statement, level, wanted, days, done)
        finished += len(days)
        on_progress(finished, len(booking.days))
    return done


def _wanted(booking: Booking, days: Iterable[date], ids: dict[Item, int]) -> dict[Place, Amounts]:
    return {
        (day, ids[item], currency): amounts
        for day in days
        for (item, currency), amounts in booking.days[day].items()
    }


def _replace(
    statement: Statement, level: str, wanted: dict[Place, Amounts], days: list[date], done: Replacement
) -> None:
    """One batch of days: look first without a lock, since a repeated load has nothing to write."""
    stored = _stored(statement.account_id, level, days)
    done.lines_replaced += sum(amounts.lines for place, amounts in wanted.items() if place in stored)
    if not _difference(wanted, stored).days:
        return
    with transaction.atomic():
        # Two loads of one account take turns (SQLite has one writer anyway).
        AdAccount.objects.select_for_update().get(pk=statement.account_id)
        difference = _difference(wanted, _stored(statement.account_id, level, days))
        _write(statement, wanted, difference)
        mark_days(difference.days)
    done.changed_days |= difference.days


def _stored(account_id: int, level: str, days: list[date]) -> dict[Place, tuple[int, Figures]]:
    """The rows of these slices: place -> (primary key, figures)."""
    rows = SpendRow.objects.filter(day__in=days, item__account_id=account_id, item__level=level)
    return {
        (day, item_id, currency): (pk, (net, vat, fee, clicks, impressions))
        for day, item_id, currency, pk, net, vat, fee, clicks, impressions in rows.values_list(
            "day", "item_id", "currency", "pk", *FIGURES
        )
    }


def _difference(wanted: dict[Place, Amounts], stored: dict[Place, tuple[int, Figures]]) -> Difference:
    writes = [
        place
        for place, amounts in wanted.items()
        if place not in stored or stored[place][1] != amounts.figures()
    ]
    gone = [place for place in stored if place not in wanted]
    return Difference(writes, [stored[place][0] for place in gone], {place[0] for place in (*writes, *gone)})


def _write(statement: Statement, wanted: dict[Place, Amounts], difference: Difference) -> None:
    for keys in _chunks(difference.surplus, KEYS_AT_ONCE):
        SpendRow.objects.filter(pk__in=keys).delete()
    rows = [
        (statement.pk, item_id, connection.ops.adapt_datefield_value(day), currency, *wanted[place].figures())
        for place in difference.writes
        for day, item_id, currency in [place]
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_upsert_sql(), rows)


def _upsert_sql() -> str:
    """Raw, because bulk_create spends three quarters of a load on building rows and SQL."""
    quote = connection.ops.quote_name
    slot, figures = ["item_id", "day", "currency"], list(FIGURES)
    columns = ", ".join(quote(name) for name in ["statement_id", *slot, *figures])
    values = ", ".join(["%s"] * (1 + len(slot) + len(figures)))
    updates = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in ["statement_id", *figures])
    conflict = ", ".join(quote(name) for name in slot)
    # Every part is a name of ours.
    insert = f"INSERT INTO {quote(SpendRow._meta.db_table)} ({columns}) VALUES ({values})"  # noqa: S608
    return f"{insert} ON CONFLICT ({conflict}) DO UPDATE SET {updates}"


def _item_ids(account_id: int, level: str, items: set[Item]) -> dict[Item, int]:
    """The stored item of each, made where there is none yet."""
    keys = {key_of((level, *item)): item for item in items}
    known = _known_items(account_id, list(keys))
    missing = [key for key in keys if key not in known]
    for chunk in _chunks(missing, ROWS_AT_ONCE):
        fresh = [_item(account_id, level, key, keys[key]) for key in chunk]
        # Another load may have made some of them a moment ago.
        SpendItem.objects.bulk_create(fresh, ignore_conflicts=True)
    known |= _known_items(account_id, missing)
    return {item: known[key] for key, item in keys.items()}


def _known_items(account_id: int, keys: list[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for chunk in _chunks(keys, KEYS_AT_ONCE):
        known |= dict(SpendItem.objects.filter(account_id=account_id, key__in=chunk).values_list("key", "pk"))
    return known


def _item(account_id: int, level: str, key: str, item: Item) -> SpendItem:
    names = dict(zip(ITEM_COLUMNS, item, strict=True))
    return SpendItem(account_id=account_id, level=level, key=key, **names)


def _chunks(values: list[T], size: int) -> Iterator[list[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))
