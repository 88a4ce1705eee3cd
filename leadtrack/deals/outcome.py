"""What an outcome must be before it may be logged. Pure."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from babel.numbers import list_currencies
from django.utils.translation import gettext as _

# 10^13 cents: a hundred thousand million units; more is a slip of the finger, and sums stay far from 64 bits.
TOO_MUCH_CENTS = 10**13
FIRST_DAY = date(2000, 1, 1)
NOTE_LENGTH = 200


class OutcomeError(ValueError):
    """An outcome that cannot be logged: a translated sentence, and the field of the form it is about.

    Fields: amount, cost, currency, paid_on, note, reason, lost_on, status, to; empty for the whole deal.
    """

    def __init__(self, message: str, *, field: str = "", code: str = "invalid") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True)
class Payment:
    """Money as a person typed it; cents are hundredths of the currency's unit, both at least 0."""

    revenue_cents: int
    cost_cents: int
    currency: str
    paid_on: date
    note: str = ""


def check_payment(payment: Payment, *, today: date) -> None:
    """Raise OutcomeError for money that cannot be. `today` is the site's own day."""
    if payment.revenue_cents <= 0:
        raise OutcomeError(_("Enter an amount above zero."), field="amount")
    if payment.revenue_cents >= TOO_MUCH_CENTS:
        raise OutcomeError(_("This amount is too large."), field="amount")
    if not 0 <= payment.cost_cents < TOO_MUCH_CENTS:
        raise OutcomeError(_("Enter the cost of goods as zero or more, or leave it empty."), field="cost")
    if not is_currency(payment.currency):
        raise OutcomeError(_("Enter a currency as three letters, for example EUR."), field="currency")
    if len(payment.note) > NOTE_LENGTH:
        raise OutcomeError(_("Keep the note within 200 characters."), field="note")
    check_day(payment.paid_on, today=today, field="paid_on")


def check_day(day: date, *, today: date, field: str) -> None:
    """Raise OutcomeError for a day before 2000 or after the site's today."""
    if day < FIRST_DAY:
        raise OutcomeError(_("This day is before the year 2000."), field=field)
    if day > today:
        raise OutcomeError(_("This day is in the future."), field=field)


def check_refund(payment: Payment, *, paid_cents: int, cost_cents: int) -> None:
    """Raise OutcomeError when more would go back than came in (both net, in the refund's currency)."""
    if payment.revenue_cents > paid_cents:
        raise OutcomeError(_("A refund cannot be more than what was paid in this currency."), field="amount")
    if payment.cost_cents > max(cost_cents, 0):
        raise OutcomeError(_("More goods cannot come back than were sold."), field="cost")


def is_currency(code: str) -> bool:
    """Whether Babel (CLDR) knows the code, in capitals."""
    return code in _known_currencies()


@cache
def _known_currencies() -> frozenset[str]:
    return frozenset(list_currencies())
