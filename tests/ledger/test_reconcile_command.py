from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from leadtrack.ledger.models import Credit, ResultFact
from leadtrack.ledger.reconcile import reconcile_changed
from leadtrack.sources.models import DirtyMark
from tests.ledger import books
from tests.ledger.books import DAY, PAID, after

pytestmark = pytest.mark.django_db


def run(*options: str) -> str:
    out = StringIO()
    call_command("reconcile", *options, stdout=out)
    return out.getvalue()


def test_without_options_it_books_what_changed_and_prints_totals() -> None:
    lead = books.journey((DAY, PAID))
    books.won(lead, on=after(1), cents=10_050, cost=4_000)
    books.spent(DAY, 1_000)
    books.spent(DAY, 500, source="bing", campaign="x")
    assert run().splitlines() == [
        "days booked: 2 (2026-03-10 to 2026-03-11)",
        "visits: 1",
        "leads: 1",
        "won: 1",
        "revenue: 100.50 EUR",
        "margin: 60.50 EUR",
        "spend: 16.50 EUR",
        "unmatched spend: 5.50 EUR",
    ]
    assert run() == "days booked: 0\n"


def test_a_period_is_booked_again() -> None:
    books.journey((DAY, PAID))
    reconcile_changed()
    ResultFact.objects.all().delete()
    assert run("--from", "2026-03-09", "--to", "2026-03-11").startswith(
        "days booked: 3 (2026-03-09 to 2026-03-11)"
    )
    assert ResultFact.objects.exists()


def test_all_books_every_day_of_the_history() -> None:
    books.won(books.journey((after(-40), PAID)), on=after(5))
    DirtyMark.objects.all().delete()
    assert run("--all").startswith("days booked: 3 ")
    assert Credit.objects.exists()
    assert not DirtyMark.objects.exists()


def test_all_takes_out_what_nothing_stands_behind() -> None:
    books.journey((DAY, PAID))
    reconcile_changed()
    Credit.objects.update(day=after(50))
    ResultFact.objects.update(day=after(60))
    run("--all")
    assert set(Credit.objects.values_list("day", flat=True)) == {DAY}
    assert set(ResultFact.objects.values_list("day", flat=True)) == {DAY}


@pytest.mark.parametrize(
    "options", [("--all", "--from", "2026-01-01", "--to", "2026-01-02"), ("--to", "2026-01-01")]
)
def test_it_refuses_options_that_contradict(options: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("reconcile", *options)
