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
from leadtrack.spend.write import FIGURES, SLOT, Written, write_rows

# Looking locks nobody out, so it takes many rows together.
LOOKED_AT_ONCE: Final = 4000
# On SQLite a write transaction must be short, or the doors wait (measure.md 1).
WRITTEN_AT_ONCE: Final = {"sqlite": 200, "postgresql": LOOKED_AT_ONCE}
KEYS_AT_ONCE: Final = 500

Place = tuple[int, date, str]
# The primary key and the figures of a row.
Stored = tuple[int, int, int, int, int, int]
T = TypeVar("T")


@dataclass(slots=True)
class Replacement:
    """How many lines of the statement stood in the books before, and which days it changed."""

    lines_replaced: int = 0
    changed_days: set[date] = field(default_factory=set)


@dataclass(slots=True)
class Difference:
    """What must happen to the rows of some days."""

    fresh: list[Place]
    changed: list[Place]
    surplus: list[int]
    days: set[date]


def replace_slices(
    statement: Statement, level: str, booking: Booking, on_progress: Callable[[int, int], None]
) -> Replacement:
    """Make the rows of (account, day, level) those of the booking, for each of its days.

    A day changes as a whole or not at all. Days that already agree are neither written nor marked; the
    others are marked to be booked again in the same transaction. `on_progress` gets days done, days in all.
    """
    ids = _item_ids(statement.account_id, level, booking.items())
    done = Replacement()
    finished = 0
    for days in _batches(booking, booking.days, LOOKED_AT_ONCE):
        _replace(statement, level, booking, days, ids, done)
        finished += len(days)
        on_progress(finished, len(booking.days))
    return done


def _batches(booking: Booking, days: Iterable[date], most: int) -> Iterator[list[date]]:
    return batches(sorted(days), lambda day: len(booking.days[day]), most)


def _replace(
    statement: Statement,
    level: str,
    booking: Booking,
    days: list[date],
    ids: dict[Item, int],
    done: Replacement,
) -> None:
    """Look first without a lock, since a repeated load has nothing to write; then change what differs."""
    wanted = _wanted(booking, days, ids)
    stored = _stored(statement.account_id, level, days)
    done.lines_replaced += sum(amounts.lines for place, amounts in wanted.items() if place in stored)
    differing = _difference(wanted, stored).days
    for some in _batches(booking, differing, WRITTEN_AT_ONCE[connection.vendor]):
        done.changed_days |= _rewrite(statement, level, _wanted(booking, some, ids), some)


def _rewrite(statement: Statement, level: str, wanted: dict[Place, Amounts], days: list[date]) -> set[date]:
    """One transaction: make these days what is wanted and mark those that this has changed."""
    with transaction.atomic():
        # Two loads of one account take turns (SQLite has one writer anyway).
        AdAccount.objects.select_for_update().get(pk=statement.account_id)
        difference = _difference(wanted, _stored(statement.account_id, level, days))
        _write(statement, wanted, difference)
        mark_days(difference.days)
    return difference.days


def _wanted(booking: Booking, days: Iterable[date], ids: dict[Item, int]) -> dict[Place, Amounts]:
    return {
        (ids[item], day, currency): amounts
        for day in days
        for (item, currency), amounts in booking.days[day].items()
    }


def _stored(account_id: int, level: str, days: list[date]) -> dict[Place, Stored]:
    """The rows of these slices."""
    rows = SpendRow.objects.filter(day__in=days, item__account_id=account_id, item__level=level)
    return {row[:3]: row[3:] for row in rows.values_list(*SLOT, "pk", *FIGURES)}


def _difference(wanted: dict[Place, Amounts], stored: dict[Place, Stored]) -> Difference:
    fresh = [place for place in wanted if place not in stored]
    changed = [
        place
        for place, amounts in wanted.items()
        if place in stored and stored[place][1:] != amounts.figures()
    ]
    gone = [place for place in stored if place not in wanted]
    days = {day for _, day, _ in (*fresh, *changed, *gone)}
    return Difference(fresh, changed, [stored[place][0] for place in gone], days)


def _write(statement: Statement, wanted: dict[Place, Amounts], difference: Difference) -> None:
    for keys in _chunks(difference.surplus, KEYS_AT_ONCE):
        SpendRow.objects.filter(pk__in=keys).delete()

    def written(places: list[Place]) -> list[Written]:
        return [(*place, *wanted[place].figures(), statement.pk) for place in places]

    write_rows(written(difference.fresh), written(difference.changed))


def _item_ids(account_id: int, level: str, items: set[Item]) -> dict[Item, int]:
    """The stored item of each, made where there is none yet."""
    keys = {key_of((level, *item)): item for item in items}
    known = _known_items(account_id, list(keys))
    missing = [key for key in keys if key not in known]
    for chunk in _chunks(missing, WRITTEN_AT_ONCE["sqlite"]):
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
