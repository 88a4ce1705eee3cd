"""The database is missing: the carrier's doors answer from a small file, and nothing else does."""

from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from leadtrack.leads.hooks import signed
from leadtrack.phones import offline_numbers
from leadtrack.phones.models import Assignment, Call, CallFlow, FlowLine, Pool
from leadtrack.ui.outage import Outage
from tests import make
from tests.phones import twilio
from tests.phones.twilio import DIAL_DONE, STATUS, VOICE, signed_post

pytestmark = pytest.mark.django_db
ANN, DEFAULT = "+15550100031", "+15550100039"
FALLBACK, WHISPER = "/hooks/twilio/fallback", "/hooks/twilio/whisper"


@pytest.fixture(autouse=True)
def path(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.LEADTRACK_OFFLINE_NUMBERS = tmp_path / "phones" / "numbers"
    monkeypatch.setattr(signed, "_outage", Outage())
    return settings.LEADTRACK_OFFLINE_NUMBERS


class _GoneError(Exception):
    """What a driver says of a connection that was never made."""

    sqlstate = None


_GoneError.__name__ = "OperationalError"


def _missing(*_args: Any) -> Any:
    raise OperationalError("connection refused") from _GoneError()


@contextmanager
def no_database() -> Any:
    with connection.execute_wrapper(_missing):
        yield


def phones_of(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [number.text for number in ET.fromstring(response.content).iter("Number")]


def test_calls_ring_at_the_sales_phone_all_the_same(client):
    number = make.number()
    offline_numbers.write_offline_numbers()
    with no_database():
        response = signed_post(client, VOICE, twilio.ringing())
        assert phones_of(response) == [twilio.SALES]
        dial = ET.fromstring(response.content)[0].attrib
        assert (dial["callerId"], dial["answerOnBridge"]) == (twilio.CALLER, "true")
        assert dial["action"] == f"http://testserver{DIAL_DONE}?number={number.pk}"
    assert Call.objects.count() == 0


def test_a_flow_or_a_pools_flow_rings_its_first_phones(client):
    flow = CallFlow.objects.create(name="Sales", ring=CallFlow.Ring.IN_TURN)
    FlowLine.objects.create(flow=flow, position=0, phone=ANN)
    FlowLine.objects.create(flow=flow, position=1, phone=twilio.SALES)
    number = make.number(flow=flow)
    offline_numbers.write_offline_numbers()
    with no_database():
        assert phones_of(signed_post(client, VOICE, twilio.ringing())) == [ANN]
    number.flow = None
    number.save()
    pool = Pool.objects.create(name="Ads", site=number.site, flow=flow)
    Assignment.objects.create(number=number, pool=pool, starts_at=timezone.now() - timedelta(days=1))
    offline_numbers.write_offline_numbers()
    with no_database():
        assert phones_of(signed_post(client, VOICE, twilio.ringing())) == [ANN]


def test_who_is_not_answered_there_reaches_the_accounts_own_phone_once(client):
    make.number(account=make.carrier_account(default_to=DEFAULT))
    offline_numbers.write_offline_numbers()
    with no_database():
        dial = ET.fromstring(signed_post(client, VOICE, twilio.ringing()).content)[0]
        path = dial.attrib["action"].removeprefix("http://testserver")
        second = signed_post(client, path, twilio.dial_done("no-answer"))
        assert phones_of(second) == [DEFAULT]
        path = ET.fromstring(second.content)[0].attrib["action"].removeprefix("http://testserver")
        assert phones_of(signed_post(client, path, twilio.dial_done("no-answer"))) == []


def test_an_answered_call_is_not_forwarded_again(client):
    make.number(account=make.carrier_account(default_to=DEFAULT))
    offline_numbers.write_offline_numbers()
    with no_database():
        response = signed_post(client, f"{DIAL_DONE}?number=1", twilio.dial_done("completed", 64))
    assert [verb.tag for verb in ET.fromstring(response.content)] == ["Hangup"]


def test_a_number_that_the_file_does_not_know_rings_there_too(client):
    make.carrier_account(default_to=DEFAULT)
    offline_numbers.write_offline_numbers()
    with no_database():
        assert phones_of(signed_post(client, VOICE, twilio.ringing())) == [DEFAULT]


def test_the_signature_is_checked_all_the_same(client):
    make.number()
    offline_numbers.write_offline_numbers()
    with no_database():
        assert signed_post(client, VOICE, twilio.ringing(), token="54321").status_code == 403
        assert client.post(VOICE, twilio.ringing()).status_code == 403
        stranger = twilio.ringing() | {"AccountSid": "AC" + "9" * 32}
        assert signed_post(client, VOICE, stranger).status_code == 403


def test_news_of_lines_is_taken_and_forgotten_and_who_picks_up_is_put_through(client):
    make.number()
    offline_numbers.write_offline_numbers()
    with no_database():
        assert signed_post(client, STATUS, twilio.sales_line("ringing", 1)).status_code == 204
        whisper = signed_post(client, WHISPER, twilio.sales_line("in-progress", 1))
        assert len(ET.fromstring(whisper.content)) == 0
        key = signed_post(client, f"{WHISPER}-key", twilio.sales_line("in-progress", 1, Digits="2"))
        assert [verb.tag for verb in ET.fromstring(key.content)] == ["Hangup"]


def test_only_one_request_in_a_while_looks_for_the_database(client, monkeypatch):
    make.number()
    offline_numbers.write_offline_numbers()
    asked = []

    def count(*args: Any) -> Any:
        asked.append(1)
        return _missing(*args)

    with connection.execute_wrapper(count):
        for _call in range(5):
            assert phones_of(signed_post(client, VOICE, twilio.ringing())) == [twilio.SALES]
    assert len(asked) == 1


def test_when_it_is_back_calls_are_kept_again(client, monkeypatch):
    make.number()
    offline_numbers.write_offline_numbers()
    with no_database():
        signed_post(client, VOICE, twilio.ringing())
    monkeypatch.setattr("leadtrack.ui.outage.PAUSE_SECONDS", 0)
    monkeypatch.setattr(signed._outage, "_look_at", 0.0)
    signed_post(client, VOICE, twilio.ringing())
    assert Call.objects.count() == 1


def test_any_other_failure_is_an_error_and_the_fallback_answers_it(client):
    make.number()
    offline_numbers.write_offline_numbers()
    client.raise_request_exception = False

    def broken(*_args: Any) -> Any:
        raise OperationalError("no such table")

    with connection.execute_wrapper(broken):
        assert signed_post(client, VOICE, twilio.ringing()).status_code == 500
        assert phones_of(signed_post(client, FALLBACK, twilio.ringing())) == [twilio.SALES]


def test_without_a_file_the_fallback_asks_the_database(client):
    make.number()
    assert phones_of(signed_post(client, FALLBACK, twilio.ringing())) == [twilio.SALES]
    assert Call.objects.count() == 1


def test_the_file_tells_nobody_anything(path):
    make.number()
    offline_numbers.write_offline_numbers()
    written = path.read_text()
    for secret in (twilio.TOKEN, twilio.SALES.removeprefix("+"), twilio.ACCOUNT):
        assert secret not in written
    assert path.stat().st_mode & 0o077 == 0
    assert [file.name for file in path.parent.iterdir()] == ["numbers"]


def test_a_file_of_another_key_is_no_file(path, settings, client):
    settings.LEADTRACK_FIELD_KEYS = []  # then a key is made of SECRET_KEY
    make.number()
    offline_numbers.write_offline_numbers()
    settings.SECRET_KEY = "another key that is as long as it has to be here"
    assert offline_numbers.read_offline_numbers().numbers == {}


def test_a_web_server_on_another_disk_writes_its_own(path, client):
    make.number()
    signed_post(client, STATUS, twilio.caller_line("completed", CallDuration="64"))
    assert offline_numbers.read_offline_numbers().numbers[twilio.OURS].phones == (twilio.SALES,)
    before = path.stat().st_mtime_ns
    signed_post(client, STATUS, twilio.caller_line("completed", CallDuration="64"))
    assert path.stat().st_mtime_ns == before


def test_without_a_place_for_it_nothing_is_written(settings):
    settings.LEADTRACK_OFFLINE_NUMBERS = None
    assert not offline_numbers.write_offline_numbers()
    assert not offline_numbers.write_if_stale()
    assert offline_numbers.read_offline_numbers().accounts == {}
