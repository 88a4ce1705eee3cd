from datetime import date
from decimal import Decimal

import pytest

from leadtrack.sources.models import DirtyMark
from leadtrack.spend.enter import drop_rate, set_rate
from leadtrack.spend.queries import rates_for
from leadtrack.spend.rates import convert_at, rate_table

FRIDAY = date(2025, 7, 4)


def day(number: int) -> date:
    return date(2025, 7, number)


@pytest.mark.parametrize(
    ("currency", "on", "cents"),
    [
        ("USD", day(3), None),  # before the first rate
        ("USD", FRIDAY, 85),
        ("USD", day(6), 85),  # the week-end uses Friday's
        ("USD", day(7), 86),
        ("USD", day(14), 86),
        ("USD", day(15), None),  # older than a week says nothing
        ("EUR", day(15), 100),
        ("RUB", FRIDAY, None),
    ],
)
def test_the_latest_rate_of_at_most_a_week_is_used(currency: str, on: date, cents: int | None) -> None:
    rates = rate_table("EUR", [("USD", day(7), Decimal("0.86")), ("USD", FRIDAY, Decimal("0.85"))])
    assert convert_at(100, currency, on, rates) == cents


def marked_days() -> list[date]:
    return sorted(day for day in DirtyMark.objects.values_list("day", flat=True) if day)


@pytest.mark.django_db
def test_a_new_rate_marks_the_days_until_the_next_one() -> None:
    set_rate(day=day(7), currency="USD", rate=Decimal("0.86"))
    DirtyMark.objects.all().delete()
    set_rate(day=FRIDAY, currency="USD", rate=Decimal("0.85"), origin="bank")
    assert marked_days() == [FRIDAY, day(5), day(6)]


@pytest.mark.django_db
def test_the_same_rate_again_marks_nothing_and_another_marks_a_week() -> None:
    set_rate(day=FRIDAY, currency="USD", rate=Decimal("0.85"))
    DirtyMark.objects.all().delete()
    set_rate(day=FRIDAY, currency="USD", rate=Decimal("0.85"))
    assert marked_days() == []
    row = set_rate(day=FRIDAY, currency="USD", rate=Decimal("0.9"))
    assert marked_days() == [day(number) for number in range(4, 12)]
    drop_rate(row)
    assert DirtyMark.objects.count() == 16


@pytest.mark.django_db
def test_the_stored_rates_before_the_first_day_are_found_too() -> None:
    set_rate(day=FRIDAY, currency="USD", rate=Decimal("0.85"))
    assert rates_for({"USD", "EUR"}, day(6), day(6)).rate_on("USD", day(6)) == Decimal("0.85")
