"""Where each number rings, in a small encrypted file: for the minutes in which the database is missing.

A task writes it each minute and after changes; a web server that has none of its worker's disk writes its own
when a call ends. Who reads it asks nobody: neither the database nor the network.
"""

import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.fernet import InvalidToken
from django.conf import settings

from leadtrack.accounts.secrets import seal, unseal
from leadtrack.phones.flow import Situation, rounds_of
from leadtrack.phones.models import Assignment, CallFlow, CarrierAccount, TrackedNumber
from leadtrack.phones.ring import flow_value, with_parts

# Beat writes each minute: an older file is on a disk that no worker shares.
STALE_SECONDS: Final = 600
# Whom a flow rings first does not hang on the hour.
_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class KeptAccount:
    """An account as the file knows it; phones are E.164, `default_to` may be empty."""

    token: str
    default_to: str


@dataclass(frozen=True)
class KeptNumber:
    """A number of ours: its id, and the phones that ring first."""

    account_sid: str
    id: int
    phones: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """The whole file. Empty where there is none, or none that we can read."""

    accounts: dict[str, KeptAccount]
    numbers: dict[str, KeptNumber]


def write_offline_numbers() -> bool:
    """Write the file anew, at once or not at all; False in an installation that has no place for it."""
    path = _path()
    if path is None:
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sealed = seal(json.dumps(asdict(_kept_now())))
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    with os.fdopen(number, "w", encoding="ascii") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
    return True


def write_if_stale() -> bool:
    """Write it where it is missing or ten minutes old; whether it was written."""
    path = _path()
    if path is None:
        return False
    is_fresh = path.exists() and time.time() - path.stat().st_mtime < STALE_SECONDS
    return False if is_fresh else write_offline_numbers()


def read_offline_numbers() -> Kept:
    """What the file says; nothing where there is none, or it was sealed with a key that is gone."""
    path = _path()
    try:
        told = json.loads(unseal(path.read_text(encoding="ascii"))) if path else {}
    except (FileNotFoundError, InvalidToken):
        told = {}
    return Kept(
        {sid: KeptAccount(**one) for sid, one in told.get("accounts", {}).items()},
        {
            phone: KeptNumber(**one | {"phones": tuple(one["phones"])})
            for phone, one in told.get("numbers", {}).items()
        },
    )


def _path() -> Path | None:
    place = getattr(settings, "LEADTRACK_OFFLINE_NUMBERS", None)
    return Path(place) if place else None


def _kept_now() -> Kept:
    accounts = CarrierAccount.objects.filter(kind=CarrierAccount.Kind.TWILIO)
    phones = {row.pk: _first_phones(row) for row in with_parts()}
    of_pools = dict(
        Assignment.objects.filter(ends_at=None, pool__flow__isnull=False).values_list("number", "pool__flow")
    )
    numbers = TrackedNumber.objects.filter(released_at=None).select_related("account").order_by("pk")
    return Kept(
        {one.account_sid: KeptAccount(one.auth_token, str(one.default_to or "")) for one in accounts},
        {
            str(one.number): KeptNumber(
                one.account.account_sid,
                one.pk,
                phones.get(one.flow_id or of_pools.get(one.pk, 0)) or (str(one.forward_to),),
            )
            for one in numbers
        },
    )


def _first_phones(row: CallFlow) -> tuple[str, ...]:
    """Whom the flow rings first, whatever the hour: nobody is told that we are closed by mistake."""
    flow = flow_value(row)
    rounds = rounds_of(flow, Situation(at=_ANY_TIME))
    return rounds[0] if rounds else ()
