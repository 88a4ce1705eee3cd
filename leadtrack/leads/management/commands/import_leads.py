import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leadtrack.leads.importing import work
from leadtrack.leads.importing.columns import SHARED, meanings
from leadtrack.leads.importing.nouns import UnreadableFileError
from leadtrack.leads.importing.reasons import problem_text, reason_text
from leadtrack.leads.importing.take import take_file
from leadtrack.leads.models import ImportRow, LeadImport
from leadtrack.visits.models import Site

State = LeadImport.State


class Command(BaseCommand):
    help = (
        "Imports leads from a CSV, TSV or XLSX file. Loading the same file again changes nothing. "
        "Exit status 0 if the file was read and any row was taken or known, 1 if none was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV, TSV or XLSX with a header")
        parser.add_argument("--site", required=True, metavar="SITE", help="key or name of the site")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=MEANING",
            help=f"what a column means, where its name does not tell: {', '.join(meanings())}",
        )
        parser.add_argument("--dates", choices=("auto", "day-first", "month-first"), default="auto")
        parser.add_argument("--dry-run", action="store_true", help="only say what would come of it")

    def handle(self, *args: Any, **options: Any) -> None:
        row = self._taken(Path(options["file"]), self._site(options["site"]))
        columns = self._columns(row, options["map"])
        order = {"auto": None, "day-first": True, "month-first": False}[options["dates"]]
        work.begin(row, State.CHECKING, out_of=(State.MAPPING,), columns=columns, day_first=order)
        row = work.finish_now(row.pk)
        if row.state == State.FAILED:
            raise CommandError(reason_text(row.error, row.error_params))
        self._say_found(row)
        if options["dry_run"]:
            return
        work.begin(row, State.LOADING, out_of=(State.CHECKED,))
        row = work.finish_now(row.pk)
        self._say_loaded(row)
        if not row.rows.exclude(outcome=ImportRow.Outcome.ERROR).exists():
            sys.exit(1)

    def _site(self, said: str) -> Site:
        found = list(Site.objects.filter(key=said)) or list(Site.objects.filter(name=said)[:2])
        if len(found) != 1:
            raise CommandError(f"There is no site with the key or the one name “{said}”.")
        return found[0]

    def _taken(self, path: Path, site: Site) -> LeadImport:
        try:
            with path.open("rb") as stream:
                return take_file(site=site, file_name=path.name, stream=stream, by=None)
        except OSError as problem:
            raise CommandError(f"Cannot read {path}: {problem.strerror}.") from problem
        except UnreadableFileError as problem:
            raise CommandError(reason_text(problem.code, problem.params)) from problem

    def _columns(self, row: LeadImport, said: list[str]) -> list[str]:
        header: list[str] = row.opening["header"]
        columns = list(row.columns)
        for pair in said:
            name, _, meaning = pair.rpartition("=")
            if name not in header or meaning not in meanings():
                raise CommandError(f"--map {pair}: the columns are {', '.join(header)}.")
            columns = ["keep" if one == meaning and one not in SHARED else one for one in columns]
            columns[header.index(name)] = meaning
        if not {"phone", "email"} & set(columns):
            raise CommandError(
                f"No column is the phone or the e-mail; name one with --map: {', '.join(header)}."
            )
        return columns

    def _say_found(self, row: LeadImport) -> None:
        found = row.found
        self.stdout.write(
            f"{found.get('lead', 0)} new leads ({found.get('joins', 0)} of known people), "
            f"{found.get('attempt', 0)} attempts, {found.get('known', 0)} known rows, "
            f"{found.get('error', 0)} errors"
        )
        for one in found.get("problems", []):
            self.stdout.write(f"line {one['line']}: {one['column']} {problem_text(one)}".replace(":  ", ": "))

    def _say_loaded(self, row: LeadImport) -> None:
        counts = {outcome: row.rows.filter(outcome=outcome).count() for outcome in ImportRow.Outcome.values}
        told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
        self.stdout.write(f"Import {row.pk}: {row.get_state_display()}; {told}")
