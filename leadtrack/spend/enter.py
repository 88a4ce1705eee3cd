"""Entering what no statement brings: currency rates."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from leadtrack.lib.periods import days_between
from leadtrack.sources.dirty import mark_days
from leadtrack.spend.models import Rate
from leadtrack.spend.rates import LONGEST_HOLD
from leadtrack.spend.statement.dates import FIRST_YEAR, LAST_YEAR


def validate_rate_day(day: date) -> None:
    """Raises ValidationError for a day on which nothing can have been paid: a slip of the finger."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("Write a day between the years %(first)s and %(last)s.")
            % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )


@transaction.atomic
def set_rate(*, day: date, currency: str, rate: Decimal, origin: str = "") -> Rate:
    """Say what one unit of the currency was worth that day in the reporting currency.

    Asks for every day that uses the rate to be booked again; the same rate again asks for nothing.
    """
    known = Rate.objects.filter(day=day, currency=currency).first()
    if known is not None and known.rate == rate:
        return known
    row, _is_new = Rate.objects.update_or_create(
        day=day, currency=currency, defaults={"rate": rate, "origin": origin}
    )
    mark_days(_days_of(row))
    return row


@transaction.atomic
def drop_rate(rate: Rate) -> None:
    """Take a rate back; its days are booked again with the rate before it, if that is not too old."""
    days = list(_days_of(rate))
    rate.delete()
    mark_days(days)


def _days_of(rate: Rate) -> Iterator[date]:
    """The days converted by this rate: until the next one, a week at most."""
    last = rate.day + LONGEST_HOLD
    following = (
        Rate.objects.filter(currency=rate.currency, day__gt=rate.day, day__lte=last).order_by("day").first()
    )
    yield from (day for day in days_between(rate.day, last) if following is None or day < following.day)
