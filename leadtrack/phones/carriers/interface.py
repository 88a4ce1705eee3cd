"""What we ask of a carrier, whichever it is: the nouns, the verbs, and how it says no.

A carrier's module is loaded when it is first asked (Twilio's REST client takes seconds to import), so that
nothing here may import one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from leadtrack.phones.carriers.words import words_of
from leadtrack.phones.models import CarrierAccount

_CARRIERS: Final = {
    CarrierAccount.Kind.TWILIO: "leadtrack.phones.carriers.twilio_rest.TwilioCarrier",
    CarrierAccount.Kind.PBX: "leadtrack.phones.carriers.pbx.PbxCarrier",
}


class Ability(StrEnum):
    """What a carrier can be asked at all; the rest raises CarrierError with code "not_offered"."""

    NUMBERS = "numbers"  # search, buy, configure, release, owned
    LOG = "log"  # calls_between
    TEXTS = "texts"  # send_text
    CALLS = "calls"  # place_call
    RECORDINGS = "recordings"  # recording; delete_recording where it keeps them
    PAUSES = "pauses"  # pause_recording


# Told here, so that a web request that only wants to know loads no carrier.
ABILITIES: Final = {
    CarrierAccount.Kind.TWILIO: frozenset(Ability),
    CarrierAccount.Kind.PBX: frozenset({Ability.RECORDINGS}),
}


class NumberKind(StrEnum):
    """Which sort of number is looked for."""

    LOCAL = "local"
    MOBILE = "mobile"
    TOLL_FREE = "toll_free"


class AddressNeeded(StrEnum):
    """Whose address the country wants to know before it gives a number."""

    NONE = "none"
    ANY = "any"
    LOCAL = "local"
    FOREIGN = "foreign"


class CarrierError(Exception):
    """The carrier did not do it. `words` are for a person; nothing in it is secret or personal."""

    def __init__(
        self,
        code: str,
        *,
        is_temporary: bool = False,
        retry_after: int | None = None,
        is_unsure: bool = False,
    ) -> None:
        super().__init__(code)
        # The carrier's own ("21422") or one of ours, as in `words`; this is what is stored.
        self.code = code
        # Asked again later it may work; after so many seconds, where the carrier said so.
        self.is_temporary = is_temporary
        self.retry_after = retry_after
        # No answer came: it may have been done all the same.
        self.is_unsure = is_unsure

    @property
    def words(self) -> str | Promise:
        """What happened and what to do next, in the language of who reads it."""
        return words_of(self.code)

    def __str__(self) -> str:
        return str(self.words)


@dataclass(frozen=True)
class Hooks:
    """The addresses that the carrier calls about a number; an empty one is not set."""

    voice: str = ""
    fallback: str = ""
    status: str = ""
    message: str = ""


@dataclass(frozen=True)
class Wanted:
    """Which numbers are looked for. `country` is an ISO code; empty words do not narrow the search."""

    country: str
    kind: NumberKind = NumberKind.LOCAL
    # Digits and letters, * for one of them.
    contains: str = ""
    # Only the United States and Canada know them.
    area_code: str = ""
    locality: str = ""
    region: str = ""
    voice: bool = True
    sms: bool = False
    mms: bool = False
    # Only numbers that need no address at all.
    without_address: bool = False
    limit: int = 30


@dataclass(frozen=True)
class Offer:
    """A number for sale. `monthly_cents` is in minor units of `currency`; None where no price is named."""

    number: str
    friendly: str
    country: str
    locality: str = ""
    region: str = ""
    address_needed: AddressNeeded = AddressNeeded.NONE
    voice: bool = False
    sms: bool = False
    mms: bool = False
    monthly_cents: int | None = None
    currency: str = ""


@dataclass(frozen=True)
class Owned:
    """A number that the account has at the carrier, and how it is set up there."""

    sid: str
    number: str
    friendly: str
    hooks: Hooks
    voice: bool
    sms: bool
    mms: bool = False
    # Set: the carrier asks that application or trunk, never our voice address.
    application_sid: str = ""
    trunk_sid: str = ""
    # The address is asked by GET: our doors take POST alone.
    is_voice_by_get: bool = False
    since: datetime | None = None


@dataclass(frozen=True)
class LoggedCall:
    """One line of the carrier's list of calls; moments in UTC. The price is positive, None until known."""

    sid: str
    from_: str
    to: str
    # The carrier's word, as Twilio writes it: completed, busy, no-answer, failed, canceled, in-progress ...
    status: str
    direction: str
    started_at: datetime
    ended_at: datetime | None = None
    seconds: int | None = None
    price_micros: int | None = None
    currency: str = ""
    # Of the caller's line, on the line to a sales phone.
    parent_sid: str = ""

    @property
    def is_incoming(self) -> bool:
        """Whether it is a caller's own line to one of the account's numbers."""
        return self.direction == "inbound" and not self.parent_sid


