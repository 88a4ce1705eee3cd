import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leadtrack.spend.currencies import known_currencies
from leadtrack.spend.load import forget_first_statement, is_account_known, load_file
from leadtrack.spend.models import Statement
from leadtrack.spend.statement import FORMATS
from leadtrack.spend.statement.rows import clean


class Command(BaseCommand):
    help = (
        "Loads a statement of advertising costs. Loading the same file again changes nothing. "
        "Exit status 0 if any row was accepted, 1 if none was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the statement; - reads standard input")
        parser.add_argument("--account", required=True, metavar="NAME", help="the ad account; made if new")
        parser.add_argument("--format", default="auto", choices=FORMATS, help="default: auto")
        parser.add_argument(
            "--currency",
            default="",
            metavar="EUR",
            help="for rows that name none, ISO 4217; default: the account's",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        currency = options["currency"].upper()
        if currency and currency not in known_currencies():
            raise CommandError(f"{options['currency']} is not a currency code.")
        if not clean(options["account"]):
            raise CommandError("The account needs a name.")
        is_known = is_account_known(options["account"])
        statement = load_file(
            self._content(options["file"]),
            account_name=options["account"],
            file_name=Path(options["file"]).name,
            format=options["format"],
            currency=currency,
            on_progress=self._show_progress if sys.stderr.isatty() else None,
        )
        self._report(statement)
        if statement.state == Statement.State.FAILED and not is_known:
            # Somebody sits here and tries again: nothing is left of a try that brought nothing.
            forget_first_statement(statement)
        if not statement.rows_loaded:
            sys.exit(1)

    def _content(self, name: str) -> bytes:
        if name == "-":
            return sys.stdin.buffer.read()
        try:
            return Path(name).read_bytes()
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}") from error

    def _show_progress(self, done: int, total: int) -> None:
        full = 40 * done // total
        end = "\n" if done == total else ""
        self.stderr.write(f"\r[{'#' * full}{'.' * (40 - full)}] {done}/{total} days", ending=end)
        self.stderr.flush()

    def _report(self, statement: Statement) -> None:
        for rejected in statement.rejected_rows.all().iterator():
            self.stdout.write(f"line {rejected.line}: {rejected.reason_text}")
        for text in statement.warning_texts:
            self.stdout.write(f"warning: {text}")
        if statement.error:
            self.stderr.write(statement.error_text)
        self.stdout.write(f"rows read: {statement.rows_read}")
        self.stdout.write(f"rows loaded: {statement.rows_loaded}")
        self.stdout.write(f"rows replaced: {statement.rows_replaced}")
        self.stdout.write(f"rows rejected: {statement.rows_rejected}")
        for currency, amount in sorted(statement.totals.items()):
            self.stdout.write(f"total cost: {amount} {currency}")
