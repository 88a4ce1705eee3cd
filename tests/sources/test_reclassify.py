"""History read again with today's rules: whatever points at a source follows; the books stay whole."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from leadtrack.leads import inbox
from leadtrack.leads.models import Attempt, InboxRow, Lead, Receipt
from leadtrack.leads.receipt import sentences
from leadtrack.ledger.check import check_books
from leadtrack.ledger.models import Credit, ItemMatch, ResultFact, TrafficFact, Turn
from leadtrack.ledger.reconcile import all_days, reconcile_all, reconcile_changed
from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import Call
from leadtrack.sources import reclassify, register, rulebook
from leadtrack.sources.holders import holders
from leadtrack.sources.models import ChannelRule, Reclassification, Source, SourceAlias
from leadtrack.visits.models import Visit
from leadtrack.visits.track import record_visit
from tests import make
from tests.ledger import books

pytestmark = pytest.mark.django_db

LANDING = "https://shop.example/?utm_source=anna&utm_medium=cpc&utm_campaign={}"
_State = Reclassification.State


def own_rule(channel: str = "Partners", field: str = "source", value: str = "anna") -> ChannelRule:
    row = ChannelRule.objects.create(
        name=channel, channel=channel, conditions=[{"field": field, "how": "is", "value": value}]
    )
    rulebook.forget()
    return row


def remove(row: ChannelRule) -> None:
    row.removed_at = timezone.now()
    row.save()
    rulebook.forget()


def run() -> Reclassification:
    """Start it as if the rules had been changed a minute ago, and see it through."""
    row = reclassify.start()
    Reclassification.objects.filter(pk=row.pk).update(due_at=timezone.now())
    return reclassify.work(row.pk)


class World:
    """A site with visits, leads traced in every way, a number with a call, spend; booked."""

    def __init__(self) -> None:
        self.site = make.site()
        self.visits = [self._visit(day) for day in range(5)]
        contact = make.contact(name="Ann", phone="+4915123456789")
        books.knows(contact, self.visits[0].visitor)
        self.by_visit = self._lead(who=contact, visit=self.visits[4], of=self.visits[4].source)
        self.by_address = self._by_address("first", "+4915123456780")
        self._by_address("once more", "+4915123456780")
        self.unknown = self._lead(of=register.unknown_source())
        self.number = make.number(site=self.site)
        self.assignment = assign_number(
            number=self.number, source=register.assigned_source(source="anna"), at=make.NOON
        )
        self.call = Call.objects.create(
            account=self.number.account,
            number=self.number,
            sid="CA1",
            source=self.assignment.source,
            assignment=self.assignment,
            caller="+4915123456781",
            started_at=make.NOON + timedelta(hours=1),
            day=make.TODAY,
        )
        row, _ = inbox.accept_call(call=self.call, at=self.call.started_at)
        self.by_call = inbox.work(row.pk)
        books.won(self.by_visit, on=books.after(5), cents=20_000)
        books.spent(make.TODAY, 5_000, source="anna", medium="cpc", campaign="c0")
        reconcile_all()

    def _visit(self, day: int) -> Visit:
        return record_visit(
            site=self.site,
            visitor_key=f"browser-{'one' if day in (0, 4) else day}",
            url=LANDING.format(f"c{day}"),
            referrer="",
            at=make.NOON - timedelta(days=9 - day),
        )

    def _lead(self, **fields: Any) -> Lead:
        lead = make.lead(on=self.site, at=make.NOON + timedelta(hours=6), **fields)
        if fields.get("visit"):
            steps = [{"rule": "visit", "won": True, "evidence": {"source": str(lead.source)}}]
            Receipt.objects.create(lead=lead, steps=steps)
        return lead

    def _by_address(self, message: str, phone: str) -> Lead:
        form = make.form(site=self.site)
        page = LANDING.format("c9")
        row = InboxRow.objects.create(
            door="form",
            site=self.site,
            form=form,
            submission_key=message,
            payload={"phone": phone, "message": message, "lt_page": page},
            received_at=make.NOON,
        )
        lead = inbox.work(row.pk)
        assert lead is not None
        return lead


def channels_of_all() -> dict[str, set[str]]:
    return {
        table.__name__: set(table.objects.values_list("source__channel", flat=True))
        for table in (Visit, Lead, Attempt, Call)
    }


def assert_books_are_whole() -> None:
    reconcile_changed()
    assert {total.name: total.wrong for total in check_books(all_days()).broken} == {}
    as_it_grew = books.stored()
    reconcile_all()
    assert books.stored() == as_it_grew
    for table in (Credit, ResultFact, TrafficFact, ItemMatch, Turn):
        table.objects.all().delete()
    reconcile_all()
    assert books.stored() == as_it_grew


def test_everything_that_points_at_a_source_follows_and_comes_back_after_an_undo() -> None:
    world = World()
    before = channels_of_all()
    assert before["Visit"] == {"Paid Other"}
    rule = own_rule()
    done = run()
    assert (done.state, done.percent) == (_State.DONE, 100)
    after = channels_of_all()
    assert after == {
        "Visit": {"Partners"},
        "Lead": {"Partners", "(unknown)"},
        "Attempt": {"Partners"},
        "Call": {"Partners"},
    }
    assert set(Visit.objects.values_list("rule", flat=True)) == {f"own:{rule.pk}"}
    assert done.before["visits"] == {"Paid Other": 5}
    assert done.after_counts["visits"] == {"Partners": 5}
    assert done.moved == {"visits": 5, "numbers": 1, "calls": 1, "leads": 3, "attempts": 1}
    assert done.before["leads"] == {"Paid Other": 2, "Phone": 1, "(unknown)": 1}
    assert done.after_counts["leads"] == {"Partners": 3, "(unknown)": 1}
    assert_books_are_whole()
    assert ItemMatch.objects.get().source.channel == "Partners"

    remove(rule)
    assert run().state == _State.DONE
    assert channels_of_all() == before
    assert world.by_visit.source == Lead.objects.get(pk=world.by_visit.pk).source
    assert_books_are_whole()
    assert ItemMatch.objects.get().source.channel == "Paid Other"


def test_the_receipt_says_what_happened() -> None:
    world = World()
    own_rule()
    run()
    for lead in (world.by_visit, world.by_address):
        told = [one.text for one in sentences(Receipt.objects.get(lead=lead).steps)]
        assert "the rules were applied to history" in told[-2]
        assert "Partners" in told[-1]


def test_reading_again_with_the_same_rules_changes_nothing() -> None:
    World()
    before, days = channels_of_all(), list(Visit.objects.order_by("pk").values())
    done = run()
    assert (done.state, sum(done.moved.values())) == (_State.DONE, 0)
    assert channels_of_all() == before
    assert list(Visit.objects.order_by("pk").values()) == days


def test_an_alias_is_applied_to_history() -> None:
    World()
    SourceAlias.objects.create(spelling="ann*", name="hannah")
    rulebook.forget()
    run()
    assert set(Visit.objects.values_list("source__source", flat=True)) == {"hannah"}
    assert set(Call.objects.values_list("source__source", flat=True)) == {"hannah"}
    assert_books_are_whole()


def test_a_channel_given_to_a_number_against_the_rules_stays() -> None:
    world = World()
    given = register.assigned_source(channel="Radio", source="anna")
    assign_number(number=world.number, source=given, at=make.NOON + timedelta(days=1))
    own_rule("Partners")
    run()
    assert list(world.number.assignments.order_by("pk").values_list("source__channel", flat=True)) == [
        "Partners",
        "Radio",
    ]


def test_sources_that_nobody_came_from_any_more_are_no_touched_ones() -> None:
    World()
    was = set(Source.objects.filter(has_touches=True, source="anna").values_list("pk", flat=True))
    Source.objects.update(created_at=timezone.now() - timedelta(days=1))
    own_rule()
    run()
    touched = Source.objects.filter(has_touches=True, source="anna")
    assert not was & set(touched.values_list("pk", flat=True))
    assert set(touched.values_list("channel", flat=True)) == {"Partners"}


def test_a_killed_worker_loses_nothing_and_counts_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    World()
    for module in ("visits", "leads", "phones"):
        monkeypatch.setattr(f"leadtrack.{module}.reclassify.ROWS_AT_ONCE", 2)
    own_rule()
    row = reclassify.start()
    now = timezone.now()
    for _ in range(60):
        Reclassification.objects.filter(pk=row.pk).update(due_at=now, attempts=0)
        # One step, then nobody hears from the worker again.
        row = reclassify.work(row.pk, seconds=0)
        if row.state == _State.DONE:
            break
    assert row.state == _State.DONE
    assert row.after_counts["visits"] == {"Partners": 5}
    assert row.done == sum(holder.total() for holder in holders())
    assert_books_are_whole()


def test_a_step_that_fails_is_rolled_back_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    World()
    own_rule()
    row = reclassify.start()
    Reclassification.objects.filter(pk=row.pk).update(due_at=timezone.now())

    def broken(_moved: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("leadtrack.visits.reclassify.tell_rooms_above", broken)
    with pytest.raises(ZeroDivisionError):
        reclassify.work(row.pk)
    row.refresh_from_db()
    assert (row.state, row.error) == (_State.OPEN, "ZeroDivisionError")
    assert "visits" not in row.before
    assert channels_of_all()["Visit"] == {"Paid Other"}
    assert row.due_at > timezone.now()


def test_it_begins_again_when_the_rules_change_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    World()
    monkeypatch.setattr("leadtrack.visits.reclassify.ROWS_AT_ONCE", 2)
    rule = own_rule()
    row = reclassify.start()
    # A step at a time, through rooms that hold nothing, until it has begun to read.
    while not row.done:
        Reclassification.objects.filter(pk=row.pk).update(due_at=timezone.now())
        row = reclassify.work(row.pk, seconds=0)
    assert row.state == _State.OPEN
    remove(rule)
    Reclassification.objects.filter(pk=row.pk).update(due_at=timezone.now())
    row = reclassify.work(row.pk)
    assert (row.state, row.done) == (_State.OPEN, 0)  # every process must read with the new rules first
    assert row.due_at > timezone.now()
    ChannelRule.objects.update(changed_at=timezone.now() - timedelta(minutes=1))
    Reclassification.objects.filter(pk=row.pk).update(due_at=timezone.now())
    assert reclassify.work(row.pk).state == _State.DONE
    assert channels_of_all()["Visit"] == {"Paid Other"}


def test_it_waits_until_every_process_knows_the_rule() -> None:
    own_rule()
    row = reclassify.start()
    assert row.due_at > timezone.now() + timedelta(seconds=10)
    assert reclassify.work(row.pk).state == _State.OPEN
    assert reclassify.due(timezone.now()) == []
    assert reclassify.due(timezone.now() + timedelta(minutes=1)) == [row.pk]


def test_only_one_runs_at_a_time() -> None:
    assert reclassify.start().pk == reclassify.start().pk


def test_it_knows_whether_history_is_behind() -> None:
    assert not reclassify.is_history_behind()
    rule = own_rule()
    assert reclassify.is_history_behind()
    run()
    assert not reclassify.is_history_behind()
    remove(rule)
    assert reclassify.is_history_behind()


def test_a_visit_without_an_address_is_read_by_its_words() -> None:
    visit = make.visit(of=make.source(LANDING.format("x")))
    own_rule()
    run()
    visit.refresh_from_db()
    assert visit.source.channel == "Partners"
    assert isinstance(visit.day, date)