class Media(NamedTuple):
    """A recording as it comes. Read `parts` to the end, or the connection stays open until forgotten."""

    content_type: str
    parts: Iterator[bytes]


class Carrier(Protocol):
    """One account at one carrier. Every verb may raise CarrierError and takes at most some ten seconds."""

    def search(self, wanted: Wanted) -> list[Offer]:
        """Numbers for sale, at most `wanted.limit`."""

    def buy(self, *, number: str, hooks: Hooks, name: str = "") -> Owned:
        """Buy this very number (E.164), set up from its first second. Costs money each time it works."""

    def configure(self, *, sid: str, hooks: Hooks) -> Owned:
        """Set the addresses, and take away an application or trunk that would be asked in their place."""

    def release(self, *, sid: str) -> None:
        """Give the number back. One that is gone already is fine."""

    def owned(self, *, number: str = "") -> Iterable[Owned]:
        """The account's numbers, page by page; or the one with this number (E.164)."""

    def calls_between(self, *, since: datetime, until: datetime) -> Iterable[LoggedCall]:
        """Calls that began from `since` until before `until` (UTC), page by page, in any order."""

    def recording(self, url_or_sid: str) -> Media:
        """The sound of a recording. Code "not_found" while it is not ready, or gone."""

    def delete_recording(self, *, sid: str) -> None:
        """Delete it at the carrier. One that is gone already is fine."""

    def pause_recording(self, *, call_sid: str, is_paused: bool) -> None:
        """Let the recording of a call that goes on rest, or go on. Code "not_found" when none is running."""

    def send_text(self, *, number: str, to: str, body: str, channel: str, status_url: str) -> str:
        """Send from our number; channel is TextMessage.Channel. The carrier's id of the message."""

    def place_call(
        self, *, number: str, to: str, voice_url: str = "", says: str = "", status_url: str = ""
    ) -> str:
        """Ring `to` from our number; the carrier's id of the call.

        Who answers hears `says` and is hung up, or what `voice_url` answers.
        """


def can(account: CarrierAccount, ability: Ability) -> bool:
    """Whether the account's carrier can be asked for this. Costs nothing."""
    if is_made_up(account) and ability == Ability.LOG:
        return False
    return ability in ABILITIES[CarrierAccount.Kind(account.kind)]


def is_made_up(account: CarrierAccount) -> bool:
    """Whether no carrier knows the account: the demo's. Nothing is asked for it, by a person or by itself."""
    return account.account_sid in getattr(settings, "LEADTRACK_MADE_UP_ACCOUNTS", ())


def carrier_for(account: CarrierAccount) -> Carrier:
    """The carrier of an account, ready to be asked. CarrierError for an account that none knows."""
    if is_made_up(account):
        raise CarrierError("made_up_account")
    carrier: Carrier = import_string(_CARRIERS[CarrierAccount.Kind(account.kind)])(account)
    return carrier


def not_offered() -> CarrierError:
    """What a carrier raises for a verb that it does not know."""
    return CarrierError("not_offered")
