"""Which currency codes exist. The list is Babel's (Unicode CLDR), the outdated ones included."""

from functools import cache

from babel.numbers import list_currencies
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


@cache
def known_currencies() -> frozenset[str]:
    """Every ISO 4217 code that is or was in use."""
    return frozenset(list_currencies())


def validate_currency(code: str) -> None:
    """Raises ValidationError for anything but a known code in capitals."""
    if code not in known_currencies():
        raise ValidationError(_("“%(value)s” is not a currency code.") % {"value": code})
