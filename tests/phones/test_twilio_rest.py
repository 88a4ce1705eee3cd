"""Twilio's REST interface as we ask it, over real HTTP."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from leadtrack.phones.carriers import twilio_http
from leadtrack.phones.carriers.interface import (
    AddressNeeded,
    Carrier,
    CarrierError,
    Hooks,
    NumberKind,
    Wanted,
    carrier_for,
)
from leadtrack.phones.models import CarrierAccount
from tests.phones.fake_twilio import FakeTwilio, Trouble
from tests.phones.fake_twilio.server import ACCOUNT, TOKEN

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOOKS = Hooks(
    voice="https://lt.example/hooks/twilio/voice",
    fallback="https://bin.example/default",
    status="https://lt.example/hooks/twilio/status",
    message="https://lt.example/hooks/twilio/message",
)
EXAMPLES = Path(__file__).parent / "twilio_answers.json"


@pytest.fixture
def twilio(settings: Any) -> Iterator[FakeTwilio]:
    cache.clear()
    with FakeTwilio(start=NOON) as fake:
        settings.LEADTRACK_TWILIO_API = fake.url
        yield fake


@pytest.fixture
def carrier(twilio: FakeTwilio) -> Carrier:
    return carrier_for(CarrierAccount(pk=1, kind="twilio", account_sid=ACCOUNT, auth_token=TOKEN))


def test_numbers_for_sale_come_with_what_a_month_costs_this_account(twilio, carrier):
    twilio.books.sell("+15550100020")
    twilio.books.sell("+15550100021", capabilities={"voice": True, "SMS": False, "MMS": False})
    twilio.books.sell("+15550100022", kind="TollFree")
    twilio.books.prices["US"] = {
        "country": "United States",
        "iso_country": "US",
        "phone_number_prices": [
            {"number_type": "local", "base_price": "1.15", "current_price": "1.00"},
            {"number_type": "toll free", "base_price": "2.15", "current_price": "2.15"},
        ],
        "price_unit": "usd",
    }
    (offer,) = carrier.search(Wanted("US", sms=True))
    assert (offer.number, offer.locality, offer.voice, offer.sms, offer.mms) == (
        "+15550100020",
        "Hilo",
        True,
        True,
        False,
    )
    assert (offer.monthly_cents, offer.currency) == (100, "USD")
    (free,) = carrier.search(Wanted("US", kind=NumberKind.TOLL_FREE))
    assert (free.number, free.monthly_cents) == ("+15550100022", 215)
    assert [asked.path for asked in twilio.asked].count("/v1/PhoneNumbers/Countries/US") == 1


def test_a_country_without_prices_still_sells(twilio, carrier):
    twilio.books.sell("+4930901820", country="DE", address_requirements="local")
    (offer,) = carrier.search(Wanted("DE"))
    assert (offer.monthly_cents, offer.currency) == (None, "")
    assert offer.address_needed == AddressNeeded.LOCAL
    assert carrier.search(Wanted("DE", without_address=True)) == []


def test_a_search_is_narrowed_by_what_was_asked(twilio, carrier):
    for number in ("+15550100020", "+15551100021"):
        twilio.books.sell(number)
    assert [offer.number for offer in carrier.search(Wanted("US", contains="55511"))] == ["+15551100021"]
    asked = twilio.asked[0]
    assert asked.params == {"Contains": "55511", "VoiceEnabled": "true", "PageSize": "30"}


def test_a_number_is_bought_set_up_from_its_first_second(twilio, carrier):
    twilio.books.sell("+15550100020")
    owned = carrier.buy(number="+15550100020", hooks=HOOKS, name="Leaflet")
    assert owned.hooks == HOOKS
    assert (owned.number, owned.friendly, owned.voice, owned.sms) == ("+15550100020", "Leaflet", True, True)
    assert twilio.books.paid == ["+15550100020"]
    assert twilio.books.numbers[owned.sid]["voice_method"] == "POST"


@pytest.mark.parametrize("code", [21421, 21422, 21452, 21615, 21631, 21649])
def test_a_purchase_that_is_refused_tells_the_next_step(twilio, carrier, code):
    twilio.books.sell("+15550100020", _refuses=code)
    with pytest.raises(CarrierError) as refused:
        carrier.buy(number="+15550100020", hooks=HOOKS)
    assert refused.value.code == str(code)
    assert not refused.value.is_temporary
    assert str(code) not in str(refused.value)
    assert twilio.books.paid == []


def test_setting_up_takes_away_what_would_be_asked_in_our_place(twilio, carrier):
    row = twilio.books.own("+15550100020", VoiceApplicationSid="AP1", VoiceMethod="GET", FriendlyName="Old")
    (before,) = carrier.owned()
    assert (before.application_sid, before.is_voice_by_get) == ("AP1", True)
    owned = carrier.configure(sid=row["sid"], hooks=Hooks(voice=HOOKS.voice))
    assert (owned.hooks.voice, owned.application_sid, owned.is_voice_by_get) == (HOOKS.voice, "", False)
    assert owned.friendly == "Old"


def test_what_we_have_no_address_for_is_left_alone(twilio, carrier):
    row = twilio.books.own("+15550100020", SmsUrl="https://other.example/sms", SmsApplicationSid="AP2")
    owned = carrier.configure(sid=row["sid"], hooks=Hooks(voice=HOOKS.voice))
    assert owned.hooks.message == "https://other.example/sms"
    assert row["sms_application_sid"] == "AP2"


def test_all_numbers_are_listed_page_by_page(twilio, carrier):
    for number in range(230):
        twilio.books.own(f"+155501{number:05d}")
    assert len({owned.sid for owned in carrier.owned()}) == 230
    assert len(twilio.asked) == 3


def test_one_number_is_found_by_the_whole_of_it(twilio, carrier):
    twilio.books.own("+155501000201")
    twilio.books.own("+15550100020")
    assert [owned.number for owned in carrier.owned(number="+15550100020")] == ["+15550100020"]


def test_a_number_is_given_back_once_and_for_all(twilio, carrier):
    row = twilio.books.own("+15550100020")
    carrier.release(sid=row["sid"])
    carrier.release(sid=row["sid"])
    assert twilio.books.numbers == {}


def test_the_list_of_calls_is_of_the_moments_asked_for(twilio, carrier):
    for minutes in range(130):
        twilio.clock.pass_(60)
        row = twilio.books.log_call(from_="+15550100010", to="+15550100020", direction="inbound")
        twilio.books.end_call(row["sid"], "completed", seconds=42, lasted=42)
        assert minutes < 130
    since = NOON + timedelta(minutes=11)
    calls = list(carrier.calls_between(since=since, until=NOON + timedelta(minutes=121)))
    assert len(calls) == 110
    assert min(call.started_at for call in calls) == since
    twilio.books.settle_prices("-0.00850")
    priced = next(iter(carrier.calls_between(since=NOON, until=NOON + timedelta(minutes=2))))
    assert (priced.price_micros, priced.currency, priced.seconds) == (8500, "USD", 42)
    assert (calls[0].price_micros, calls[0].currency) == (None, "")
    assert calls[0].is_incoming


def test_a_recording_comes_in_parts_and_is_deleted(twilio, carrier):
    call = twilio.books.log_call(from_="+15550100010", to="+15550100020", direction="inbound")
    row = twilio.books.record(call["sid"], 60, "DialVerb")
    media = carrier.recording(f"https://api.twilio.com{row['uri'].removesuffix('.json')}")
    assert media.content_type == "audio/mpeg"
    assert b"".join(media.parts) == twilio.books.sounds[row["sid"]]
    carrier.delete_recording(sid=row["sid"])
    carrier.delete_recording(sid=row["sid"])
    with pytest.raises(CarrierError) as gone:
        carrier.recording(row["sid"])
    assert gone.value.code == "not_found"


def test_a_recording_that_is_not_ready_is_not_found_yet(twilio, carrier):
    row = twilio.books.record("CA1", 60, "DialVerb", is_late=True)
    with pytest.raises(CarrierError, match="does not know"):
        carrier.recording(row["sid"])
    twilio.books.finish_recordings()
    assert b"".join(carrier.recording(row["sid"]).parts)


@pytest.mark.parametrize("url", ["https://evil.example/steal", "", "http://169.254.169.254/latest"])
def test_our_token_is_never_sent_to_an_address_that_was_told(twilio, carrier, url):
    with pytest.raises(CarrierError):
        carrier.recording(url)
    assert twilio.asked == []


def test_a_text_is_sent_from_a_number_of_ours(twilio, carrier):
    twilio.books.own("+15550100020")
    sid = carrier.send_text(
        number="+15550100020", to="+15550100010", body="Hello", channel="sms", status_url=HOOKS.status
    )
    assert twilio.books.messages[sid]["_callback"] == HOOKS.status
    other = carrier.send_text(
        number="+15550100020", to="+15550100010", body="Hello", channel="whatsapp", status_url=""
    )
    assert twilio.books.messages[other]["from"] == "whatsapp:+15550100020"
    assert twilio.books.messages[other]["to"] == "whatsapp:+15550100010"


def test_a_call_is_placed_that_says_a_sentence_or_asks_us(twilio, carrier):
    twilio.books.own("+15550100020")
    said = carrier.place_call(number="+15550100020", to="+15550100010", says="A & B")
    assert "A &amp; B" in twilio.books.calls[said]["_wanted"]["Twiml"]
    asked = carrier.place_call(
        number="+15550100020", to="+15550100010", voice_url=HOOKS.voice, status_url=HOOKS.status
    )
    wanted = twilio.books.calls[asked]["_wanted"]
    assert wanted["StatusCallbackEvent"] == "initiated ringing answered completed"


@pytest.mark.parametrize(
    ("trouble", "code", "is_temporary", "retry_after", "is_unsure"),
    [
        (Trouble(status=429, retry_after="7"), "too_many", True, 7, False),
        (Trouble(status=429), "too_many", True, None, False),
        (Trouble(status=429, retry_after="tomorrow"), "too_many", True, None, False),
        (Trouble(status=500), "carrier_trouble", True, None, True),
        (Trouble(status=503, retry_after="3"), "carrier_trouble", True, 3, True),
        (Trouble(drops=True), "unreachable", True, None, True),
        (Trouble(drops_after=True), "unreachable", True, None, True),
        (Trouble(body="<h1>Bad gateway</h1>"), "unreadable", True, None, True),
        (Trouble(body="<h1>Bad gateway</h1>", status=502), "carrier_trouble", True, None, True),
        (Trouble(status=401, code=20003), "not_allowed", False, None, False),
        (Trouble(status=404, code=20404), "not_found", False, None, False),
        (Trouble(status=400, code=21999), "21999", False, None, False),
        (Trouble(status=418, body="teapot"), "418", False, None, False),
        (Trouble(slow=1.0), "too_slow", True, None, True),
    ],
)
def test_what_goes_wrong_is_told_in_one_way(
    twilio, settings, monkeypatch, trouble, code, is_temporary, retry_after, is_unsure
):
    monkeypatch.setattr(twilio_http, "SECONDS", 0.3)
    carrier = carrier_for(CarrierAccount(pk=1, kind="twilio", account_sid=ACCOUNT, auth_token=TOKEN))
    twilio.books.sell("+15550100020")
    twilio.troubles.append(trouble)
    with pytest.raises(CarrierError) as told:
        carrier.buy(number="+15550100020", hooks=HOOKS)
    problem = told.value
    assert (problem.code, problem.is_temporary) == (code, is_temporary)
    assert (problem.retry_after, problem.is_unsure) == (retry_after, is_unsure)
    assert "+1555" not in str(problem)


def test_nobody_listening_is_told_as_unreachable(settings):
    settings.LEADTRACK_TWILIO_API = "http://127.0.0.1:9"
    carrier = carrier_for(CarrierAccount(pk=1, kind="twilio", account_sid=ACCOUNT, auth_token=TOKEN))
    with pytest.raises(CarrierError) as told:
        list(carrier.owned())
    assert (told.value.code, told.value.is_temporary) == ("unreachable", True)


def test_the_time_limit_is_ten_seconds_and_nothing_is_asked_twice_by_itself(twilio):
    wire = twilio_http.Wire()
    assert wire.timeout == 10
    twilio.troubles.append(Trouble(status=500))
    carrier = carrier_for(CarrierAccount(pk=1, kind="twilio", account_sid=ACCOUNT, auth_token=TOKEN))
    with pytest.raises(CarrierError):
        list(carrier.owned())
    assert len(twilio.asked) == 1


def test_a_wrong_token_is_told_as_such(twilio):
    carrier = carrier_for(CarrierAccount(pk=1, kind="twilio", account_sid=ACCOUNT, auth_token="wrong"))
    with pytest.raises(CarrierError, match="copy both anew"):
        list(carrier.owned())


def test_phone_numbers_and_texts_stay_out_of_the_log(twilio, carrier, caplog):
    twilio.books.own("+15550100020")
    with caplog.at_level("DEBUG"):
        list(carrier.owned(number="+15550100020"))
        carrier.send_text(
            number="+15550100020", to="+15550100010", body="Secret", channel="sms", status_url=""
        )
    assert "15550100020" not in caplog.text
    assert "Secret" not in caplog.text


def test_the_published_examples_of_answers_are_understood():
    from twilio.rest.api.v2010.account.call import CallInstance
    from twilio.rest.api.v2010.account.incoming_phone_number import IncomingPhoneNumberInstance

    from leadtrack.phones.carriers.twilio_read import logged_of, owned_of

    examples = json.loads(EXAMPLES.read_text())
    owned = owned_of(IncomingPhoneNumberInstance(None, examples["number"], ACCOUNT))
    assert (owned.number, owned.voice, owned.sms, owned.application_sid) == (
        "+18089255327",
        True,
        False,
        "APaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    )
    assert owned.is_voice_by_get
    first, *_rest = [logged_of(CallInstance(None, row, ACCOUNT)) for row in examples["calls"]]
    assert (first.from_, first.seconds, first.price_micros) == ("+13051416799", 4, 200_000)
    assert first.ended_at == datetime(2019, 10, 18, 17, 3, tzinfo=UTC)
    assert not first.is_incoming
