"""What of one day's books must be written: nothing that already stands as it should."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final, NamedTuple

from django.db import models

from leadtrack.ledger.chunks import chunks
from leadtrack.ledger.entries import CreditLine, GapLine, GoalLine, ResultLine, TrafficLine
from leadtrack.ledger.models import Credit, GoalFact, RateGap, ResultFact, TrafficFact
from leadtrack.ledger.turns import Write

# On SQLite more rows than this in one transaction would keep the doors waiting (measure.md 1).
ROWS_AT_ONCE: Final = 200

_LINES: Final[dict[type[models.Model], type[NamedTuple]]] = {
    Credit: CreditLine,
    ResultFact: ResultLine,
    TrafficFact: TrafficLine,
    GoalFact: GoalLine,
    RateGap: GapLine,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of one table and day: those to take out (with what they say) and those to put in."""

    table: type[models.Model]
    day: date
    gone: dict[int, Any]
    fresh: list[Any]

    @property
    def lines(self) -> list[Any]:
        """Every line that goes or comes."""
        return [*self.gone.values(), *self.fresh]


def difference(table: type[models.Model], day: date, wanted: Iterable[Any]) -> Difference:
    """Compare the lines that a day should hold with its stored rows, as multisets."""
    line = _LINES[table]
    missing = Counter(wanted)
    gone = {}
    rows = table._default_manager.filter(day=day).order_by("pk")
    for pk, *columns in rows.values_list("pk", *line._fields):
        stored = line(*columns)
        if missing[stored] > 0:
            missing[stored] -= 1
        else:
            gone[pk] = stored
    return Difference(table, day, gone, list(missing.elements()))


def writes_of(differences: Sequence[Difference]) -> list[Write]:
    """The writes that make the stored rows the wanted ones, table by table in the order given.

    A write holds a limited number of rows; what all differences together need is one write where it is small.
    """
    steps: list[tuple[int, Write]] = []
    for one in differences:
        steps += [(len(ids), partial(_take_out, one.table, ids)) for ids in chunks(one.gone, ROWS_AT_ONCE)]
        steps += [(len(lines), partial(_put_in, one, lines)) for lines in chunks(one.fresh, ROWS_AT_ONCE)]
    return _grouped(steps)


def _grouped(steps: Iterable[tuple[int, Write]]) -> list[Write]:
    groups: list[list[Write]] = []
    size = 0
    for rows, step in steps:
        if not groups or size + rows > ROWS_AT_ONCE:
            groups.append([])
            size = 0
        groups[-1].append(step)
        size += rows
    return [partial(_do_all, group) for group in groups]


def _do_all(steps: Iterable[Write]) -> None:
    for step in steps:
        step()


def _take_out(table: type[models.Model], ids: list[int]) -> None:
    table._default_manager.filter(pk__in=ids).delete()


def _put_in(one: Difference, lines: list[Any]) -> None:
    one.table._default_manager.bulk_create([one.table(day=one.day, **line._asdict()) for line in lines])
