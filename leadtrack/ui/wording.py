"""Figures and moments as people read them, in the language of the page."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_timedelta
from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language, to_locale

DASH = "—"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def money(cents: int | None, currency: str) -> str:
    """Hundredths of the currency unit (also for yen: domain rule) with two decimals; a dash for no value."""
    if cents is None:
        return DASH
    amount = Decimal(int(cents)).scaleb(-2)
    if not currency:
        return format_decimal(amount, format="#,##0.00", locale=page_locale())
    return format_currency(amount, currency, locale=page_locale(), currency_digits=False)


def count(number: Decimal | int | float | None, decimals: int = 2) -> str:
    """A count with its thousands apart, and at most so many decimals where it is a share."""
    if number is None:
        return DASH
    return format_decimal(number, format=f"#,##0.{'#' * decimals}", locale=page_locale())


def percent(fraction: Decimal | None) -> str:
    """A fraction with one decimal; a dash for no value."""
    if fraction is None:
        return DASH
    figure = format_decimal(fraction * 100, format="#,##0.0", locale=page_locale())
    return f"{figure}{NO_BREAK_SPACE}%"


def distance(delta: timedelta) -> str:
    """ "2 hours ago" or "in 3 days"."""
    return format_timedelta(delta, add_direction=True, locale=page_locale())


def day(when: date) -> str:
    """A day with its month in letters, so that nobody takes the month for the day."""
    return format_skeleton("yMMMd", when, locale=page_locale())


def moment(local: datetime) -> str:
    """Date and time, to the minute, of a moment that is already in the reader's time zone."""
    clock = format_skeleton("Hm", local, tzinfo=local.tzinfo, locale=page_locale())
    return f"{day(local.date())}, {clock}"


def page_locale() -> Locale:
    """Babel's locale for the active language; English where Babel knows no such language."""
    try:
        return Locale.parse(to_locale(get_language() or "en"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")
