import json
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leadtrack.ledger.models import AttributionModel, Clock
from leadtrack.reports.calendar import today
from leadtrack.reports.export import columns_of, figures_json, named_json, table_csv, table_json
from leadtrack.reports.question import DEEP, LEVELS, Question, QuestionError, read_question
from leadtrack.reports.table import Table, source_table


class Command(BaseCommand):
    help = "Prints the source-to-revenue report: what each channel, source and campaign cost and brought."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="from", metavar="DAY", help="first day, YYYY-MM-DD (default: 30 days)"
        )
        parser.add_argument("--to", metavar="DAY", help="last day, included (default: today)")
        parser.add_argument(
            "--by", default=",".join(LEVELS), help="levels of the rows: channel,source,campaign,term"
        )
        parser.add_argument(
            "--model", default=AttributionModel.LAST_NON_DIRECT.value, choices=AttributionModel.values
        )
        parser.add_argument("--clock", default=Clock.COHORT.value, choices=Clock.values)
        parser.add_argument("--format", default="table", choices=["table", "csv", "json"])

    def handle(self, *args: Any, **options: Any) -> None:
        asked = {name: options[name] or "" for name in ("from", "to", "by", "model", "clock")}
        try:
            question = read_question(asked, today=today())
        except QuestionError as error:
            raise CommandError(f"--{error.field}: {error.message}") from error
        table = source_table(question)
        self.stdout.write(_printed(table, question, options["format"]), ending="")


def _printed(table: Table, question: Question, form: str) -> str:
    if form == "json":
        return json.dumps(table_json(table, question), ensure_ascii=False, indent=2) + "\n"
    if form == "csv":
        return table_csv(table, question)
    return _text(table, question)


def _text(table: Table, question: Question) -> str:
    head = [name for name in columns_of(question) if name not in DEEP or name in question.by]
    rows = [[_cell(named_json(row, question)[name]) for name in head] for row in table.rows]
    names = [""] * len(question.by)
    names[0] = "Total"
    sums = figures_json(table.total)
    rows.append([*names, *(_cell(sums[name]) for name in head[len(names) :])])
    lines = _aligned([head, *rows], len(names))
    unmatched = table_json(table, question)["unmatched"]
    lines.append(f"Unmatched spend: {unmatched['spend']} ({unmatched['items']} items)")
    lines += [
        f"Without a rate: {gap['currency']} spend {gap['spend']}, revenue {gap['revenue']}"
        for gap in unmatched["without_rate"]
    ]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    return "-" if value is None or value == "" else str(value)


def _aligned(rows: Sequence[Sequence[str]], texts: int) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if place < texts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
