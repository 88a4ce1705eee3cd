import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum

from leadtrack.ledger.attribution import WHOLE
from leadtrack.ledger.chunks import chunks
from leadtrack.ledger.models import AttributionModel, Clock, ResultFact, TrafficFact
from leadtrack.ledger.reconcile import book_marked, mark_all, mark_period, waiting_days
from leadtrack.lib.money import format_cents
from leadtrack.lib.periods import Period
from leadtrack.sources.register import unmatched_source


def read_period(first: date | None, last: date | None) -> Period | None:
    """The period of --from and --to: both or neither. Raises CommandError."""
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise CommandError("--from and --to belong together.")
    if first > last:
        raise CommandError("--from is after --to.")
    return Period(first, last)


def add_period(parser: ArgumentParser) -> None:
    """The two options of a period."""
    parser.add_argument(
        "--from", dest="first", type=date.fromisoformat, metavar="DAY", help="first day, YYYY-MM-DD"
    )
    parser.add_argument(
        "--to", dest="last", type=date.fromisoformat, metavar="DAY", help="last day, included"
    )


class Command(BaseCommand):
    help = (
        "Books days again: matches spend to sources, credits results, writes the facts that reports read. "
        "Without options, the days on which something changed. Booking a day again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_period(parser)
        parser.add_argument("--all", action="store_true", help="every day on which anything ever happened")

    def handle(self, *args: Any, **options: Any) -> None:
        period = read_period(options["first"], options["last"])
        if period and options["all"]:
            raise CommandError("Give either --all or --from and --to.")
        if options["all"]:
            mark_all()
        elif period:
            mark_period(period.first, period.last)
        self._report(sorted(self._book()))

    def _book(self) -> set[date]:
        """Book what is marked and show how far it got."""
        total = len(waiting_days())
        booked: set[date] = set()
        for day in book_marked():
            booked.add(day)
            if sys.stderr.isatty():
                self._show_progress(day, len(booked), max(total, len(booked)))
        if booked and sys.stderr.isatty():
            self.stderr.write("")
        return booked

    def _show_progress(self, day: date, done: int, total: int) -> None:
        full = 40 * done // total
        self.stderr.write(f"\r[{'#' * full}{'.' * (40 - full)}] {done}/{total} days, {day}", ending="")
        self.stderr.flush()

    def _report(self, days: Sequence[date]) -> None:
        if not days:
            self.stdout.write("days booked: 0")
            return
        self.stdout.write(f"days booked: {len(days)} ({days[0]} to {days[-1]})")
        for name, value in _totals(days).items():
            self.stdout.write(f"{name}: {value}")


def _totals(days: Iterable[date]) -> dict[str, str]:
    """What the booked days hold, by the cohort clock; every model credits the same totals."""
    sums: Counter[str] = Counter()
    unmatched = unmatched_source()
    for chunk in chunks(days):
        traffic = TrafficFact.objects.filter(day__in=chunk)
        results = ResultFact.objects.filter(
            day__in=chunk, clock=Clock.COHORT, model=AttributionModel.LAST_NON_DIRECT
        )
        sums.update(_summed(traffic, "visits", "spend_cents"))
        sums["unmatched"] += _summed(traffic.filter(source=unmatched), "spend_cents")["spend_cents"]
        sums.update(_summed(results, "leads_ppm", "won_ppm", "revenue_cents", "cost_cents"))
    currency = settings.LEADTRACK_CURRENCY
    return {
        "visits": str(sums["visits"]),
        "leads": str(sums["leads_ppm"] // WHOLE),
        "won": str(sums["won_ppm"] // WHOLE),
        "revenue": f"{format_cents(sums['revenue_cents'])} {currency}",
        "margin": f"{format_cents(sums['revenue_cents'] - sums['cost_cents'])} {currency}",
        "spend": f"{format_cents(sums['spend_cents'])} {currency}",
        "unmatched spend": f"{format_cents(sums['unmatched'])} {currency}",
    }


def _summed(rows: Any, *columns: str) -> dict[str, int]:
    return {
        name: total or 0 for name, total in rows.aggregate(**{name: Sum(name) for name in columns}).items()
    }
