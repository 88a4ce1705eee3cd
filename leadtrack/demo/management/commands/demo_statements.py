from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from leadtrack.demo.build import script
from leadtrack.demo.statements import ACCOUNTS, StatementFile, broken_statement
from leadtrack.spend.models import Statement


class Command(BaseCommand):
    help = (
        "Writes the demo firm's statements of the newest month (a Google Ads export and tables) and one "
        "with broken rows, to try the upload. Loading what the demo has loaded already changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="where to; made if missing")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file in (*newest_statements(), broken_statement(timezone.now().date())):
                (folder / file.name).write_bytes(file.content)
                self.stdout.write(f"{folder / file.name}  (account: {file.account})")
        except OSError as problem:
            raise CommandError(f"{folder} cannot be written: {problem.strerror}") from problem


def newest_statements() -> list[StatementFile]:
    """The last statement loaded for each account; without a demo in the database, those it would load."""
    loaded = [Statement.objects.filter(account__name=name).order_by("pk").last() for name in ACCOUNTS]
    if all(loaded):
        return [_as_file(statement) for statement in loaded if statement]
    files = script(timezone.now()).files
    return [file for file in files if file.month == max(file.month for file in files)]


def _as_file(statement: Statement) -> StatementFile:
    with statement.file.open("rb") as stored:
        return StatementFile(statement.account.name, "", statement.file_name, stored.read())
