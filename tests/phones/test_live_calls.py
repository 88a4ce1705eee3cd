"""The fake carrier calls a web server of ours over real HTTP, in both directions."""

from typing import Any

import pytest
from django.utils import timezone

from leadtrack.phones import check, jobs
from leadtrack.phones.models import Call, CarrierJob, TrackedNumber
from tests import make
from tests.phones.fake_twilio import Delivery, FakeTwilio, Phone, Script

NEW, CALLER = "+15550100099", "+15550100010"


@pytest.mark.django_db(transaction=True)
def test_a_number_is_bought_called_and_checked_over_the_network(live_server: Any, settings: Any) -> None:
    settings.PUBLIC_BASE_URL = live_server.url
    with FakeTwilio() as twilio:
        settings.LEADTRACK_TWILIO_API = twilio.url
        twilio.books.sell(NEW)
        account = make.carrier_account()
        details = {"site": make.site().pk, "forward_to": "+15550100030", "source": make.source().pk}
        job = CarrierJob.objects.create(
            account=account, kind="buy", number=NEW, details=details, due_at=timezone.now()
        )
        assert jobs.work(job.pk, now=timezone.now())
        assert check.check_account(account, now=timezone.now()) == 0
        answered = twilio.call(CALLER, NEW, Script(talks=65, stir="TN-Validation-Passed-A"))
        shuffled = Delivery(order="shuffled", times=2)
        missed = twilio.call(CALLER, NEW, Script(phone=Phone(does="busy"), delivery=shuffled))
    source = TrackedNumber.objects.get().assignments.get().source
    calls = {call.sid: call for call in Call.objects.all()}
    assert (calls[answered.sid].status, calls[answered.sid].talk_seconds) == ("answered", 65)
    assert (calls[answered.sid].source, calls[answered.sid].stir) == (source, "TN-Validation-Passed-A")
    assert calls[missed.sid].status == "missed"
    assert len(calls) == 2
    assert all(asked.heard is not None and asked.heard.is_good for asked in twilio.post.asked)
