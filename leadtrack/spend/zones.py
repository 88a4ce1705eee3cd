"""Which time zones exist."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


@cache
def known_zones() -> frozenset[str]:
    """Every name of the time zone database of this machine."""
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    """Raises ValidationError for a name that the time zone database does not know."""
    if name not in known_zones():
        raise ValidationError(_("“%(value)s” is not a time zone.") % {"value": name})
