from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from leadtrack.lib.money import to_cents
from leadtrack.lib.periods import Period
from leadtrack.spend.slices import Booking, batches
from leadtrack.spend.statement import Item, Line

FIRST = date(2025, 7, 1)
BRAND = Item(source="google", campaign="Brand")


def line(net: str, *, days: int = 1, item: Item = BRAND, currency: str = "EUR", clicks: int = 0) -> Line:
    return Line(
        1, item, Period(FIRST, FIRST + timedelta(days=days - 1)), currency, Decimal(net), clicks=clicks
    )


def test_a_period_is_spread_evenly_over_its_days_to_the_cent() -> None:
    booking = Booking()
    booking.add(line("100.00", days=3, clicks=10))
    booked = [slots[(BRAND, "EUR")] for _, slots in sorted(booking.days.items())]
    assert [amounts.net_cents for amounts in booked] == [3334, 3333, 3333]
    assert [amounts.clicks for amounts in booked] == [4, 3, 3]
    assert [amounts.lines for amounts in booked] == [1, 0, 0]


def test_lines_of_the_same_item_day_and_currency_add_up() -> None:
    booking = Booking()
    for net, currency in (("1.10", "EUR"), ("2.20", "EUR"), ("5.00", "USD")):
        booking.add(line(net, currency=currency))
    assert {slot[1]: amounts.net_cents for slot, amounts in booking.days[FIRST].items()} == {
        "EUR": 330,
        "USD": 500,
    }
    assert booking.totals() == {"EUR": 330, "USD": 500}


@given(st.lists(st.tuples(st.decimals(-1000, 1000, places=5), st.integers(1, 40)), max_size=40))
def test_the_days_sum_to_the_file_total_rounded_once(amounts: list[tuple[Decimal, int]]) -> None:
    booking = Booking()
    for net, days in amounts:
        booking.add(line(str(net), days=days))
    booked = sum(slot.net_cents for slots in booking.days.values() for slot in slots.values())
    assert booked == to_cents(sum((net for net, _ in amounts), Decimal(0))) == booking.totals().get("EUR", 0)


def test_batches_never_cut_a_day() -> None:
    sizes = {FIRST + timedelta(days=number): size for number, size in enumerate([3, 3, 9, 1, 1])}
    found = [[sizes[day] for day in batch] for batch in batches(sizes, lambda day: sizes[day], 6)]
    assert found == [[3, 3], [9], [1, 1]]
