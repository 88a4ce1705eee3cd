"""A flow is read once in ten seconds."""

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leadtrack.phones.models import CallFlow, FlowLine, FlowText
from leadtrack.phones.ring import LIFE_SECONDS, flow_of
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
