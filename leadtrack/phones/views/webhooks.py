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
    voice, status = reverse("leadtrack:twilio-voice"), reverse("leadtrack:twilio-status")
    return [
        Webhook(_("A call comes in (HTTP POST)"), public_url(request, voice)),
        Webhook(_("Call status changes (HTTP POST)"), public_url(request, status)),
    ]
