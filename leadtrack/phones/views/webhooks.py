"""The addresses that a person pastes at the carrier."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from leadtrack.phones.carriers.twilio import public_url


@dataclass(frozen=True)
class Webhook:
    """An address to paste at the carrier."""

    label: str
    url: str


def webhooks(request: HttpRequest) -> list[Webhook]:
    """What to paste where, with the address that the carrier reaches us by."""
    doors = {
        "twilio-voice": _("A call comes in (HTTP POST)"),
        "twilio-fallback": _("Primary handler fails (HTTP POST)"),
        "twilio-status": _("Call status changes (HTTP POST)"),
        "twilio-message": _("A message comes in (HTTP POST)"),
    }
    return [
        Webhook(label, public_url(request, reverse(f"leadtrack:{door}"))) for door, label in doors.items()
    ]
