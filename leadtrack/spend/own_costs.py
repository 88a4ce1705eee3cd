"""Booking what other rooms pay by themselves, as if they sent a statement of the days that changed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from django.conf import settings

from leadtrack.lib.hashing import content_key
from leadtrack.lib.money import format_cents
from leadtrack.lib.spreadsheet import csv_text
from leadtrack.sources.costs import CostBook, DayCost, cost_books
from leadtrack.spend.load import accept_statement, account_for, load_statement
from leadtrack.spend.models import SpendRow, Statement

_HEADER: Final = ("date", "source", "medium", "campaign", "currency", "cost")
# Stands in the line of a day that costs nothing any more.
_NOTHING: Final = "nothing"
_Days = dict[date, dict[tuple[str, ...], int]]


def book_own_costs(*, until: date) -> int:
    """Have every book's costs until a day (included) in the spend; how many statements were loaded.

    A statement holds only the days that are not in the books as they should be: mostly one.
    """
    return sum(_book(book, until) for book in cost_books())


def _book(book: CostBook, until: date) -> bool:
    wanted, stored = _wanted(book.costs(until)), _stored(book.account, until)
    differing = sorted(day for day in wanted | stored if wanted.get(day) != stored.get(day))
    content = csv_text(_rows(wanted, differing)).encode()
    if not differing or _said_last(book.account) == content_key(content):
        return False
    row = accept_statement(
        account=account_for(book.account),
        file_name=f"{book.account} {until:%Y-%m-%d}.csv",
        content=content,
        format=Statement.Format.GENERIC,
    )
    load_statement(row.pk)
    return True


def _said_last(account: str) -> str:
    """The key of the last statement: words that spend keeps otherwise must not be sent each time anew."""
    last = Statement.objects.filter(account__name=account).order_by("-pk").first()
    return last.sha256 if last else ""


def _wanted(costs: Iterable[DayCost]) -> _Days:
    days: _Days = defaultdict(dict)
    for cost in costs:
        days[cost.day][cost.source, cost.medium, cost.campaign, cost.currency] = cost.cents
    return dict(days)


def _stored(account: str, until: date) -> _Days:
    rows = SpendRow.objects.filter(item__account__name=account, day__lte=until).exclude(net_cents=0)
    days: _Days = defaultdict(dict)
    columns = ("item__source", "item__medium", "item__campaign", "currency")
    for day, cents, *words in rows.values_list("day", "net_cents", *columns):
        days[day][tuple(words)] = cents
    return dict(days)


def _rows(wanted: _Days, days: Iterable[date]) -> Iterator[tuple[str, ...]]:
    """A statement replaces only the days that it names, so a day without costs is named, too."""
    yield _HEADER
    for day in days:
        for words, cents in wanted.get(day, {}).items():
            yield (day.isoformat(), *words, format_cents(cents))
        if day not in wanted:
            yield (day.isoformat(), _NOTHING, "", "", settings.LEADTRACK_CURRENCY, "0.00")
