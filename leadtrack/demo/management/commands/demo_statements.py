from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from leadtrack.demo.build import script
from leadtrack.demo.statements import broken_statement


class Command(BaseCommand):
    help = (
        "Writes the demo firm's statements of the newest month (a Google Ads export and tables) and one "
        "with broken rows, to try the upload. What a demo built today has loaded already changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="where to; made if missing")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"]
        year = script(timezone.now())
        newest = max(file.month for file in year.files)
        files = [file for file in year.files if file.month == newest]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file in (*files, broken_statement(timezone.now().date())):
                (folder / file.name).write_bytes(file.content)
                self.stdout.write(f"{folder / file.name}  (account: {file.account})")
        except OSError as problem:
            raise CommandError(f"{folder} cannot be written: {problem.strerror}") from problem
