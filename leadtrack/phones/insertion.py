"""Which numbers the snippet looks for on the pages of a site, in every manner that pages write them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import phonenumbers

from leadtrack.phones.pools import pools_of
from leadtrack.visits.models import Site

# The mark of a place whose number stands in several pieces; always there, so that the selector is one.
PLACE: Final = "[data-lt-number]"
_QUOTED: Final = re.compile(r""" "[^"\\]*" | '[^'\\]*' """, re.VERBOSE)
# Without country code and trunk prefix a shorter number could be anything.
_SHORTEST_BARE: Final = 9

# Digits as a page may write them, the number in E.164, how many of the digits are the national number.
Variant = tuple[str, str, int]


def page_numbers(site: Site) -> dict[str, Any] | None:
    """What the snippet knows of a site's own numbers; None where no pool takes the place of any.

    `numbers`: variants, the longest first. `places`: a selector of what is read as one text. Asks the
    database nothing for half a minute.
    """
    pools = [pool for pool in pools_of(site) if pool.is_open]
    asked = sorted({number for pool in pools for number in pool.replaces})
    found = {variant[0]: variant for number in reversed(asked) for variant in variants(number)}
    if not found:
        return None
    selectors = dict.fromkeys(pool.selector for pool in pools if is_selector(pool.selector))
    return {
        "numbers": sorted(found.values(), key=lambda variant: (-len(variant[0]), variant)),
        # Within :is() browsers leave out the selectors that they do not understand.
        "places": f":is({', '.join([PLACE, *selectors])})",
    }


@lru_cache(maxsize=4096)
def variants(number: str) -> tuple[Variant, ...]:
    """Every way to write the number (E.164) in digits alone; none for what is no number.

    With country code, with 00 or the trunk prefix before it or after it, and bare where that is long enough.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ()
    national = phonenumbers.national_significant_number(parsed)
    return tuple((digits, number, len(national)) for digits in dict.fromkeys(_written(parsed, national)))


def is_selector(text: str) -> bool:
    """Whether a CSS selector cannot reach outside of the brackets it is put into: its own are closed."""
    depth = 0
    for sign in _QUOTED.sub("", text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if depth < 0 or not sign.isprintable() or sign in "\"'\\{}":
            return False
    return bool(text.strip()) and depth == 0


def _written(parsed: phonenumbers.PhoneNumber, national: str) -> Iterator[str]:
    country = str(parsed.country_code)
    dialled = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    at_home = phonenumbers.normalize_digits_only(dialled)
    yield country + national
    yield f"00{country}{national}"
    if at_home.endswith(national):
        yield at_home
        yield country + at_home
    if len(national) >= _SHORTEST_BARE:
        yield national
