"""Rows of the table as the page shows them: with an id, a label and the links behind each figure."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from leadtrack.reports.question import DEEP, Question
from leadtrack.reports.romi import Figures
from leadtrack.reports.table import Row


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the tree. `query` asks about exactly this part of it; `row_id` is its place ("2-1-3")."""

    row_id: str
    label: str
    depth: int
    can_open: bool
    query: str
    figures: Figures

    @classmethod
    def of_total(cls, figures: Figures, question: Question) -> "Line":
        """The line of the whole table."""
        return cls("total", _("Total"), 0, False, question.query, figures)


def lines_of(rows: Sequence[Row], question: Question, *, parent: str = "") -> list[Line]:
    """The lines of one level, grouped by one name each, under the row `parent`."""
    return [
        _line(row, question, f"{parent}-{place}" if parent else str(place))
        for place, row in enumerate(rows, 1)
    ]


def _line(row: Row, question: Question, row_id: str) -> Line:
    level, name = question.by[0], row.names[0]
    depth = DEEP.index(level)
    part = question.within(**dict(question.scope), **{level: name})
    return Line(row_id, name or _("(not set)"), depth, depth + 1 < len(DEEP), part.query, row.figures)
