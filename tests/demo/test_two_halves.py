"""The year played on two cores comes out as if it were played on one."""

from collections import Counter
from datetime import date
from random import Random

import pytest
from django.db import connection

from leadtrack.deals.defaults import LOSS_REASONS, STAGES
from leadtrack.deals.models import Deal, LossReason, Purchase, Stage
from leadtrack.demo import firm, two_halves
from leadtrack.demo.events import BoughtAgain, FormSent, GivenBack, PhoneRang, Won
from leadtrack.demo.plan import halves, plan_year, visits_of
from leadtrack.leads.models import ContactKey, InboxRow, Lead
from leadtrack.sources.register import forget_sources
from leadtrack.visits.models import Visit
from leadtrack.visits.sites import forget

LAST_DAY = date(2026, 3, 1)


@pytest.fixture
def empty(transactional_db):
    """What the migrations put in, also after another test has flushed it."""
    for name, group, position in STAGES:
        Stage.objects.get_or_create(position=position, defaults={"name": name, "group": group})
    for name in LOSS_REASONS:
        LossReason.objects.get_or_create(name=name)
    forget_sources()
    forget()
    yield
    forget_sources()
    forget()


def test_no_event_is_lost_or_doubled_by_the_cut():
    year = plan_year(Random(7), last_day=LAST_DAY, scale=0.1)
    first, second = halves(year)
    assert sorted(map(repr, [*first, *second])) == sorted(map(repr, year))
    assert 0.4 < len(first) / len(year) < 0.6


def test_nothing_in_one_half_needs_the_other():
    for half in halves(plan_year(Random(7), last_day=LAST_DAY, scale=0.1)):
        leads = {event.key for event in half if isinstance(event, FormSent | PhoneRang)}
        assert {event.lead for event in half if hasattr(event, "lead")} <= leads


@pytest.mark.skipif(connection.vendor != "sqlite", reason="other databases have many writers")
def test_both_halves_are_in_the_database_at_the_end(empty, monkeypatch):
    monkeypatch.setattr(two_halves.os, "sched_getaffinity", lambda _process: {0, 1})
    year = plan_year(Random(7), last_day=LAST_DAY, scale=0.02)
    seen: list[int] = []
    two_halves.play_year(year, firm.found_firm(at=year[0].at), on_progress=seen.append)
    kinds = Counter(type(event) for event in year)
    assert seen[-1] == len(year)
    assert Visit.objects.count() == len(visits_of(year))
    assert InboxRow.objects.filter(state="done").count() == kinds[FormSent] + kinds[PhoneRang]
    assert Deal.objects.count() == Lead.objects.count()
    assert Purchase.objects.count() == kinds[Won] + kinds[BoughtAgain] + kinds[GivenBack]
    assert ContactKey.objects.values("kind", "value").distinct().count() == ContactKey.objects.count()
    connection.check_constraints()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="other databases have many writers")
def test_a_half_that_fails_is_told(empty, monkeypatch):
    monkeypatch.setattr(two_halves.os, "sched_getaffinity", lambda _process: {0, 1})
    monkeypatch.setattr(two_halves, "play", _fails_in_the_child)
    year = plan_year(Random(7), last_day=LAST_DAY, scale=0.005)
    with pytest.raises(RuntimeError, match="second half"):
        two_halves.play_year(year, firm.found_firm(at=year[0].at), on_progress=lambda _number: None)


def _fails_in_the_child(events, firm, *, on_progress):
    if "second-half" in str(connection.settings_dict["NAME"]):
        raise ValueError("as the test wants it")
