"""domain.md 2: 30 minutes of silence end a visit, a new non-direct marker starts one, midnight does not."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from leadtrack.sources.models import DirtyMark, Source
from leadtrack.visits import rows
from leadtrack.visits.models import Site, Visit, Visitor
from leadtrack.visits.track import record_visit, visit_of
from tests import make

pytestmark = pytest.mark.django_db

KEY = "0123456789abcdef0123456789abcdef"
PLAIN = ("https://shop.example/", "")
INSIDE = ("https://shop.example/cart", "https://shop.example/")
AD = ("https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand", "https://www.google.com/")
OTHER_AD = ("https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=sale", "")
SEARCH = ("https://shop.example/", "https://www.google.com/")


def see(site: Site, page: tuple[str, str], minute: float, key: str = KEY) -> Visit:
    at = make.NOON + timedelta(minutes=minute)
    return record_visit(site=site, visitor_key=key, url=page[0], referrer=page[1], at=at)


@pytest.mark.parametrize(
    ("pages", "visits"),
    [
        ([(PLAIN, 0)], [1]),
        ([(PLAIN, 0), (INSIDE, 29)], [2]),
        ([(PLAIN, 0), (INSIDE, 30)], [2]),
        ([(PLAIN, 0), (INSIDE, 30.1)], [1, 1]),
        # Silence is counted from the last page, not from the first.
        ([(PLAIN, 0), (INSIDE, 20), (INSIDE, 40), (INSIDE, 60)], [4]),
        ([(PLAIN, 0), (AD, 1)], [1, 1]),
        ([(AD, 0), (PLAIN, 1)], [2]),
        ([(AD, 0), (INSIDE, 1), (PLAIN, 2)], [3]),
        # The landing page once more is no new marker; another campaign or way here is.
        ([(AD, 0), (AD, 5)], [2]),
        ([(AD, 0), (OTHER_AD, 5)], [1, 1]),
        ([(AD, 0), (SEARCH, 5)], [1, 1]),
        ([(AD, 0), (OTHER_AD, 5), (PLAIN, 10)], [1, 2]),
        ([(AD, 0), (AD, 31)], [1, 1]),
    ],
)
def test_visits_are_told_apart(pages: list[tuple[tuple[str, str], float]], visits: list[int]) -> None:
    site = make.site()
    for page, minute in pages:
        see(site, page, minute)
    assert list(Visit.objects.order_by("started_at").values_list("page_count", flat=True)) == visits
    assert Visitor.objects.count() == 1


def test_midnight_does_not_end_a_visit_and_its_day_is_the_sites() -> None:
    site = make.site(time_zone="Asia/Vladivostok")  # UTC+10
    before = datetime(2026, 3, 10, 13, 59, tzinfo=UTC)
    first = record_visit(site=site, visitor_key=KEY, url=PLAIN[0], referrer="", at=before)
    again = record_visit(
        site=site, visitor_key=KEY, url=INSIDE[0], referrer=INSIDE[1], at=before + timedelta(minutes=5)
    )
    assert first.day == date(2026, 3, 10)
    assert again.pk == first.pk
    later = record_visit(
        site=site, visitor_key=KEY, url=PLAIN[0], referrer="", at=before + timedelta(hours=2)
    )
    assert later.day == date(2026, 3, 11)


def test_a_visit_keeps_its_source_rule_and_raw_addresses() -> None:
    visit = see(make.site(), AD, 0)
    visit.refresh_from_db()
    assert (visit.source.channel, visit.source.source, visit.source.campaign) == (
        "Paid Search",
        "google",
        "brand",
    )
    assert visit.source.has_touches
    assert visit.rule
    assert (visit.landing_url, visit.referrer) == AD


def test_own_pages_are_no_source() -> None:
    site = make.site(origin="https://www.shop.example")
    visit = see(site, ("https://www.shop.example/cart", "https://www.shop.example/"), 0)
    assert visit.source.channel == "Direct"


def test_only_a_new_visit_marks_its_day() -> None:
    site = make.site()
    see(site, PLAIN, 0)
    see(site, INSIDE, 1)
    assert list(DirtyMark.objects.values_list("day", flat=True)) == [make.NOON.date()]


def test_late_news_of_a_page_counts_within_its_visit() -> None:
    site = make.site()
    see(site, AD, 0)
    see(site, INSIDE, 20)
    visit = see(site, INSIDE, 10)
    visit.refresh_from_db()
    assert Visit.objects.count() == 1
    assert visit.page_count == 3
    assert visit.last_seen_at == make.NOON + timedelta(minutes=20)


def test_late_news_of_the_first_page_moves_the_beginning() -> None:
    site = make.site()
    second = see(site, AD, 10)
    see(site, AD, 0)
    second.refresh_from_db()
    assert Visit.objects.count() == 1
    assert second.started_at == make.NOON
    assert second.last_seen_at == make.NOON + timedelta(minutes=10)
    assert second.page_count == 2


def test_late_news_of_the_first_page_may_move_the_day() -> None:
    site = make.site()
    midnight = datetime(2026, 3, 11, tzinfo=UTC)
    record_visit(site=site, visitor_key=KEY, url=PLAIN[0], referrer="", at=midnight)
    DirtyMark.objects.all().delete()
    early = midnight - timedelta(minutes=5)
    visit = record_visit(site=site, visitor_key=KEY, url=PLAIN[0], referrer="", at=early)
    assert Visit.objects.get().day == visit.day == date(2026, 3, 10)
    assert set(DirtyMark.objects.values_list("day", flat=True)) == {date(2026, 3, 10), date(2026, 3, 11)}


def test_late_news_with_another_marker_is_a_visit_of_its_own() -> None:
    site = make.site()
    see(site, AD, 10)
    early = see(site, SEARCH, 0)
    assert Visit.objects.count() == 2
    assert early.page_count == 1


def test_browsers_and_sites_are_kept_apart() -> None:
    first, second = make.site(), make.site(origin="https://other.example")
    see(first, PLAIN, 0)
    see(second, PLAIN, 0)
    see(first, PLAIN, 1, key="fedcba9876543210")
    assert Visit.objects.count() == Visitor.objects.count() == 3


HOSTILE = [
    "",
    "\0\0",
    "https://shop.example/?utm_source=a\0b",
    "\ud800\udfff lone \ud800",
    "https://shop.example/?utm_source=" + "я" * 5000,
    "javascript:alert(1)",
    "https://[::1",
    "https://user:pass@host:99999999/%ff%fe?utm_source=%00%ff",
    "\u202e<script>=cmd|' /C calc'!A0",
    "http://" + "a." * 3000,
    "?" + "&".join(f"utm_source={n}" for n in range(3000)),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_it_takes_any_text(text: str) -> None:
    site = make.site()
    visit = record_visit(site=site, visitor_key=KEY, url=text, referrer=text, at=make.NOON)
    visit.refresh_from_db()
    assert "\0" not in visit.landing_url + visit.referrer
    assert len(visit.landing_url) <= 2048
    assert len(visit.referrer) <= 2048
    assert visit_of(site=site, visitor_key=KEY, at=make.NOON) == visit


@pytest.mark.parametrize("key", ["", "a\0b", "\ud800", "k" * 5000])
def test_it_takes_any_visitor_key(key: str) -> None:
    site = make.site()
    visit = record_visit(site=site, visitor_key=key, url="", referrer="", at=make.NOON)
    assert visit_of(site=site, visitor_key=key, at=make.NOON) == visit


def test_visit_of_is_the_latest_one_begun_by_then() -> None:
    site = make.site()
    first, second = see(site, AD, 0), see(site, OTHER_AD, 60)

    def of(minute: float) -> Visit | None:
        return visit_of(site=site, visitor_key=KEY, at=make.NOON + timedelta(minutes=minute))

    assert of(-1) is None
    assert of(0) == of(59) == first
    assert of(60) == of(6000) == second
    # A form sent in the first second may overtake the beacon of its page.
    assert of(60 - 4 / 60) == second
    assert of(60 - 6 / 60) == first
    assert visit_of(site=site, visitor_key="somebody-else", at=make.NOON) is None
    assert visit_of(site=make.site(), visitor_key=KEY, at=make.NOON) is None


def test_a_page_of_a_running_visit_costs_one_statement_or_two(
    django_assert_num_queries, django_capture_on_commit_callbacks
) -> None:
    site = make.site()
    with django_capture_on_commit_callbacks(execute=True):
        see(site, PLAIN, 0)
    # SQLite has no statement that reads and writes: visitor with visit, one update.
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 2):
        see(site, INSIDE, 1)


def test_the_first_page_of_a_browser_is_one_statement_on_postgresql(
    django_assert_num_queries, django_capture_on_commit_callbacks
) -> None:
    site = make.site()
    with django_capture_on_commit_callbacks(execute=True):
        see(site, PLAIN, 0)
    if connection.vendor == "postgresql":
        with django_assert_num_queries(1):
            see(site, PLAIN, 0, key="another-browser")
        assert DirtyMark.objects.count() == 2


def test_another_beacon_may_be_first_to_make_the_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a loser of the race sees: no visitor when it looked, a taken key when it wrote."""
    site = make.site()
    see(site, PLAIN, 0)
    look, looks = rows.look, []

    def nobody_yet(**wanted: object) -> rows.Known | None:
        looks.append(wanted)
        return look(**wanted) if len(looks) > 1 else None

    monkeypatch.setattr(rows, "usual", lambda *_page, **_of: None)
    monkeypatch.setattr(rows, "look", nobody_yet)
    see(site, INSIDE, 1)
    assert Visitor.objects.count() == Visit.objects.count() == 1
    assert Visit.objects.get().page_count == len(looks) == 2
    assert Source.objects.count() == 1
