"""Pools as the beacon knows them: asked for by every page with a number, so remembered for half a minute."""

import time
from datetime import timedelta
from functools import lru_cache
from typing import Final

import phonenumbers

from leadtrack.phones.models import Pool
from leadtrack.phones.pool import PoolRule
from leadtrack.visits.goal_pattern import Pattern, PatternError, read_pattern
from leadtrack.visits.models import Site

LIFE_SECONDS: Final = 30
_FORMATS: Final = {
    Pool.Format.PAGE.value: phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    Pool.Format.INTERNATIONAL.value: phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    Pool.Format.NATIONAL.value: phonenumbers.PhoneNumberFormat.NATIONAL,
}

# site id -> (moment to forget them, its open pools in their order)
_pools: dict[int, tuple[float, tuple[PoolRule, ...]]] = {}


def pools_of(site: Site) -> tuple[PoolRule, ...]:
    """The open pools of a site in their order, as they were at most half a minute ago."""
    remembered = _pools.get(site.pk)
    if remembered and remembered[0] > time.monotonic():
        return remembered[1]
    rows = Pool.objects.filter(site=site, is_active=True, retired_at=None).order_by("position", "pk")
    found = tuple(map(rule_of, rows))
    _pools[site.pk] = (time.monotonic() + LIFE_SECONDS, found)
    return found


def rule_of(pool: Pool) -> PoolRule:
    """A pool as it decides. One whose landing page nobody can read as an address is for nobody."""
    landing, is_readable = _landing(pool.landing)
    return PoolRule(
        id=pool.pk,
        position=pool.position,
        replaces=frozenset(pool.replaces),
        hold=timedelta(seconds=pool.hold_seconds),
        cooldown=timedelta(seconds=pool.cooldown_seconds),
        selector=pool.selector,
        fallback=str(pool.fallback or ""),
        shown_as=pool.shown_as,
        is_open=pool.is_active and pool.retired_at is None and is_readable,
        channels=frozenset(map(str.casefold, pool.channels)),
        sources=frozenset(map(str.casefold, pool.sources)),
        landing=landing,
    )


def forget() -> None:
    """Look every pool up anew, in this process: somebody has just changed one."""
    _pools.clear()


@lru_cache(maxsize=4096)
def written(number: str, asked: str, shown_as: str) -> str:
    """How a number (E.164) is written in place of the asked one; "" where the page's own manner fits it.

    It does where both are of one country and as long: then each digit has its place.
    """
    try:
        there, here = phonenumbers.parse(asked), phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    is_alike = there.country_code == here.country_code and len(asked) == len(number)
    if shown_as == Pool.Format.PAGE and is_alike:
        return ""
    return phonenumbers.format_number(here, _FORMATS[shown_as])


def _landing(text: str) -> tuple[Pattern | None, bool]:
    try:
        return (read_pattern(text) if text.strip() else None), True
    except PatternError:
        return None, False
