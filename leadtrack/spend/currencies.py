"""Which currency codes exist. The list is Babel's (Unicode CLDR), the outdated ones included."""

from functools import cache

from babel.numbers import list_currencies


@cache
def known_currencies() -> frozenset[str]:
    """Every ISO 4217 code that is or was in use."""
    return frozenset(list_currencies())
