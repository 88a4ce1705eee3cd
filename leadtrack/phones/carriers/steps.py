"""What a stored notice says of its call, whichever carrier sent it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leadtrack.phones.carriers import pbx_notice, twilio
from leadtrack.phones.models import CarrierAccount
from leadtrack.phones.progress import Step


def step_of(kind: str, payload: Mapping[str, Any], *, received_at: datetime) -> Step:
    """The step of a notice of an account of this kind (CarrierAccount.Kind)."""
    if kind == CarrierAccount.Kind.PBX:
        return pbx_notice.step_of(payload, received_at=received_at)
    return twilio.step_of(payload, received_at=received_at)
