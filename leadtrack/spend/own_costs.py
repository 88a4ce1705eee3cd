"""Booking what other rooms pay by themselves, as if they sent a statement each day."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings

from leadtrack.lib.hashing import content_key
from leadtrack.lib.money import format_cents
from leadtrack.lib.spreadsheet import csv_text
from leadtrack.sources.costs import CostBook, DayCost, cost_books
from leadtrack.spend.load import accept_statement, account_for, load_statement
from leadtrack.spend.models import SpendRow, Statement

_NOTHING = "nothing"
_HEADER = ("date", "source", "medium", "campaign", "currency", "cost")


def book_own_costs(*, until: date) -> int:
    """Have every book's costs until a day (included) in the spend; how many statements were loaded.

    A book that says what it said last time is not loaded again; a loaded one writes only days that changed.
    """
    return sum(_book(book, until) for book in cost_books())


def _book(book: CostBook, until: date) -> bool:
    costs = book.costs(until)
    if not costs and not Statement.objects.filter(account__name=book.account).exists():
        return False
    account = account_for(book.account)
    stored = SpendRow.objects.of_account(account).filter(day__lte=until)
    gone = set(stored.values_list("day", flat=True)) - {cost.day for cost in costs}
    content = csv_text(_rows(costs, gone)).encode()
    last = Statement.objects.filter(account=account).order_by("-pk").first()
    if last is not None and last.sha256 == content_key(content):
        return False
    row = accept_statement(
        account=account,
        file_name=f"{book.account} {until:%Y-%m-%d}.csv",
        content=content,
        format=Statement.Format.GENERIC,
    )
    load_statement(row.pk)
    return True


def _rows(costs: Iterable[DayCost], gone: Iterable[date]) -> Iterable[tuple[str, ...]]:
    """A day that costs nothing any more is said so: a statement replaces only the days that it names."""
    yield _HEADER
    for cost in costs:
        amount = format_cents(cost.cents)
        yield (cost.day.isoformat(), cost.source, cost.medium, cost.campaign, cost.currency, amount)
    for day in sorted(gone):
        yield (day.isoformat(), _NOTHING, "", "", settings.LEADTRACK_CURRENCY, "0.00")
