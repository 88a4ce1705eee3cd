"""What other rooms ask of the stored spend."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings

from leadtrack.spend.models import Rate
from leadtrack.spend.rates import LONGEST_HOLD, RateTable, rate_table


def rates_for(currencies: Iterable[str], first: date, last: date) -> RateTable:
    """All rates to the reporting currency that days from first to last may need."""
    base = settings.LEADTRACK_CURRENCY
    wanted = set(currencies) - {base}
    found = Rate.objects.filter(currency__in=wanted, day__gte=first - LONGEST_HOLD, day__lte=last)
    return rate_table(base, found.values_list("currency", "day", "rate")) if wanted else rate_table(base, ())
