"""Twilio's REST interface, through its official SDK. Slow to load: only `carrier_for` may load it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import requests
from django.core.cache import cache
from twilio.base import values
from twilio.rest import Client

from leadtrack.phones.carriers import twilio_http
from leadtrack.phones.carriers.interface import (
    CarrierError,
    Hooks,
    LoggedCall,
    Media,
    NumberKind,
    Offer,
    Owned,
    Wanted,
)
from leadtrack.phones.carriers.twilio import said_twiml
from leadtrack.phones.carriers.twilio_http import Wire, asked, here, refusal
from leadtrack.phones.carriers.twilio_read import cents_of, logged_of, offer_of, owned_of
from leadtrack.phones.models import CarrierAccount, TextMessage

_API: Final = "https://api.twilio.com/2010-04-01"
_PAGE_SIZE: Final = 100
# A day of calls in few requests: as many as Twilio sends at most.
_MOST_CALLS: Final = 1000
_PRICES_FOR: Final = 3600
_CHUNK: Final = 64 * 1024
_RECORDING_SID: Final = re.compile(r"RE[0-9a-fA-F]{32}", re.ASCII)
_PRICE_KINDS: Final = {
    NumberKind.LOCAL: "local",
    NumberKind.MOBILE: "mobile",
    NumberKind.TOLL_FREE: "toll free",
}


class TwilioCarrier:
    """One account at Twilio."""

    def __init__(self, account: CarrierAccount) -> None:
        self._account = account
        self._client = Client(account.account_sid, account.auth_token, http_client=Wire())

    def search(self, wanted: Wanted) -> list[Offer]:
        """Numbers for sale, each with what a month of it costs, where Twilio names a price."""
        country = self._client.available_phone_numbers(wanted.country)
        shelf = {
            NumberKind.LOCAL: country.local,
            NumberKind.MOBILE: country.mobile,
            NumberKind.TOLL_FREE: country.toll_free,
        }[wanted.kind]
        found = shelf.list(**_filters(wanted), limit=wanted.limit, page_size=min(wanted.limit, _PAGE_SIZE))
        price, currency = self._price(wanted.country, wanted.kind) if found else (None, "")
        return [offer_of(each, price, currency) for each in found]

    def buy(self, *, number: str, hooks: Hooks, name: str = "") -> Owned:
        """Buy it, set up from its first second."""
        fields = _hook_fields(hooks) | {"friendly_name": name[:64] or values.unset}
        return owned_of(self._client.incoming_phone_numbers.create(phone_number=number, **fields))

    def configure(self, *, sid: str, hooks: Hooks) -> Owned:
        """Set our addresses; an application or trunk would be asked in their place, so they go."""
        fields = _hook_fields(hooks) | {"voice_application_sid": "", "trunk_sid": ""}
        if hooks.message:
            fields |= {"sms_application_sid": ""}
        return owned_of(self._client.incoming_phone_numbers(sid).update(**fields))

    def release(self, *, sid: str) -> None:
        """Give it back; one that is gone already is fine."""
        with _gone_is_fine():
            self._client.incoming_phone_numbers(sid).delete()

    def owned(self, *, number: str = "") -> Iterator[Owned]:
        """The account's numbers. Twilio matches parts of a number, we do not."""
        found = self._client.incoming_phone_numbers.stream(
            phone_number=number or values.unset, page_size=_PAGE_SIZE
        )
        return (owned_of(each) for each in found if not number or each.phone_number == number)

    def calls_between(self, *, since: datetime, until: datetime) -> Iterator[LoggedCall]:
        """The list of calls. Twilio filters by whole days in UTC, we by the moment."""
        found = self._client.calls.stream(
            start_time_after=since.astimezone(UTC).date().isoformat(),
            start_time_before=(until.astimezone(UTC).date() + timedelta(days=1)).isoformat(),
            page_size=_MOST_CALLS,
        )
        logged = (logged_of(each) for each in found if each.start_time or each.date_created)
        return (call for call in logged if since <= call.started_at < until)

    def recording(self, url_or_sid: str) -> Media:
        """Its mp3. The address is made from the sid alone: our token goes nowhere else."""
        sid = _RECORDING_SID.search(url_or_sid)
        if sid is None:
            raise CarrierError("not_found")
        address = here(f"{_API}/Accounts/{self._account.account_sid}/Recordings/{sid[0]}.mp3")
        return asked(lambda: _media(address, (self._account.account_sid, self._account.auth_token)))

    def delete_recording(self, *, sid: str) -> None:
        """Delete it at Twilio; one that is gone already is fine."""
        with _gone_is_fine():
            self._client.recordings(sid).delete()

    def pause_recording(self, *, call_sid: str, is_paused: bool) -> None:
        """Pause or resume what records the call now; silence keeps its place, so that moments still fit."""
        current = self._client.calls(call_sid).recordings("Twilio.CURRENT")
        if is_paused:
            current.update(status="paused", pause_behavior="silence")
        else:
            current.update(status="in-progress")

    def send_text(self, *, number: str, to: str, body: str, channel: str, status_url: str) -> str:
        """Send a text or WhatsApp message; its sid."""
        prefix = "whatsapp:" if channel == TextMessage.Channel.WHATSAPP else ""
        sent = self._client.messages.create(
            from_=prefix + number, to=prefix + to, body=body, status_callback=status_url or values.unset
        )
        return str(sent.sid)

    def place_call(
        self, *, number: str, to: str, voice_url: str = "", says: str = "", status_url: str = ""
    ) -> str:
        """Ring somebody; its sid. Twilio tells of the start and the end of ringing and talking."""
        call = self._client.calls.create(
            from_=number,
            to=to,
            **({"twiml": said_twiml(says)} if says else {"url": voice_url, "method": "POST"}),
            timeout=30,
            status_callback=status_url or values.unset,
            status_callback_method="POST",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
        return str(call.sid)

    def _price(self, country: str, kind: NumberKind) -> tuple[int | None, str]:
        """Of a month, in minor units, as this account pays; (None, "") where Twilio names none."""
        key = f"lt:twilio-prices:{self._account.pk}:{country}"
        told: dict[str, Any] | None = cache.get(key)
        if told is None:
            told = self._prices(country)
            cache.set(key, told, _PRICES_FOR)
        cents = told["cents"].get(_PRICE_KINDS[kind])
        return cents, told["currency"] if cents is not None else ""

    def _prices(self, country: str) -> dict[str, Any]:
        """Twilio has no prices for some countries: a number may be bought without knowing one."""
        try:
            told = self._client.pricing.v1.phone_numbers.countries(country).fetch()
        except CarrierError as problem:
            if problem.is_temporary:
                raise
            return {"cents": {}, "currency": ""}
        rows: list[Any] = told.phone_number_prices or []
        cents = {row.get("number_type"): cents_of(row.get("current_price")) for row in rows}
        return {"cents": cents, "currency": (told.price_unit or "").upper()[:3]}


def _filters(wanted: Wanted) -> dict[str, Any]:
    asked_for = {
        "contains": wanted.contains,
        "area_code": wanted.area_code,
        "in_locality": wanted.locality,
        "in_region": wanted.region,
        "voice_enabled": wanted.voice,
        "sms_enabled": wanted.sms,
        "mms_enabled": wanted.mms,
        "exclude_all_address_required": wanted.without_address,
    }
    return {name: value for name, value in asked_for.items() if value}


def _hook_fields(hooks: Hooks) -> dict[str, Any]:
    """Ours are POST. What has no address of ours is left as it is, never emptied."""
    fields = {
        "voice_url": hooks.voice,
        "voice_fallback_url": hooks.fallback,
        "status_callback": hooks.status,
        "sms_url": hooks.message,
    }
    methods = {
        "voice_url": "voice_method",
        "voice_fallback_url": "voice_fallback_method",
        "status_callback": "status_callback_method",
        "sms_url": "sms_method",
    }
    set_ones = {name: url for name, url in fields.items() if url}
    return set_ones | {methods[name]: "POST" for name in set_ones}


def _media(address: str, login: tuple[str, str]) -> Media:
    """The sound as it comes. `requests` takes the login off when it is sent on to another host."""
    answer = requests.get(address, auth=login, timeout=twilio_http.SECONDS, stream=True)
    if answer.status_code >= 400:
        with answer:
            raise refusal(answer.status_code, "", answer.headers.get("Retry-After", ""))
    return Media(answer.headers.get("Content-Type", "audio/mpeg").split(";")[0], _parts_of(answer))


def _parts_of(answer: requests.Response) -> Iterator[bytes]:
    with answer:
        parts = answer.iter_content(_CHUNK)
        while part := asked(lambda: next(parts, b"")):
            yield part


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    """What is to go away and is gone already: done."""
    try:
        yield
    except CarrierError as problem:
        if problem.code != "not_found":
            raise
