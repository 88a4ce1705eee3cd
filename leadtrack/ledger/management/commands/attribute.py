import csv
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leadtrack.ledger.analysis.path_file import PathFileError, read_paths
from leadtrack.ledger.analysis.path_table import PathTable
from leadtrack.ledger.analysis.share_out import HALF_LIFE, MODELS, Answer, share_out
from leadtrack.lib.spreadsheet import plain_cell


class Command(BaseCommand):
    help = (
        "Credits the channels of a table of paths (CSV with the columns path, conversions, value, nulls; "
        "“ > ” between the channels of a path) and prints conversions and value of each."
    )
    # No table of ours is read.
    requires_system_checks: list[str] = []  # noqa: RUF012 (Django's own way)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="PATHS.csv")
        parser.add_argument("--model", choices=MODELS, required=True)
        parser.add_argument("--order", type=int, choices=(1, 2, 3), default=1, help="of Markov: 1, 2 or 3")
        parser.add_argument(
            "--half-life", type=float, default=HALF_LIFE, help="of time decay, in touches (default: 7)"
        )
        parser.add_argument("--format", choices=("json", "csv"), default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["half_life"] > 0:
            raise CommandError("--half-life must be above 0.")
        try:
            table = read_paths(options["file"])
        except (PathFileError, OSError) as problem:
            raise CommandError(str(problem)) from problem
        model, order = options["model"], options["order"]
        answer = share_out(table, model=model, order=order, half_life=options["half_life"])
        lines = _lines(table, answer)
        if options["format"] == "csv":
            self._print_csv(lines)
        else:
            self.stdout.write(json.dumps(_whole(table, model, order, lines), ensure_ascii=False, indent=2))

    def _print_csv(self, lines: list[dict[str, Any]]) -> None:
        writer = csv.DictWriter(self.stdout, fieldnames=list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows([line | {"channel": plain_cell(line["channel"])} for line in lines])


def _lines(table: PathTable, answer: Answer) -> list[dict[str, Any]]:
    """One line per channel, the most conversions first."""
    columns: dict[str, Any] = {"conversions": answer.conversions, "value": answer.value}
    if answer.removal_effects is not None:
        columns["removal_effect"] = answer.removal_effects
    lines = [
        {"channel": channel} | {name: float(column[place]) for name, column in columns.items()}
        for place, channel in enumerate(table.channels)
    ]
    return sorted(lines, key=lambda line: (-line["conversions"], line["channel"]))


def _whole(table: PathTable, model: str, order: int, lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "model": model,
        **({"order": order} if model == "markov" else {}),
        "paths": len(table.lengths),
        "conversions": float(table.conversions.sum()),
        "value": float(table.value.sum()),
        "nulls": float(table.nulls.sum()),
        "channels": lines,
    }
