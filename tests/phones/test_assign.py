from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.db import IntegrityError, transaction
from django.utils import timezone

from leadtrack.phones import afterwards
from leadtrack.phones.assign import AssignmentError, assign_number, source_at, undo_assignment
from leadtrack.phones.models import Assignment, Call, ListedCaller, OptOut, TrackedNumber
from leadtrack.sources import register
from leadtrack.sources.models import DirtyMark, Source
from tests import make

pytestmark = pytest.mark.django_db
MARCH = make.NOON
HOUR = timedelta(hours=1)


def ad(name: str) -> Source:
    return register.assigned_source(channel="Offline", source="billboard", medium="outdoor", campaign=name)


def call(number: TrackedNumber, at, sid: str = "CA1") -> Call:
    source, assignment = source_at(number, at)
    return Call.objects.create(
        account=number.account,
        number=number,
        sid=sid,
        source=source,
        assignment=assignment,
        started_at=at,
        day=at.date(),
    )


@pytest.fixture
def number() -> TrackedNumber:
    return make.number()


def test_a_number_nobody_assigned_is_of_the_unknown_source(number):
    assert source_at(number, MARCH) == (register.unknown_source(), None)


def test_each_moment_has_the_owner_of_that_moment(number):
    first = assign_number(number=number, source=ad("North"), at=MARCH)
    second = assign_number(number=number, source=ad("South"), at=MARCH + HOUR)
    first.refresh_from_db()
    assert first.ends_at == second.starts_at
    assert source_at(number, MARCH - timedelta(microseconds=1)) == (register.unknown_source(), None)
    assert source_at(number, MARCH) == (ad("North"), first)
    assert source_at(number, MARCH + HOUR - timedelta(microseconds=1)) == (ad("North"), first)
    assert source_at(number, MARCH + HOUR) == (ad("South"), second)


def test_the_past_before_the_present_assignment_is_closed(number):
    assign_number(number=number, source=ad("North"), at=MARCH)
    for moment in (MARCH, MARCH - HOUR):
        with pytest.raises(
            AssignmentError, match="belongs to “Offline / billboard / North” since 2026-03-10 12:00"
        ):
            assign_number(number=number, source=ad("South"), at=moment)
    assert Assignment.objects.count() == 1


def test_an_assignment_cannot_begin_in_the_future(number):
    with pytest.raises(AssignmentError, match="future"):
        assign_number(number=number, source=ad("North"), at=timezone.now() + HOUR)


def test_assigning_the_same_source_again_is_a_mistake(number):
    assign_number(number=number, source=ad("North"), at=MARCH)
    with pytest.raises(AssignmentError, match="already"):
        assign_number(number=number, source=ad("North"), at=MARCH + HOUR)


def test_calls_since_then_move_with_it_and_the_rooms_above_and_the_books_hear_of_it(number, monkeypatch):
    heard: list[Call] = []
    monkeypatch.setattr(afterwards, "_functions", [heard.append])
    early, late = call(number, MARCH - HOUR, "CA1"), call(number, MARCH + HOUR, "CA2")
    DirtyMark.objects.all().delete()
    assignment = assign_number(number=number, source=ad("North"), at=MARCH)
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.source, late.source, late.assignment) == (
        register.unknown_source(),
        ad("North"),
        assignment,
    )
    assert heard == [late]
    assert [mark.day for mark in DirtyMark.objects.all()] == [late.day]


def test_undoing_brings_back_what_was_and_its_calls(number):
    first = assign_number(number=number, source=ad("North"), at=MARCH)
    second = assign_number(number=number, source=ad("South"), at=MARCH + HOUR)
    late = call(number, MARCH + 2 * HOUR)
    assert undo_assignment(assignment=second) == first
    late.refresh_from_db()
    assert (late.source, late.assignment) == (ad("North"), first)
    assert list(number.assignments.values_list("source__campaign", "ends_at")) == [("North", None)]
    assert undo_assignment(assignment=first) is None
    late.refresh_from_db()
    assert (late.source, late.assignment) == (register.unknown_source(), None)


def test_only_the_present_assignment_can_be_undone_and_only_once(number):
    first = assign_number(number=number, source=ad("North"), at=MARCH)
    second = assign_number(number=number, source=ad("South"), at=MARCH + HOUR)
    with pytest.raises(AssignmentError, match="Only the last"):
        undo_assignment(assignment=first)
    stale = Assignment.objects.get(pk=second.pk)
    undo_assignment(assignment=second)
    with pytest.raises(AssignmentError, match="Only the last"):
        undo_assignment(assignment=stale)
    assert number.assignments.count() == 1


def test_the_database_allows_one_open_assignment_per_number(number):
    assign_number(number=number, source=ad("North"), at=MARCH)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(number=number, source=ad("South"), starts_at=MARCH + HOUR)


def test_who_did_it_is_on_record_and_no_token_is(number):
    user = make.member().user
    assignment = assign_number(number=number, source=ad("North"), at=MARCH, by=user, note="June")
    assert assignment.assigned_by == user
    number.account.auth_token = "another secret"
    number.account.save()
    assign_number(number=number, source=ad("South"), at=MARCH + HOUR)
    logged = LogEntry.objects.get_for_object(assignment)
    assert {entry.action for entry in logged} == {LogEntry.Action.CREATE, LogEntry.Action.UPDATE}
    assert not any("another secret" in str(entry.changes) for entry in LogEntry.objects.all())


def test_phones_of_callers_stay_out_of_the_trail():
    account = make.carrier_account()
    OptOut.objects.create(account=account, phone="+15550100010").delete()
    ListedCaller.objects.create(phone="+15550100010", kind=ListedCaller.Kind.BLOCKED).delete()
    kept = [f"{entry.object_repr} {entry.changes}" for entry in LogEntry.objects.all()]
    assert not [text for text in kept if "5550100010" in text]
    assert sum("Blocked" in text for text in kept) == 2
