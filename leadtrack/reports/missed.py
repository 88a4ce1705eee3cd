"""Missed calls and how many of their callers were recovered in time: by day or by source.

A caller whose lead was set aside as spam or rejected is not counted; neither is what a file told of long ago.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet

from leadtrack.deals.models import CallBack
from leadtrack.lib.periods import Period
from leadtrack.sources.models import Source

BY: Final = ("day", "source")
KINDS: Final = ("missed", "recovered", "late", "not_needed", "open")
_How = CallBack.How
_MADE_GOOD: Final = Q(how__in=(_How.CALLED_BACK, _How.CALLED_AGAIN, _How.BY_HAND), done_at__isnull=False)
_CONDITIONS: Final[dict[str, Q]] = {
    "missed": Q(),
    "recovered": _MADE_GOOD & Q(done_at__lte=F("due_at")),
    "late": _MADE_GOOD & Q(done_at__gt=F("due_at")),
    "not_needed": Q(how=_How.NOT_NEEDED),
    "open": Q(done_at=None),
}
_MOST_LINES: Final = 400


@dataclass(frozen=True, slots=True)
class Line:
    """Missed calls of a day, of a source, or of all (both None). They sum up: missed is all the others."""

    missed: int
    recovered: int
    late: int
    not_needed: int
    open: int
    day: date | None = None
    source: Source | None = None

    @property
    def share(self) -> Decimal | None:
        """Recovered in time among those that were to be called back; None where there were none."""
        owed = self.missed - self.not_needed
        return Decimal(self.recovered) / owed if owed else None

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Each kind with its figure, in the order of the table."""
        return [(kind, getattr(self, kind)) for kind in KINDS]


def missed_in(period: Period) -> QuerySet[CallBack]:
    """The missed calls of a period, by the day of their site."""
    counted = CallBack.objects.exclude(how=_How.NOT_NEEDED, done_by=None)
    return counted.filter(call__day__range=(period.first, period.last))


def of_kind(rows: QuerySet[CallBack], kind: str) -> QuerySet[CallBack]:
    """Those behind one figure; all of them for an unknown kind."""
    return rows.filter(_CONDITIONS.get(kind, Q()))


def missed_lines(period: Period, by: str) -> tuple[list[Line], Line]:
    """One line a day (latest first) or a source (most missed first), and all of them together."""
    rows = missed_in(period)
    total = Line(**rows.aggregate(**_figures()))
    key = "call__source" if by == "source" else "call__day"
    order = ("-missed", key) if by == "source" else ("-call__day",)
    found = list(rows.values(key).annotate(**_figures()).order_by(*order)[:_MOST_LINES])
    if by == "source":
        sources = Source.objects.in_bulk([row[key] for row in found])
        return [_line(row, source=sources[row[key]]) for row in found], total
    return [_line(row, day=row[key]) for row in found], total


def _figures() -> dict[str, Count]:
    return {kind: Count("pk", filter=condition) for kind, condition in _CONDITIONS.items()}


def _line(row: dict[str, Any], **of: Any) -> Line:
    return Line(**{kind: row[kind] for kind in KINDS}, **of)
