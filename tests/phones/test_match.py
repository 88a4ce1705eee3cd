"""Whose a call is: by its number and the moment it rang."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from leadtrack.phones.assign import AssignmentError, assign_number, free_number, undo_assignment
from leadtrack.phones.begin import begin_call
from leadtrack.phones.match import match_call
from leadtrack.phones.models import Call, Lease, TrackedNumber
from leadtrack.phones.reclassify import _calls_of, call_step, follow_visits, pool_call_step
from leadtrack.sources import register
from leadtrack.sources.holders import Chunk
from leadtrack.sources.models import DirtyMark, Source
from leadtrack.visits.afterwards import MovedVisit
from leadtrack.visits.models import Site, Visit
from tests import make

pytestmark = pytest.mark.django_db
NOON = make.NOON
OURS, CALLER = "+15550100020", "+15550100010"
EMAIL = "https://shop.example/?utm_source=letter&utm_medium=email&utm_campaign=july"


@pytest.fixture
def site() -> Site:
    return make.site()


@pytest.fixture
def number(site: Site) -> TrackedNumber:
    """A number of a pool since the day before."""
    make.pool(OURS, since=NOON - timedelta(days=1), site=site)
    return TrackedNumber.objects.get()


def ago(minutes: float) -> datetime:
    return NOON - timedelta(minutes=minutes)


def visitor(site: Site, minutes: float, of: Source | None = None) -> Visit:
    """The visit of a new visitor, begun so many minutes before noon."""
    return make.visit(at=ago(minutes), on=site, of=of)


def rings(number: TrackedNumber, at: datetime = NOON, sid: str = "CA1", caller: str = CALLER) -> Call:
    return begin_call(account=number.account, number=number, sid=sid, started_at=at, caller=caller)


def shares(call: Call) -> list[tuple[int, int]]:
    return list(call.candidates.values_list("visit", "share_ppm"))


def whose(call: Call) -> tuple[Any, ...]:
    """Everything that matching writes."""
    call.refresh_from_db()
    rows = call.candidates.values_list("lease", "visit", "source", "share_ppm", "evidence")
    own = (call.source_id, call.assignment_id, call.match, call.visit_id, call.lease_id)
    return (*own, sorted(rows, key=repr))


def test_a_number_of_a_source_tells_that_source(number: TrackedNumber) -> None:
    poster = make.source(EMAIL)
    assignment = assign_number(number=number, source=poster, at=ago(30))
    call = rings(number)
    assert (call.match, call.source, call.assignment, call.visit) == ("static", poster, assignment, None)
    assert not call.candidates.exists()


def test_one_visitor_who_was_shown_the_number_is_the_caller(number: TrackedNumber, site: Site) -> None:
    visit = visitor(site, 20)
    lease = make.lease(number, visit, seen=ago(1))
    call = rings(number)
    assert (call.match, call.source, call.visit, call.lease) == ("visit", visit.source, visit, lease)
    assert shares(call) == [(visit.pk, 1_000_000)]
    assert call.candidates.get().evidence["seconds"] == 60


def test_several_visitors_are_candidates_and_nobody_is_forced(number: TrackedNumber, site: Site) -> None:
    gone, here = visitor(site, 55), visitor(site, 15)
    make.lease(number, gone, seen=ago(50))
    make.lease(number, here, seen=ago(0.5))
    call = rings(number)
    assert (call.match, call.source, call.visit) == ("ambiguous", register.unknown_source(), None)
    assert shares(call) == [(here.pk, 952_381), (gone.pk, 47_619)]


def test_nobody_who_was_shown_it_within_the_window_is_unknown(number: TrackedNumber, site: Site) -> None:
    make.lease(number, visitor(site, 100), seen=ago(60))
    call = rings(number)
    assert (call.match, call.source) == ("unknown", register.unknown_source())
    assert call.assignment is not None
    assert not call.candidates.exists()


def test_who_was_shown_it_only_after_the_call_is_nobody(number: TrackedNumber, site: Site) -> None:
    make.lease(number, visitor(site, 10))
    assert rings(number, at=ago(11)).match == "unknown"


def test_the_window_is_the_pools(number: TrackedNumber, site: Site) -> None:
    make.lease(number, visitor(site, 100), seen=ago(60))
    number.assignments.get().pool.__class__.objects.update(window_seconds=2 * 3600)
    assert rings(number).match == "visit"


def test_a_lease_from_long_before_the_window_may_still_be_looked_at(
    number: TrackedNumber, site: Site
) -> None:
    visit = visitor(site, 600)
    make.lease(number, visit, seen=ago(2))
    assert rings(number).visit == visit


def test_a_visitor_who_came_again_is_the_visit_of_that_moment(number: TrackedNumber, site: Site) -> None:
    first = visitor(site, 50)
    later = make.visit(at=NOON + timedelta(hours=1), visitor=first.visitor)
    make.lease(number, later, at=first.started_at, seen=NOON + timedelta(hours=1))
    assert rings(number).visit == first


def test_a_visitor_who_called_before_is_the_likeliest(number: TrackedNumber, site: Site) -> None:
    known, other = visitor(site, 58), visitor(site, 20)
    make.lease(number, known, seen=ago(50))
    assert rings(number, at=ago(49), sid="CA0").visit == known
    make.lease(number, other, seen=ago(1))
    found = match_call(number=number, moment=NOON, caller=CALLER)
    assert found.match == "ambiguous"
    assert found.candidates[0].visit == known
    assert found.candidates[0].candidate.evidence["called_before"]
    stranger = match_call(number=number, moment=NOON, caller="+15550100011")
    assert stranger.candidates[0].visit == other
    hidden = match_call(number=number, moment=NOON, caller="")
    assert [one.share_ppm for one in hidden.candidates] == [one.share_ppm for one in stranger.candidates]


def test_matching_costs_a_few_queries_however_long_the_history(
    number: TrackedNumber, site: Site, django_assert_max_num_queries: Any
) -> None:
    for minutes in range(2000, 20, -20):
        make.lease(number, visitor(site, minutes), seen=ago(minutes - 1))
    register.unknown_source()
    with django_assert_max_num_queries(5):
        found = match_call(number=number, moment=NOON, caller=CALLER)
    assert len(found.candidates) == 2


def test_undoing_an_assignment_gives_every_call_back_exactly_what_it_had(
    number: TrackedNumber, site: Site
) -> None:
    make.lease(number, visitor(site, 55), seen=ago(50))
    one = rings(number, at=ago(40), sid="CA1")
    make.lease(number, visitor(site, 25), seen=ago(2))
    several = rings(number, sid="CA2")
    before = whose(one), whose(several)
    assert (one.match, several.match) == ("visit", "ambiguous")
    assignment = assign_number(number=number, source=make.source(EMAIL), at=ago(45))
    assert whose(one)[0] == whose(several)[0] == make.source(EMAIL).pk
    assert not several.candidates.exists()
    undo_assignment(assignment=assignment)
    assert (whose(one), whose(several)) == before


def test_calls_since_a_number_was_freed_are_unknown(number: TrackedNumber, site: Site) -> None:
    make.lease(number, visitor(site, 25), seen=ago(2))
    call = rings(number)
    free_number(number=number, at=ago(1))
    assert whose(call)[:4] == (register.unknown_source().pk, None, "unknown", None)


def test_a_number_that_leaves_its_pool_is_held_by_nobody(number: TrackedNumber, site: Site) -> None:
    lease = make.lease(number, visitor(site, 5), closed_at=None)
    assign_number(number=number, source=make.source(EMAIL), at=ago(1))
    assert Lease.objects.get(pk=lease.pk).closed_at is not None


def test_a_number_moves_from_pool_to_pool_and_its_open_pages_still_tell(
    number: TrackedNumber, site: Site
) -> None:
    visit = visitor(site, 20)
    make.lease(number, visit, seen=ago(5))
    other = make.pool(site=site, name="Other")
    assign_number(number=number, pool=other, at=ago(3))
    call = rings(number)
    assert (call.match, call.visit, call.assignment and call.assignment.pool) == ("visit", visit, other)


def test_a_pool_of_another_site_takes_no_number(number: TrackedNumber) -> None:
    with pytest.raises(AssignmentError, match="another site"):
        assign_number(number=number, pool=make.pool(name="Far"), at=NOON)


def test_a_call_follows_its_visit_when_history_is_read_again(number: TrackedNumber, site: Site) -> None:
    visit = visitor(site, 20)
    make.lease(number, visit, seen=ago(5))
    call = rings(number)
    DirtyMark.objects.all().delete()
    now = make.source(EMAIL)
    follow_visits([_moved(visit, now)])
    call.refresh_from_db()
    assert (call.source, call.candidates.get().source) == (now, now)
    assert call.day in set(DirtyMark.objects.values_list("day", flat=True))


def test_candidates_follow_their_visits_too(number: TrackedNumber, site: Site) -> None:
    first, second = visitor(site, 55), visitor(site, 15)
    make.lease(number, first, seen=ago(50))
    make.lease(number, second, seen=ago(1))
    call = rings(number)
    follow_visits([_moved(first, make.source(EMAIL))])
    call.refresh_from_db()
    assert (call.match, call.source) == ("ambiguous", register.unknown_source())
    assert set(call.candidates.values_list("source__channel", flat=True)) == {"Email", "Paid Search"}


def test_calls_of_visitors_are_counted_apart_from_those_of_numbers(number: TrackedNumber, site: Site) -> None:
    make.lease(number, visitor(site, 20, make.source(EMAIL)), seen=ago(5))
    rings(number)
    told: list[Chunk] = []
    assert pool_call_step(0, told.append)
    assert not call_step(0, told.append)
    assert (told[0].size, told[0].before) == (1, {"Email": 1})


def _moved(visit: Visit, to: Source) -> MovedVisit:
    return MovedVisit(visit.pk, visit.visitor_id, was_id=visit.source_id, source_id=to.pk, rule="own:1")


def test_calls_of_moved_visits_are_found_by_index(site, number):
    plan = _calls_of([1, 2]).select_related("source").order_by("pk").explain()
    assert connection.vendor != "sqlite" or "SCAN leadtrack_phones_call" not in plan
