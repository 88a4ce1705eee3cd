"""Recording what a browser did on a site."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from django.db import transaction

from leadtrack.lib.periods import local_day
from leadtrack.sources.dirty import mark_days
from leadtrack.sources.marker import Marker, parse_marker
from leadtrack.sources.register import place_of
from leadtrack.visits import rows, stay
from leadtrack.visits.models import Site, Visit, Visitor
from leadtrack.visits.sites import own_hosts

URL_LENGTH: Final = 2048
KEY_LENGTH: Final = 64
# A form sent at once may overtake the news of its own page view, but credit must not reach back in time.
OVERTAKING: Final = timedelta(seconds=5)
_NOBODY_YET: Final = 0


@dataclass(frozen=True, slots=True)
class _Page:
    """One page view, cleaned, with what its marker says."""

    url: str
    referrer: str
    source_id: int
    rule: str
    is_direct: bool


def record_visit(*, site: Site, visitor_key: str, url: str, referrer: str, at: datetime) -> Visit:
    """One page view at a moment (UTC, also of the past): it continues the visit of that moment or starts one.

    Total: any strings in, never raises for what they hold. Safe among beacons of the same visitor at once.
    A visit that is new, or begins earlier than was known, has its days marked for booking.
    """
    page = _read_page(site, url, referrer)
    key = _storable(visitor_key, KEY_LENGTH)
    if done := rows.usual(_fresh(site, _NOBODY_YET, page, at), key=key, is_direct=page.is_direct):
        return done
    known = rows.look(site_id=site.pk, key=key, at=at)
    if known is None:
        return _first_visit(site, key, page, at)
    if known.visit and stay.goes_on(known.visit, with_page=page, at=at):
        return _see_again(known.visit, at)
    return _later_visit(site, key, page, at)


def begin_visit(*, site: Site, visitor_key: str, url: str, referrer: str, at: datetime) -> Visit:
    """The visit of something that happened on a page before the news of that page came, or without it.

    As `record_visit`, but the page is counted only when its own news comes.
    """
    visit = record_visit(site=site, visitor_key=visitor_key, url=url, referrer=referrer, at=at)
    rows.uncount_page(visit.pk)
    visit.page_count -= 1
    return visit


def visit_of(*, site: Site, visitor_key: str, at: datetime) -> Visit | None:
    """The latest visit of this browser that had begun at the moment (5 seconds of grace), if any."""
    known = rows.look(site_id=site.pk, key=_storable(visitor_key, KEY_LENGTH), at=at + OVERTAKING)
    return known.visit if known else None


def stay_until(visit: Visit, at: datetime) -> None:
    """Its reader was still there at the moment (UTC), unless the visit had ended in silence by then."""
    if visit.last_seen_at < at <= visit.last_seen_at + stay.SILENCE:
        rows.stay_until(visit.pk, at)
        visit.last_seen_at = at


def _read_page(site: Site, url: str, referrer: str) -> _Page:
    # Cut before reading, so that history classified again from the stored columns says the same.
    url, referrer = _storable(url, URL_LENGTH), _storable(referrer, URL_LENGTH)
    marker = _marker_at(url, referrer, own_hosts(site))
    place = place_of(marker)
    return _Page(url, referrer, place.source_id, place.rule, marker.is_direct)


@lru_cache(maxsize=1024)
def _marker_at(url: str, referrer: str, own_hosts: frozenset[str]) -> Marker:
    """Pages are few, their readers many."""
    return parse_marker(url, referrer, own_hosts=own_hosts)


def _storable(text: str, length: int) -> str:
    """What a database takes: no NUL, no half of a surrogate pair, no longer than the column."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:length]


def _first_visit(site: Site, key: str, page: _Page, at: datetime) -> Visit:
    """Visitor and visit together; another beacon may have made the same visitor just now."""
    with transaction.atomic(savepoint=False):
        visitor_id = rows.meet(site_id=site.pk, key=key, at=at)
        if visitor_id is None:
            return _later_visit(site, key, page, at)
        return rows.start(_fresh(site, visitor_id, page, at))


def _later_visit(site: Site, key: str, page: _Page, at: datetime) -> Visit:
    """Look once more with the visitor's row locked: two beacons at once must not start two visits."""
    with transaction.atomic(savepoint=False):
        rows.lock(site_id=site.pk, key=key)
        known = rows.look(site_id=site.pk, key=key, at=at)
        if known is None:
            raise Visitor.DoesNotExist
        if known.visit and stay.goes_on(known.visit, with_page=page, at=at):
            return _see_again(known.visit, at)
        following = rows.next_visit(visitor_id=known.visitor_id, after=at, until=at + stay.SILENCE)
        if following and stay.began_earlier(following, with_page=page, at=at):
            return _begin_earlier(following, page, at)
        return rows.start(_fresh(site, known.visitor_id, page, at))


def _fresh(site: Site, visitor_id: int, page: _Page, at: datetime) -> Visit:
    return Visit(
        site=site,
        visitor_id=visitor_id,
        source_id=page.source_id,
        started_at=at,
        last_seen_at=at,
        day=local_day(at, site.tz),
        landing_url=page.url,
        referrer=page.referrer,
        rule=page.rule,
    )


def _see_again(visit: Visit, at: datetime) -> Visit:
    rows.see_again(visit.pk, at)
    visit.page_count += 1
    visit.last_seen_at = max(visit.last_seen_at, at)
    return visit


def _begin_earlier(visit: Visit, page: _Page, at: datetime) -> Visit:
    """The true first page of a visit became known after its second."""
    days = [visit.day, local_day(at, visit.site.tz)]
    visit.started_at, visit.day = at, days[1]
    visit.landing_url, visit.referrer, visit.rule = page.url, page.referrer, page.rule
    visit.page_count += 1
    visit.save(update_fields=["started_at", "day", "landing_url", "referrer", "rule", "page_count"])
    mark_days(days)
    return visit
