"""Pages looked at without consent: counted per site and day, and nothing else is known of them."""

from datetime import date, datetime
from typing import Final

from django.db import connection
from django.db.models import Case, F, Sum, Value, When

from leadtrack.lib.periods import local_day
from leadtrack.visits.models import ConsentDay, Site, Visit

_DAYS: Final = ConsentDay._meta.db_table
_COUNT: Final = f"""
    INSERT INTO {_DAYS} (site_id, day, page_count) VALUES (%s, %s, %s)
    ON CONFLICT (site_id, day) DO UPDATE SET page_count = {_DAYS}.page_count + excluded.page_count
"""  # noqa: S608


def is_required(site: Site) -> bool:
    """Whether visitors of the site are known only after they consented."""
    return site.consent == Site.Consent.REQUIRED


def count_without(*, site: Site, pages: int, at: datetime) -> None:
    """So many pages were looked at without consent. `at` is UTC; the day is the site's."""
    day = connection.ops.adapt_datefield_value(local_day(at, site.tz))
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [site.pk, day, pages])


def uncount(*, site: Site, pages: int, at: datetime) -> None:
    """Consent came after these pages had been counted: they are recorded now, and no longer without it."""
    left = Case(When(page_count__gt=pages, then=F("page_count") - pages), default=Value(0))
    ConsentDay.objects.filter(site=site, day=local_day(at, site.tz)).update(page_count=left)


def share_without_consent(site: Site, first: date, last: date) -> float | None:
    """Of all pages looked at on these days (both included), the share without consent, 0 to 1.

    None where the site does not ask for consent or nobody came. A visit's pages belong to the day it began.
    """
    if not is_required(site):
        return None
    days = ConsentDay.objects.filter(site=site, day__range=(first, last))
    without = days.aggregate(pages=Sum("page_count"))["pages"] or 0
    visits = Visit.objects.filter(site=site, day__range=(first, last))
    known = visits.aggregate(pages=Sum("page_count"))["pages"] or 0
    return without / (without + known) if without + known else None
