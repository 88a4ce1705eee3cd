"""Twilio's answers in our words: the SDK's rows as the nouns of the interface."""

from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

from leadtrack.lib.money import to_cents
from leadtrack.phones.carriers.interface import AddressNeeded, Hooks, LoggedCall, Offer, Owned


def offer_of(told: Any, cents: int | None, currency: str) -> Offer:
    """A number for sale, with the price of its month."""
    can = _capabilities(told)
    needed = told.address_requirements
    return Offer(
        number=told.phone_number,
        friendly=told.friendly_name or told.phone_number,
        country=told.iso_country or "",
        locality=told.locality or "",
        region=told.region or "",
        address_needed=AddressNeeded(needed) if needed in set(AddressNeeded) else AddressNeeded.ANY,
        **can,
        monthly_cents=cents,
        currency=currency,
    )


def owned_of(told: Any) -> Owned:
    """A number that the account has."""
    return Owned(
        sid=told.sid,
        number=told.phone_number,
        friendly=told.friendly_name or told.phone_number,
        hooks=Hooks(
            voice=told.voice_url or "",
            fallback=told.voice_fallback_url or "",
            status=told.status_callback or "",
            message=told.sms_url or "",
        ),
        **_capabilities(told),
        application_sid=told.voice_application_sid or "",
        trunk_sid=told.trunk_sid or "",
        is_voice_by_get=told.voice_method == "GET",
        since=told.date_created,
    )


def _capabilities(told: Any) -> dict[str, bool]:
    """The live interface writes SMS and MMS, its specification sms and mms."""
    can = {str(name).lower(): bool(value) for name, value in (told.capabilities or {}).items()}
    return {name: can.get(name, False) for name in ("voice", "sms", "mms")}


def logged_of(told: Any) -> LoggedCall:
    """A line of the list of calls; one that never rang began when it was made."""
    price = _decimal(told.price)
    return LoggedCall(
        sid=told.sid,
        from_=told._from or "",
        to=told.to or "",
        status=told.status or "",
        direction=told.direction or "",
        started_at=told.start_time or told.date_created,
        ended_at=told.end_time,
        seconds=int(told.duration) if str(told.duration or "").isdecimal() else None,
        price_micros=None if price is None else int(abs(price) * 1_000_000),
        currency=(told.price_unit or "").upper()[:3] if price is not None else "",
        parent_sid=told.parent_call_sid or "",
    )


def cents_of(text: Any) -> int | None:
    """A price in minor units; None for no price."""
    amount = _decimal(text)
    return None if amount is None else to_cents(amount)


def _decimal(text: Any) -> Decimal | None:
    """None for no price. Twilio writes what we pay with a minus."""
    with suppress(InvalidOperation):
        amount = Decimal(str(text)) if text not in (None, "") else None
        return amount if amount is not None and amount.is_finite() else None
    return None
