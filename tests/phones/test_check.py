"""The numbers at the carrier are compared with ours, and mended."""

from collections.abc import Iterator
from typing import Any

import pytest

from leadtrack.phones import check, faults, jobs
from leadtrack.phones.carriers.interface import Hooks, Owned
from leadtrack.phones.check import faults_of
from leadtrack.phones.models import CarrierAccount, CarrierJob, TrackedNumber
from tests import make
from tests.phones.fake_twilio import FakeTwilio, Trouble

NOON = make.NOON
HOOKS = Hooks("https://lt.example/v", "https://lt.example/f", "https://lt.example/s", "https://lt.example/m")
FIELDS = {
    "VoiceUrl": "https://lt.example/hooks/twilio/voice",
    "VoiceFallbackUrl": "https://lt.example/hooks/twilio/fallback",
    "StatusCallback": "https://lt.example/hooks/twilio/status",
    "SmsUrl": "https://lt.example/hooks/twilio/message",
}


def owned(hooks: Hooks = HOOKS, **fields: Any) -> Owned:
    return Owned(
        **{"sid": "PN1", "number": "+1", "friendly": "", "voice": True, "sms": True} | fields, hooks=hooks
    )


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (owned(), []),
        (None, ["absent"]),
        (owned(voice=False), ["no_voice"]),
        (owned(application_sid="AP1"), ["application"]),
        (owned(trunk_sid="TK1"), ["trunk"]),
        (owned(is_voice_by_get=True), ["voice_by_get"]),
        (owned(Hooks()), ["voice_missing", "fallback_missing", "status_missing", "message_missing"]),
        (owned(Hooks(), sms=False), ["voice_missing", "fallback_missing", "status_missing"]),
        (
            owned(Hooks("https://x/", "https://x/", "https://x/", "https://x/")),
            ["voice_wrong", "fallback_wrong", "status_wrong", "message_wrong"],
        ),
        (owned(Hooks("https://lt.example/v#rc=2&rt=8000", HOOKS.fallback, HOOKS.status, HOOKS.message)), []),
        (owned(Hooks("http://lt.example/v", HOOKS.fallback, HOOKS.status, HOOKS.message)), ["voice_wrong"]),
    ],
)
def test_what_is_wrong_with_a_number(there, found):
    assert list(faults_of(there, HOOKS)) == found
    assert all("reports a fault" not in faults.words_of(code) for code in found)


@pytest.fixture
def twilio(settings: Any, db: None) -> Iterator[FakeTwilio]:
    settings.PUBLIC_BASE_URL = "https://lt.example"
    with FakeTwilio(start=NOON) as fake:
        settings.LEADTRACK_TWILIO_API = fake.url
        yield fake


def test_every_number_of_the_account_is_compared_and_mended_by_a_job(twilio):
    account = make.carrier_account()
    twilio.books.own("+15550100020", **FIELDS)
    twilio.books.own("+15550100021", VoiceUrl="https://old.example", TrunkSid="TK1")
    twilio.books.own("+15550100029", **FIELDS)
    good, bad, absent = (make.number(f"+1555010002{n}", account=account) for n in (0, 1, 2))
    assert check.check_account(account, now=NOON) == 2
    for row in (good, bad, absent):
        row.refresh_from_db()
        assert row.checked_at == NOON
    assert (good.faults, good.capabilities) == ([], {"voice": True, "sms": True, "mms": False})
    assert bad.faults[:2] == ["trunk", "voice_wrong"]
    assert absent.faults == ["absent"]
    job = CarrierJob.objects.create(
        account=account, kind="configure", tracked=bad, number=bad.number, due_at=NOON
    )
    assert jobs.work(job.pk, now=NOON)
    assert check.check_account(account, now=NOON) == 1
    assert [one.number for one in check.untracked(account)] == ["+15550100029"]


def test_a_carrier_that_cannot_be_asked_leaves_what_was_known(twilio):
    number = make.number(faults=["trunk"], checked_at=NOON)
    twilio.troubles.append(Trouble(status=500))
    assert check.check_all(now=make.NOON) == 1
    number.refresh_from_db()
    assert number.faults == ["trunk", "unreachable"]
    twilio.books.own(str(number.number), **FIELDS)
    assert check.check_all(now=make.NOON) == 0
    number.refresh_from_db()
    assert number.faults == []


def test_numbers_given_back_and_those_of_a_pbx_are_not_asked_for(twilio):
    make.number(released_at=NOON, is_active=False)
    pbx = make.carrier_account(kind="pbx", account_sid="office")
    make.number("+15550100077", account=pbx, site=TrackedNumber.objects.get().site)
    assert check.check_all(now=NOON) == 0
    assert twilio.asked == []


def test_without_a_public_address_nothing_can_be_compared(twilio, settings):
    settings.PUBLIC_BASE_URL = ""
    make.number()
    assert check.check_account(CarrierAccount.objects.get(), now=NOON) == 1
    assert TrackedNumber.objects.get().faults == ["unreachable"]
