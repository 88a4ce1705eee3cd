"""The year of the demo firm, before anything of it happens."""

from collections import Counter
from datetime import date
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from leadtrack.demo.adverts import ADVERTS, LINES
from leadtrack.demo.events import (
    BoughtAgain,
    CalledBack,
    Event,
    FormSent,
    GivenBack,
    GoalReached,
    Lost,
    NumberShown,
    PageView,
    PhoneRang,
    Refused,
    VisitorRang,
    Won,
)
from leadtrack.demo.plan import plan_day, plan_year, visits_of
from leadtrack.demo.pool_calls import pool_start
from leadtrack.demo.switchboard import POOL_OF_ADVERT
from leadtrack.lib.periods import local_day
from leadtrack.sources.channel import classify
from leadtrack.sources.marker import parse_marker

LAST_DAY = date(2026, 11, 20)
_ENQUIRIES = (FormSent, PhoneRang, VisitorRang)


@pytest.fixture(scope="module")
def year() -> list[Event]:
    return plan_year(Random(2026), last_day=LAST_DAY)


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def test_the_same_dice_give_the_same_year(year):
    assert plan_year(Random(2026), last_day=LAST_DAY) == year


def test_it_is_in_order_and_ends_before_today(year):
    assert all(earlier.at <= later.at for earlier, later in pairwise(year))
    assert local_day(year[-1].at, ZoneInfo("Europe/Riga")) == LAST_DAY


def test_it_has_about_20_000_visits_and_1_500_leads(year):
    assert 18_000 <= len(visits_of(year)) <= 21_000
    assert 1_400 <= len(of(FormSent, year)) + len(of(PhoneRang, year)) <= 1_900
    assert 350 <= len(of(Won, year)) <= 600


def test_every_way_of_finding_the_firm_was_found(year):
    assert {view.advert for view in visits_of(year)} == {advert.key for advert in ADVERTS}
    assert {call.line for call in of(PhoneRang, year)} == {line.key for line in LINES}


def test_the_landings_are_of_many_channels(year):
    markers = [parse_marker(view.url, view.referrer) for view in visits_of(year)[:2000]]
    channels = Counter(classify(marker).channel for marker in markers)
    paid = {"Paid Search", "Paid Social", "Display"}
    free = {"Organic Search", "Organic Social", "Email", "Direct", "Referral", "AI Assistant"}
    assert paid | free <= set(channels)
    assert "Unassigned" not in channels


def test_some_do_something_on_the_way(year):
    goals = of(GoalReached, year)
    assert 500 <= len(goals) <= 2_000
    first = {}
    for view in visits_of(year):
        first.setdefault(view.visitor, view.at)
    assert all(first[goal.visitor] < goal.at for goal in goals)


def test_every_outcome_is_of_a_lead_that_came_before_it(year):
    came = {lead.key: lead.at for kind in _ENQUIRIES for lead in of(kind, year)}
    outcomes = [event for kind in (Won, Lost, Refused) for event in of(kind, year)]
    assert all(came[event.lead] < event.at for event in outcomes)
    assert len({event.lead for event in outcomes}) == len(outcomes)


def test_money_comes_again_and_goes_back_only_after_a_sale(year):
    sold = {sale.lead: sale for sale in of(Won, year)}
    assert of(GivenBack, year)
    assert of(BoughtAgain, year)
    assert all(sold[event.lead].at < event.at for event in (*of(GivenBack, year), *of(BoughtAgain, year)))
    assert all(event.cents <= sold[event.lead].cents for event in of(GivenBack, year))


def test_two_currencies_are_paid(year):
    assert {sale.currency for sale in of(Won, year)} == {"EUR", "USD"}


def test_some_forms_come_without_scripts_and_some_from_robots(year):
    forms = [dict(form.fields) for form in of(FormSent, year)]
    assert any("lt_visitor" not in fields for fields in forms)
    assert any("lt_hp" in fields for fields in forms)


def test_some_calls_are_missed_and_some_withheld(year):
    calls = of(PhoneRang, year)
    assert 0 < sum(call.talk_seconds is None for call in calls) < len(calls) / 4
    assert 0 < sum(not call.caller for call in calls) < len(calls) / 10


def test_some_visitors_call_the_number_on_the_page(year):
    rang = of(VisitorRang, year)
    assert 50 <= len(rang) <= 150
    assert {call.pool for call in rang} == {"shop", "vl"}
    assert any(call.talk_seconds is None for call in rang)
    shown = {(event.pool, event.visitor): event.at for event in reversed(of(NumberShown, year))}
    assert all(shown[call.pool, call.visitor] < call.at for call in rang)


def test_numbers_are_shown_to_visitors_of_paid_adverts_since_the_pools_are_there(year):
    ways: dict[str, set[str]] = {}
    for view in visits_of(year):
        ways.setdefault(view.visitor, set()).add(view.advert)
    shown = of(NumberShown, year)
    assert all(POOL_OF_ADVERT.keys() & ways[event.visitor] for event in shown)
    assert min(event.at for event in shown).date() >= pool_start(LAST_DAY)


def test_missed_callers_are_called_back(year):
    missed = {call.key: call.at for kind in (PhoneRang, VisitorRang) for call in of(kind, year)}
    backs = of(CalledBack, year)
    assert backs
    assert all(missed[event.lead] < event.at for event in backs)


def test_people_come_back_by_other_ways(year):
    ways: dict[str, set[str]] = {}
    for view in visits_of(year):
        ways.setdefault(view.visitor, set()).add(view.advert)
    assert sum(len(found) > 1 for found in ways.values()) > 1_000


def test_weekends_are_quieter(year):
    days = Counter(view.at.weekday() for view in visits_of(year))
    assert days[5] < days[1]


def test_a_smaller_firm_has_a_smaller_year():
    small = plan_year(Random(2026), last_day=LAST_DAY, scale=0.02)
    assert 200 <= len(of(PageView, small)) <= 700


def test_todays_people_are_nobody_of_the_year(year):
    today = plan_day(Random(1), day=date(2026, 11, 21))
    assert of(PageView, today)
    mailboxes = {dict(form.fields).get("email") for form in of(FormSent, year)} - {None}
    assert not mailboxes & {dict(form.fields).get("email") for form in of(FormSent, today)}
