"""The report for machines and spreadsheets: JSON as the API and the command print it, and CSV."""

from decimal import Decimal
from typing import Any, Final

from leadtrack.lib.money import format_cents
from leadtrack.lib.spreadsheet import csv_line, plain_cell
from leadtrack.reports.funnel import Funnel
from leadtrack.reports.question import DEEP, LEVELS, Question
from leadtrack.reports.romi import Figures
from leadtrack.reports.table import Row, Table

_FIGURES: Final = (
    "visits",
    "goals",
    "goal_rate",
    "leads",
    "won",
    "customers",
    "revenue",
    "margin",
    "spend",
    "cpl",
    "cac",
    "romi",
)


def columns_of(question: Question) -> tuple[str, ...]:
    """The columns of the table: channel, source and campaign always, the term where it is asked for."""
    return (*_levels(question), *_FIGURES)


def table_json(table: Table, question: Question) -> dict[str, Any]:
    """{"rows", "total", "unmatched"}: money as strings with two decimals, "no value" as null."""
    return {
        "rows": [named_json(row, question) for row in table.rows],
        "total": figures_json(table.total),
        "unmatched": {
            "spend": format_cents(table.unmatched.spend_cents),
            "items": table.unmatched.items,
            "without_rate": [
                {
                    "currency": gap.currency,
                    "spend": format_cents(gap.spend_cents),
                    "revenue": format_cents(gap.revenue_cents),
                }
                for gap in table.unmatched.gaps
            ],
        },
    }


def named_json(row: Row, question: Question) -> dict[str, Any]:
    """A row with its names; a level it is not grouped by is null."""
    names = dict(zip(question.by, row.names, strict=True))
    return {level: names.get(level) for level in _levels(question)} | figures_json(row.figures)


def figures_json(figures: Figures) -> dict[str, Any]:
    """The figures of a row. Counts are numbers, with a fraction where a model shares a lead."""
    return {
        "visits": figures.visits,
        "goals": figures.goal_visits,
        "goal_rate": _fraction(figures.goal_rate),
        "leads": _count(figures.leads),
        "won": _count(figures.won),
        "customers": _count(figures.customers),
        "revenue": format_cents(figures.revenue_cents),
        "margin": format_cents(figures.margin_cents),
        "spend": format_cents(figures.spend_cents),
        "cpl": _money(figures.cpl_cents),
        "cac": _money(figures.cac_cents),
        "romi": _fraction(figures.romi),
    }


def table_csv(table: Table, question: Question) -> str:
    """The same as CSV with a header, a total row and the unmatched spend; safe to open in a spreadsheet."""
    columns = columns_of(question)
    nothing = dict.fromkeys(columns)
    unmatched = {"channel": "Unmatched", "spend": format_cents(table.unmatched.spend_cents)}
    rows = [
        *(named_json(row, question) for row in table.rows),
        nothing | figures_json(table.total) | {"channel": "Total"},
        nothing | unmatched,
    ]
    lines = [csv_line(columns), *(csv_line([_cell(name, row[name]) for name in columns]) for row in rows)]
    return "".join(lines)


def funnel_json(found: Funnel) -> dict[str, Any]:
    """{"steps", "level", "parts"}: counts as numbers, shares as fractions, "no value" as null."""
    return {
        "steps": [
            {
                "step": step.key,
                "name": str(step.label),
                "count": _count(step.count),
                "of_previous": _fraction(step.of_previous),
                "of_first": _fraction(step.of_first),
            }
            for step in found.steps
        ],
        "level": found.level,
        "parts": [
            {"name": part.name, "counts": [_count(count) for count in part.counts]} for part in found.parts
        ],
    }


def _levels(question: Question) -> tuple[str, ...]:
    return DEEP if "term" in question.by else LEVELS


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    return plain_cell(str(value)) if name in DEEP else str(value)


def _fraction(fraction: Decimal | None) -> float | None:
    return None if fraction is None else float(round(fraction, 4))


def _money(cents: int | None) -> str | None:
    return None if cents is None else format_cents(cents)


def _count(count: Decimal) -> int | float:
    return int(count) if count == int(count) else float(count)
