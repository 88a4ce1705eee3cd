"""Which calls are target calls, and when working time has passed: tables of cases, and through the doors."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from leadtrack.deals.undo import set_lead_status
from leadtrack.leads import inbox, waking
from leadtrack.leads.merge import merge, unmerge
from leadtrack.leads.models import Contact, Lead, SpamVerdict
from leadtrack.phones.flow import Flow, Holiday, Hours
from leadtrack.phones.models import Call, ListedCaller
from leadtrack.phones.target import Talk, targets_among
from leadtrack.phones.working_time import after_working
from tests import make
from tests.phones.twilio import CALLER, DIAL_DONE, VOICE, call_sid, dial_done, ringing, signed_post

BERLIN = ZoneInfo("Europe/Berlin")
NOON = make.NOON


def talk(days: float, seconds: int = 60, *, is_answered: bool = True, counts: bool = True) -> Talk:
    return Talk(NOON + timedelta(days=days), is_answered, seconds, counts)


@pytest.mark.parametrize(
    ("talks", "found"),
    [
        ([], []),
        ([talk(0)], [True]),
        ([talk(0, 59)], [False]),
        ([talk(0, 900, is_answered=False)], [False]),
        ([talk(0, counts=False)], [False]),
        ([talk(0), talk(1)], [True, False]),
        ([talk(0), talk(30)], [True, False]),
        ([talk(0), talk(30.01)], [True, True]),
        # Each talk begins the month anew: the last one decides.
        ([talk(0), talk(20), talk(40)], [True, False, False]),
        # Neither a missed call nor spam nor a short word takes the first talk away.
        (
            [talk(0, is_answered=False), talk(0.1, 5), talk(0.2, counts=False), talk(0.3)],
            [False] * 3 + [True],
        ),
    ],
)
def test_the_rule(talks: list[Talk], found: list[bool]) -> None:
    assert targets_among(talks) == found


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """March 2026 in Berlin; the 29th has 23 hours. The 9th is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=BERLIN)


OVERLAPPING = (Hours(0, time(9), time(9, 15)), Hours(0, time(9, 5), time(9, 10)))
OFFICE = tuple(Hours(day, time(9), time(18)) for day in range(5))


@pytest.mark.parametrize(
    ("flow", "start", "due"),
    [
        (Flow(()), at(9, 3), at(9, 3, 20)),
        (Flow((), hours=OFFICE), at(9, 12), at(9, 12, 20)),
        (Flow((), hours=OFFICE), at(9, 17, 50), at(10, 9, 10)),
        (Flow((), hours=OFFICE), at(9, 17, 40), at(9, 18)),
        (Flow((), hours=OFFICE), at(9, 7), at(9, 9, 20)),
        (Flow((), hours=OFFICE), at(13, 18), at(16, 9, 20)),
        (Flow((), hours=OFFICE, holidays=(Holiday(at(16, 0).date()),)), at(13, 18), at(17, 9, 20)),
        (Flow((), hours=(Hours(0, time(22), time(2)),)), at(9, 23, 50), at(10, 0, 10)),
        (Flow((), hours=(Hours(0, time(22), time(2)),)), at(10, 1, 50), at(16, 22, 10)),
        (Flow((), hours=(Hours(6, time(1, 50), time(4)),)), at(29, 0), at(29, 3, 10)),
        (Flow((), hours=OVERLAPPING), at(9, 0), at(16, 9, 5)),
        # Whole days of a flow with nothing but a holiday.
        (Flow((), holidays=(Holiday(at(10, 0).date()),)), at(9, 23, 50), at(11, 0, 10)),
    ],
)  # fmt: skip
def test_working_time(flow: Flow, start: datetime, due: datetime) -> None:
    found = after_working(flow, start=start, span=timedelta(minutes=20), tz=BERLIN)
    assert (found, found.tzinfo) == (due.astimezone(UTC), UTC)


def test_who_never_opens_works_always() -> None:
    closed = tuple(Holiday(at(1, 0).date() + timedelta(days=days)) for days in range(100))
    found = after_working(Flow((), holidays=closed), start=at(9, 12), span=timedelta(minutes=20), tz=BERLIN)
    assert found == at(9, 12, 20)


@pytest.fixture
def number(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(waking.current_app, "send_task", lambda *_, **__: None)
    return make.number()


def heard(sid: str, caller: str = CALLER, seconds: int = 90, **more: str) -> Call:
    client = Client()
    assert signed_post(client, VOICE, ringing(sid, caller, **more)).status_code == 200
    told = dial_done("completed", seconds, sid, From=caller, Caller=caller)
    assert signed_post(client, DIAL_DONE, told).status_code == 200
    inbox.sweep()
    return Call.objects.get(sid=sid)


def targets() -> list[bool | None]:
    return list(Call.objects.order_by("sid").values_list("is_target", flat=True))


def test_calls_are_judged_at_their_end(number: Any) -> None:
    heard(call_sid(1), seconds=10)
    assert targets() == [False]
    heard(call_sid(2))
    heard(call_sid(3))
    heard(call_sid(4), "+15550100099")
    assert targets() == [False, True, False, True]


def test_withheld_calls_are_each_their_own(number: Any) -> None:
    heard(call_sid(1), "anonymous")
    heard(call_sid(2), "anonymous")
    assert targets() == [True, True]


def test_what_is_spam_is_none_and_gives_its_place_to_the_next(number: Any) -> None:
    heard(call_sid(1))
    heard(call_sid(2))
    lead = Lead.objects.get()
    set_lead_status(lead=lead, status="spam", by=None)
    assert targets() == [False, False]
    set_lead_status(lead=lead, status="new", by=None)
    assert targets() == [True, False]


def test_listed_callers_are_none(number: Any) -> None:
    ListedCaller.objects.create(phone=CALLER, kind="own")
    heard(call_sid(1))
    assert targets() == [False]


def test_two_phones_of_one_person_have_one_first_call(number: Any) -> None:
    heard(call_sid(1))
    heard(call_sid(2), "+15550100099")
    one, other = Contact.objects.order_by("pk")
    merged = merge(one=one, other=other, by=None)
    assert targets() == [True, False]
    unmerge(merge=merged, by=None)
    assert targets() == [True, True]


def test_a_verdict_wins(number: Any) -> None:
    call = heard(call_sid(1), seconds=10)
    assert not call.is_target_call
    call.verdict = True
    assert call.is_target_call


def test_a_call_that_the_carrier_does_not_vouch_for_scores(number: Any) -> None:
    heard(call_sid(1), StirVerstat="TN-Validation-Failed-C")
    assert [reason["rule"] for reason in SpamVerdict.objects.get().reasons] == ["caller-failed"]
    assert Call.objects.get().stir == "TN-Validation-Failed-C"
