"""A flow is read once in ten seconds."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leadtrack.phones.begin import begin_call
from leadtrack.phones.models import CallFlow, FlowLine, FlowText, TrackedNumber
from leadtrack.phones.ring import LIFE_SECONDS, flow_id_of, flow_of, last_manager_of
from tests import make
from tests.phones import twilio

pytestmark = pytest.mark.django_db
ANN, BEN = "+15550100031", "+15550100032"


def flow_ringing(phone: str) -> CallFlow:
    """A flow that rings this phone."""
    row = CallFlow.objects.create(name="Sales")
    FlowLine.objects.create(flow=row, position=0, phone=phone)
    FlowText.objects.create(flow=row, language="en-US", greeting="Hello.")
    return row


def rung(number: Any) -> tuple[str, ...]:
    """Whom a call to the number rings first."""
    return flow_of(number).lines[0].phones


def read_tables(number: Any) -> int:
    """In how many statements the number's flow is read."""
    with CaptureQueriesContext(connection) as statements:
        flow_of(number)
    return len(statements)


def test_a_flow_is_read_once_in_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    number = make.number(flow=flow_ringing(ANN))
    assert (read_tables(number), read_tables(number)) == (5, 0)
    FlowLine.objects.update(phone=BEN)
    assert rung(number) == (ANN,)
    later = time.monotonic() + LIFE_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert rung(number) == (BEN,)


def test_another_flow_of_the_number_holds_at_once() -> None:
    number = make.number(flow=flow_ringing(ANN))
    assert rung(number) == (ANN,)
    number.flow = None
    assert rung(number) == (twilio.SALES,)


def test_a_pools_flow_is_known_with_the_number() -> None:
    pool = make.pool(twilio.OURS, flow=flow_ringing(ANN))
    number = TrackedNumber.objects.with_flow_of_pool().get()
    with CaptureQueriesContext(connection) as statements:
        assert flow_id_of(number) == pool.flow_id
    assert (len(statements), flow_id_of(TrackedNumber.objects.get())) == (0, pool.flow_id)


def test_who_spoke_last_rings_unless_they_have_left_or_have_no_phone() -> None:
    number, ann, ben = make.number(), make.member("sales", phone=ANN), make.member("sales")
    assert last_manager_of(twilio.CALLER) == ""
    spoken: dict[str, Any] = {"caller": twilio.CALLER, "number": number, "account": number.account}
    begin_call(**spoken, sid="CA1", answered_by=ann.user, started_at=make.NOON)
    with CaptureQueriesContext(connection) as statements:
        assert last_manager_of(twilio.CALLER) == ANN
    assert len(statements) == 1
    ann.user.is_active = False
    ann.user.save()
    assert last_manager_of(twilio.CALLER) == ""
    begin_call(**spoken, sid="CA2", answered_by=ben.user, started_at=make.NOON + timedelta(hours=1))
    assert last_manager_of(twilio.CALLER) == ""
