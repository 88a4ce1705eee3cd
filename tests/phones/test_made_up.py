"""The demo's account, which no carrier knows."""

import html
from typing import Any

import pytest

from leadtrack.phones import check, jobs, recover, sending
from leadtrack.phones.carriers.interface import CarrierError, Wanted, carrier_for
from leadtrack.phones.models import CarrierAccount, CarrierJob, TextMessage, TrackedNumber
from tests import make
from tests.phones.fake_twilio import FakeTwilio
from tests.phones.test_buy import QUESTION

pytestmark = pytest.mark.django_db
WORDS = "This is the demo's own account, which no carrier knows"


@pytest.fixture
def number(settings: Any) -> TrackedNumber:
    row = make.number()
    settings.LEADTRACK_MADE_UP_ACCOUNTS = [row.account.account_sid]
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:8000"
    return row


def test_it_is_said_in_words_and_nobody_is_asked(number: TrackedNumber, settings: Any) -> None:
    with FakeTwilio() as twilio:
        settings.LEADTRACK_TWILIO_API = twilio.url
        with pytest.raises(CarrierError) as problem:
            carrier_for(number.account).search(Wanted(country="US"))
        assert "demo" in str(problem.value.words)
        assert not twilio.asked


def test_its_pages_say_so_at_once(number: TrackedNumber, login: Any) -> None:
    admin = login("admin")
    found = admin.get(QUESTION.format(number.account_id))
    assert WORDS in html.unescape(found.content.decode())
    checked = admin.post(f"/numbers/{number.pk}/check/", follow=True)
    assert WORDS in html.unescape(checked.content.decode())


@pytest.mark.parametrize("kind", [CarrierJob.Kind.BUY, CarrierJob.Kind.CONFIGURE, CarrierJob.Kind.TEST])
def test_what_is_ordered_ends_at_once(number: TrackedNumber, kind: str) -> None:
    job = CarrierJob.objects.create(
        account=number.account,
        kind=kind,
        tracked=None if kind == CarrierJob.Kind.BUY else number,
        number="+15550100077" if kind == CarrierJob.Kind.BUY else number.number,
        details={"site": number.site_id, "forward_to": "+15550100030", "to": "+15550100030"},
        due_at=make.NOON,
    )
    assert not jobs.work(job.pk, now=make.NOON)
    job.refresh_from_db()
    assert (job.state, job.error) == (CarrierJob.State.FAILED, "made_up_account")


def test_a_text_is_not_sent_and_says_why(number: TrackedNumber) -> None:
    text = TextMessage.objects.create(
        number=number,
        phone="+15550100010",
        is_inbound=False,
        body="Hello",
        state=TextMessage.State.WAITING,
        due_at=make.NOON,
    )
    assert not sending.send(text.pk, now=make.NOON)
    text.refresh_from_db()
    assert (text.state, text.error) == (TextMessage.State.FAILED, "made_up_account")


def test_its_numbers_have_no_faults_and_its_calls_no_list(number: TrackedNumber) -> None:
    assert check.check_all(now=make.NOON) == 0
    recover.compare_all(now=make.NOON)
    number.refresh_from_db()
    assert number.faults == []
    assert CarrierAccount.objects.get().compared_until is None
