"""The demo's people at the real doors of a LeadTrack that is really there (Django's live server)."""

from datetime import date

import pytest

from leadtrack.deals.defaults import STAGES
from leadtrack.deals.models import Stage
from leadtrack.demo import firm
from leadtrack.demo.doors import DoorError, Doors, UnknownNumberError, number_of
from leadtrack.demo.last_day import events_of_last_day, play_last_day
from leadtrack.demo.notices import signature
from leadtrack.leads import inbox
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.phones import pools
from leadtrack.phones.models import Call, TextMessage
from leadtrack.visits.models import GoalHit, Visit
from leadtrack.visits.sites import forget
from tests import make

BILLBOARD = number_of("billboard")


@pytest.fixture
def doors(transactional_db, live_server, settings):
    settings.PUBLIC_BASE_URL = live_server.url
    for name, group, position in STAGES:
        Stage.objects.get_or_create(position=position, defaults={"name": name, "group": group})
    forget()
    firm.found_firm(at=make.NOON)
    opened = Doors(live_server.url, live_server.url)
    yield opened
    opened.close()
    forget()
    pools.forget()


def test_our_signature_is_the_one_that_twilio_publishes():
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature(url, params, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_an_answered_call_becomes_a_lead_of_its_advert(doors):
    sid = doors.call(number=BILLBOARD, caller="+12025550142", talk_seconds=95)
    call = Call.objects.get(sid=sid)
    assert (call.status, call.talk_seconds) == (Call.Status.ANSWERED, 95)
    assert call.source.campaign == "a10-motorway"
    inbox.sweep()
    assert Lead.objects.get(call=call).phone == "+12025550142"


def test_a_missed_call_is_missed(doors):
    sid = doors.call(number=BILLBOARD, caller="+12025550142", talk_seconds=None)
    assert Call.objects.get(sid=sid).status == Call.Status.MISSED


def test_a_withheld_number_stays_withheld(doors):
    sid = doors.call(number=BILLBOARD, caller="", talk_seconds=30)
    assert Call.objects.get(sid=sid).is_withheld


def test_a_call_signed_for_another_address_is_refused(doors):
    doors.public = "https://elsewhere.example"
    with pytest.raises(DoorError, match="403"):
        doors.call(number=BILLBOARD, caller="+12025550142", talk_seconds=30)
    assert not Call.objects.exists()


def test_the_last_day_comes_in_by_every_door(doors):
    events = events_of_last_day(date(2026, 11, 21))
    counts = play_last_day(doors, events)
    assert min(counts["PageView"], counts["FormSent"]) > 0
    assert Visit.objects.count() <= counts["PageView"]
    assert Visit.objects.exists()
    assert {hit.goal.is_set_up for hit in GoalHit.objects.select_related("goal")} == {True}
    assert InboxRow.objects.filter(door="form").count() == counts["FormSent"]
    shown = Call.objects.filter(assignment__pool__isnull=False)
    assert set(shown.values_list("match", flat=True)) == {"visit"}
    assert Call.objects.count() == counts["PhoneRang"] + counts["VisitorRang"]
    assert counts["VisitorRang"] == 2
    assert TextMessage.objects.get(is_inbound=True).number_id in shown.values_list("number", flat=True)


def test_a_call_to_a_number_that_is_not_ours_is_said_not_to_be(doors):
    with pytest.raises(UnknownNumberError, match="not among the tracked numbers"):
        doors.call(number="+12025550199", caller="+12025550142", talk_seconds=30)
    assert not Call.objects.exists()
