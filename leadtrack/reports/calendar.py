"""Which day it is for a reader of the report."""

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from leadtrack.lib.periods import local_day
from leadtrack.visits.models import Site


def today() -> date:
    """The latest day that any site has reached: a lead that came a minute ago is never "tomorrow"."""
    now = timezone.now()
    zones = Site.objects.order_by().values_list("time_zone", flat=True).distinct()
    return max((local_day(now, ZoneInfo(zone)) for zone in zones), default=timezone.localdate(now))
