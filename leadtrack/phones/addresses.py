"""The addresses of ours that a carrier calls, as the outside world knows them."""

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from leadtrack.phones.carriers.interface import CarrierError, Hooks

# An address that only this machine knows is of no use to a carrier, but to a stand-in on this machine.
_OWN_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def hooks_of_ours() -> Hooks:
    """What each number is set up with at Twilio. CarrierError where the carrier could never reach us."""
    own_fallback = str(getattr(settings, "LEADTRACK_VOICE_FALLBACK_URL", ""))
    return Hooks(
        voice=full_address("twilio-voice"),
        fallback=own_fallback or full_address("twilio-fallback"),
        status=full_address("twilio-status"),
        message=full_address("twilio-message"),
    )


def full_address(name: str) -> str:
    """One of our doors, by the name of its address. CarrierError where the carrier could never reach it."""
    base = str(getattr(settings, "PUBLIC_BASE_URL", "")).rstrip("/")
    is_rehearsal = bool(getattr(settings, "LEADTRACK_TWILIO_API", ""))
    if not base or (urlsplit(base).hostname in _OWN_MACHINE and not is_rehearsal):
        raise CarrierError("no_public_address")
    return base + reverse(f"leadtrack:{name}")
