import sys
from argparse import ArgumentParser
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand

from leadtrack.ledger.attribution import WHOLE
from leadtrack.ledger.check import COUNT, MONEY, Findings, Total, check_books
from leadtrack.ledger.management.commands.reconcile import add_period, read_period
from leadtrack.ledger.reconcile import all_days, book_marked, waiting_days
from leadtrack.lib.money import format_cents

MOST_SHOWN = 10
# On a busy system something changes while we look: book that and look again.
TRIES = 3


class Command(BaseCommand):
    help = (
        "Proves on the stored rows that every lead, sale and cent is in the books once: what came in is "
        "what is credited, spent money is reported or unmatched, no credit is out of time. Days that wait to "
        "be booked are booked first. Exit status 1 and the offending totals if anything is broken."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_period(parser)
        parser.add_argument(
            "--as-is", action="store_true", help="check what is stored, without booking first"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        period = read_period(options["first"], options["last"])
        findings = Findings()
        for _ in range(1 if options["as_is"] else TRIES):
            if not options["as_is"]:
                self._book()
            findings = check_books(period or all_days())
            if not findings.broken or not waiting_days():
                break
        if waiting := waiting_days():
            self.stdout.write(f"{len(waiting)} days wait to be booked; the books follow within a minute.")
        self._report(findings)
        if findings.broken:
            sys.exit(1)

    def _book(self) -> None:
        booked = set(book_marked())
        if booked:
            self.stdout.write(f"Booked {len(booked)} days that had changed.")

    def _report(self, findings: Findings) -> None:
        rows = [("total", "came in", "in the books", "")]
        rows += [_row(total) for total in findings.totals.values() if total.is_shown or total.is_broken]
        widths = [max(len(row[place]) for row in rows) for place in range(3)]
        for name, actual, booked, verdict in rows:
            line = f"{name:<{widths[0]}}  {actual:>{widths[1]}}  {booked:>{widths[2]}}  {verdict}"
            self.stdout.write(line.rstrip())
        for total in findings.broken:
            self._explain(total)
        self.stdout.write("The books are broken." if findings.broken else "The books are in order.")

    def _explain(self, total: Total) -> None:
        self.stdout.write(f"BROKEN {total.name}, in {len(total.wrong)} places:")
        places = sorted(total.wrong.items(), key=lambda item: str(item[0]))
        for place, (actual, booked) in islice(places, MOST_SHOWN):
            where = ", ".join(map(str, place))
            self.stdout.write(
                f"  {where}: {_shown(actual, total)} came in, {_shown(booked, total)} in the books"
            )


def _row(total: Total) -> tuple[str, str, str, str]:
    verdict = "BROKEN" if total.is_broken else "ok"
    return total.name, _shown(total.actual, total), _shown(total.booked, total), verdict


def _shown(value: int, total: Total) -> str:
    if total.unit == COUNT:
        return str(value)
    if total.unit == MONEY:
        return format_cents(value)
    whole, rest = divmod(value, WHOLE)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
