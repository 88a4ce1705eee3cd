"""PostgreSQL cannot be reached: the phone rings all the same, and calls are kept again when it is back."""

from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.faults.test_outage import wired_stack
from tests.phones import twilio
from tests.stack import Stack, wait_for

pytestmark = pytest.mark.services

NUMBERS = """
from tests import make
from leadtrack.phones.models import CallFlow, FlowLine
from leadtrack.phones.offline_numbers import write_offline_numbers
from leadtrack.visits.models import Site
flow = CallFlow.objects.create(name="Sales")
FlowLine.objects.create(flow=flow, position=0, phone="+15550100031")
make.number(account=make.carrier_account(default_to="+15550100039"), site=Site.objects.first(), flow=flow)
write_offline_numbers()
"""


def ring(stack: Stack, number: int) -> tuple[int, list[str], float]:
    """Status, phones that ring, and seconds until the answer."""
    from urllib.parse import urlencode

    body = urlencode(twilio.ringing(twilio.call_sid(number)))
    url = f"{stack.url}/hooks/twilio/voice"
    headers = {
        "X-Twilio-Signature": twilio.signature_of(url, body),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = httpx.post(url, content=body, headers=headers, timeout=15)
    phones = [one.text or "" for one in ET.fromstring(answer.content).iter("Number")]
    return answer.status_code, phones, answer.elapsed.total_seconds()


def test_the_phone_rings_while_the_database_is_cut_off() -> None:
    with wired_stack() as (stack, wire):
        stack.shell(NUMBERS)
        assert ring(stack, 1)[:2] == (200, ["+15550100031"])
        wire.cut()
        told = [ring(stack, number) for number in range(2, 12)]
        assert {(status, tuple(phones)) for status, phones, _seconds in told} == {(200, ("+15550100031",))}
        # Twilio waits 15 seconds; who finds out waits for the driver, the others do not.
        assert max(seconds for _status, _phones, seconds in told) < 10
        assert sorted(seconds for _status, _phones, seconds in told)[5] < 1
        wire.mend()
        calls = "SELECT count(*) FROM leadtrack_phones_call"

        def is_kept() -> bool:
            ring(stack, 20)
            return stack.rows(calls)[0][0] == 2

        wait_for(is_kept, seconds=30, what="calls to be kept again")
