"""Missed callers through the carrier's signed webhooks: owed, settled, told by hand, set aside."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadtrack.deals.call_backs import say_done, take_back
from leadtrack.deals.models import CallBack, Deal, DealEvent
from leadtrack.deals.removed import forget_deals, worked_leads
from leadtrack.deals.repeats import join_again, split_off
from leadtrack.deals.undo import set_lead_status
from leadtrack.leads import inbox, waking
from leadtrack.leads.models import Lead
from leadtrack.phones.afterwards import tell_of_change
from leadtrack.phones.begin import begin_call
from leadtrack.phones.models import Call, CallFlow, FlowHoliday, FlowHours, ListedCaller
from tests import make
from tests.phones import test_pbx as pbx
from tests.phones.twilio import (
    CALLER,
    DIAL_DONE,
    VOICE,
    call_sid,
    dial_done,
    ringing,
    signed_post,
)

pytestmark = pytest.mark.django_db
How = CallBack.How


@pytest.fixture
def number() -> Any:
    return make.number(site=make.site(time_zone="Europe/Berlin"))


def finish_due() -> None:
    """What the worker does."""
    for row in inbox.due_rows():
        inbox.work(row.pk)


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking.current_app, "send_task", lambda *_, **__: None)


def ring(sid: str = call_sid(), caller: str = CALLER) -> None:
    assert signed_post(Client(), VOICE, ringing(sid, caller)).status_code == 200


def end(outcome: str, sid: str = call_sid(), caller: str = CALLER, seconds: int | None = None) -> None:
    told = dial_done(outcome, seconds, sid, From=caller, Caller=caller)
    assert signed_post(Client(), DIAL_DONE, told).status_code == 200


def wait(sid: str = call_sid(), seconds: int = 40) -> Call:
    """As if it had rung for so long: nobody sleeps in a test."""
    Call.objects.filter(sid=sid).update(started_at=timezone.now() - timedelta(seconds=seconds))
    return Call.objects.get(sid=sid)


def miss(sid: str = call_sid(), caller: str = CALLER) -> None:
    ring(sid, caller)
    wait(sid)
    end("no-answer", sid, caller)


def talk(sid: str, caller: str = CALLER, seconds: int = 90) -> None:
    ring(sid, caller)
    end("completed", sid, caller, seconds)


def test_a_missed_call_is_one_call_to_make_whatever_comes_first(number: Any) -> None:
    ring()
    finish_due()
    wait()
    end("no-answer")
    end("no-answer")
    made = CallBack.objects.get()
    assert made.deal == Deal.objects.get()
    assert (made.done_at, made.how) == (None, "")
    call = Call.objects.get()
    assert made.due_at - call.ended_at == timedelta(minutes=20)
    ring(call_sid(2), "+15550100099")
    wait(call_sid(2))
    end("no-answer", call_sid(2), "+15550100099")
    assert CallBack.objects.count() == 1
    finish_due()
    assert CallBack.objects.filter(call__sid=call_sid(2)).count() == 1
    assert DealEvent.objects.filter(kind="missed").count() == 2


def test_one_more_missed_call_of_the_same_caller_is_on_the_same_deal(number: Any) -> None:
    for place in (1, 2):
        miss(call_sid(place))
        finish_due()
    assert Deal.objects.count() == 1
    assert set(CallBack.objects.values_list("deal", flat=True)) == {Deal.objects.get().pk}
    assert CallBack.objects.count() == 2


@pytest.mark.parametrize("kind", ["blocked", "own"])
def test_none_is_owed_to_who_is_listed(number: Any, kind: str) -> None:
    ListedCaller.objects.create(phone=CALLER, kind=kind)
    miss()
    finish_due()
    assert not CallBack.objects.exists()


def test_none_is_owed_to_who_hung_up_at_once_or_hides_the_number_or_was_answered(number: Any) -> None:
    ring()
    end("no-answer", seconds=None)
    Call.objects.filter(sid=call_sid()).update(status="abandoned")
    CallBack.objects.all().delete()
    miss(call_sid(2), caller="anonymous")
    talk(call_sid(3), caller="+15550100077")
    finish_due()
    assert not CallBack.objects.exists()


def test_who_calls_again_and_is_answered_is_recovered(number: Any) -> None:
    miss()
    finish_due()
    talk(call_sid(2))
    made = CallBack.objects.get()
    assert (made.how, made.answer.sid, made.is_recovered) == (How.CALLED_AGAIN, call_sid(2), True)
    assert DealEvent.objects.filter(kind="recalled", details__how="called_again").count() == 1


def test_a_talk_that_was_told_first_settles_the_call_missed_before(number: Any) -> None:
    ring()
    wait()
    talk(call_sid(2))
    end("no-answer")
    finish_due()
    made = CallBack.objects.get()
    assert (made.call.sid, made.how) == (call_sid(), How.CALLED_AGAIN)


def test_our_own_call_to_them_settles_it(number: Any) -> None:
    miss()
    finish_due()
    Call.objects.filter(sid=call_sid()).update(started_at=timezone.now() - timedelta(hours=2))
    from_us = {"direction": "out", "account": number.account, "number": number}
    call = Call.objects.create(
        **from_us,
        sid="out1",
        caller=CALLER,
        started_at=timezone.now(),
        day=timezone.now().date(),
        source=make.source(),
    )
    tell_of_change(call)
    assert CallBack.objects.get().done_at is None, "a phone that only rings is no talk"
    call.status = "answered"
    tell_of_change(call)
    made = CallBack.objects.get()
    assert (made.how, made.answer) == (How.CALLED_BACK, call)


def test_a_late_word_that_they_talked_takes_it_away(number: Any) -> None:
    miss()
    finish_due()
    assert CallBack.objects.count() == 1
    Call.objects.update(status="answered", talk_seconds=30)
    tell_of_change(Call.objects.get())
    assert not CallBack.objects.exists()


def test_it_is_due_after_twenty_minutes_of_working_time(number: Any) -> None:
    flow = CallFlow.objects.create(name="Office")
    number.flow = flow
    number.save()
    today = timezone.now().astimezone(number.site.tz).date()
    FlowHours.objects.bulk_create(
        FlowHours(flow=flow, weekday=day, opens_at=time(9), closes_at=time(18)) for day in range(7)
    )
    for days in range(-1, 3):
        FlowHoliday.objects.create(flow=flow, day=today + timedelta(days=days))
    miss()
    finish_due()
    opens = datetime.combine(today + timedelta(days=3), time(9), number.site.tz)
    assert CallBack.objects.get().due_at == opens.astimezone(UTC) + timedelta(minutes=20)


def test_spam_owes_nothing_until_it_is_taken_back(number: Any) -> None:
    miss()
    finish_due()
    lead = Lead.objects.get()
    set_lead_status(lead=lead, status="spam", by=None)
    assert not CallBack.objects.filter(done_at=None).exists()
    set_lead_status(lead=lead, status="accepted", by=None)
    assert CallBack.objects.filter(done_at=None).count() == 1


def test_a_call_that_came_as_spam_is_owed_when_somebody_says_it_is_none(number: Any) -> None:
    ring()
    finish_due()
    lead = Lead.objects.get()
    set_lead_status(lead=lead, status="spam", by=None)
    wait()
    end("no-answer")
    assert not CallBack.objects.exists()
    set_lead_status(lead=lead, status="new", by=None)
    assert CallBack.objects.filter(done_at=None).count() == 1


def test_a_person_says_so_and_takes_it_back(number: Any) -> None:
    miss()
    miss(call_sid(2))
    finish_due()
    deal, seller, now = Deal.objects.get(), make.member("sales").user, timezone.now()
    ids = say_done(deal=deal, how=How.BY_HAND, by=seller, at=now)
    assert len(ids) == 2
    assert all(one.is_recovered and one.done_by == seller for one in CallBack.objects.all())
    assert worked_leads([deal.lead_id]) == {deal.lead_id}
    assert take_back(deal=deal, ids=ids, by=seller, at=now) == 2
    assert CallBack.objects.filter(done_at=None).count() == 2
    assert say_done(deal=deal, how=How.NOT_NEEDED, by=seller, at=now) == ids
    assert not any(one.is_recovered for one in CallBack.objects.all())


def test_it_goes_with_a_repeat_enquiry_that_becomes_a_lead_of_its_own(number: Any) -> None:
    miss()
    finish_due()
    first = Lead.objects.get()
    Lead.objects.update(captured_at=first.captured_at - timedelta(days=2))
    Call.objects.update(started_at=timezone.now() - timedelta(days=2))
    miss(call_sid(2))
    finish_due()
    repeat = Lead.objects.get(call__sid=call_sid(2))
    second = CallBack.objects.get(call__sid=call_sid(2))
    assert (repeat.repeat_of, second.deal.lead) == (first, first)
    own = split_off(lead=repeat, by=None)
    second.refresh_from_db()
    assert second.deal == own
    join_again(lead=repeat, to=Deal.objects.get(lead=first), by=None)
    second.refresh_from_db()
    assert second.deal.lead == first


def test_it_goes_with_a_lead_that_is_removed(number: Any) -> None:
    miss()
    finish_due()
    lead = Lead.objects.get()
    assert worked_leads([lead.pk]) == set()
    forget_deals([lead.pk])
    assert not CallBack.objects.exists()


def test_what_a_file_tells_is_history(number: Any) -> None:
    begin_call(
        account=number.account,
        number=number,
        sid="file:1",
        started_at=timezone.now() - timedelta(days=1),
        caller=CALLER,
        told_by=Call.ToldBy.FILE,
        status=Call.Status.MISSED,
        ended_at=timezone.now() - timedelta(days=1),
    )
    finish_due()
    assert Lead.objects.count() == 1
    assert not CallBack.objects.exists()


def test_the_end_of_a_missed_call_costs_few_queries(number: Any) -> None:
    ring()
    finish_due()
    wait()
    with CaptureQueriesContext(connection) as asked:
        end("no-answer")
    assert CallBack.objects.count() == 1
    assert len(asked) <= 45, [query["sql"] for query in asked]


def test_a_pbx_tells_of_our_call_to_them(db: None) -> None:
    account = make.carrier_account(kind="pbx", account_sid="office", auth_token=pbx.SECRET)
    make.number(pbx.OURS, account=account, site=make.site(region="RU"), forward_to=pbx.SALES)
    for told in (
        pbx.event("ringing", at=pbx.ago(90), started_at=pbx.ago(90)),
        pbx.event("ended", outcome="no-answer", at=pbx.ago(50), started_at=pbx.ago(90)),
    ):
        assert pbx.post(told).status_code == 200
    finish_due()
    assert CallBack.objects.get().done_at is None
    ours: dict[str, Any] = {"call": "b1", "direction": "out", "phone": pbx.SALES, "started_at": pbx.ago(30)}
    assert pbx.post(pbx.event("ringing", at=pbx.ago(30), **ours)).status_code == 200
    assert CallBack.objects.get().done_at is None
    assert pbx.post(pbx.event("answered", at=pbx.ago(20), **ours)).status_code == 200
    made = CallBack.objects.get()
    assert (made.how, made.answer.sid, made.is_recovered) == (How.CALLED_BACK, "b1", True)
