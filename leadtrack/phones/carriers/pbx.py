"""Our own PBX as a carrier: it tells us of calls; of what we can ask it only the recordings are left."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from leadtrack.phones.carriers.interface import (
    CarrierError,
    Hooks,
    LoggedCall,
    Media,
    Offer,
    Owned,
    Wanted,
    not_offered,
)
from leadtrack.phones.models import CarrierAccount
from leadtrack.ui import outward

_MOST_BYTES: Final = 1024**3
_SECONDS: Final = 300.0


class PbxCarrier:
    """One PBX. Its numbers, its list of calls and its texts are managed where they are."""

    def __init__(self, account: CarrierAccount) -> None:
        self._account = account

    def search(self, wanted: Wanted) -> list[Offer]:
        """Not offered."""
        raise not_offered()

    def buy(self, *, number: str, hooks: Hooks, name: str = "") -> Owned:
        """Not offered."""
        raise not_offered()

    def configure(self, *, sid: str, hooks: Hooks) -> Owned:
        """Not offered."""
        raise not_offered()

    def release(self, *, sid: str) -> None:
        """Not offered."""
        raise not_offered()

    def owned(self, *, number: str = "") -> Iterable[Owned]:
        """Not offered."""
        raise not_offered()

    def calls_between(self, *, since: datetime, until: datetime) -> Iterable[LoggedCall]:
        """Not offered."""
        raise not_offered()

    def recording(self, url_or_sid: str) -> Media:
        """From the address that the PBX told, if it is one that may be asked (`ui.outward`)."""
        if "://" not in url_or_sid:
            raise CarrierError("not_found")
        try:
            answer = outward.fetch(url_or_sid, most_bytes=_MOST_BYTES, seconds=_SECONDS)
        except outward.OutwardError as problem:
            raise _problem(problem) from None
        return Media(answer.content_type, _parts(answer.parts))

    def delete_recording(self, *, sid: str) -> None:
        """A PBX keeps its recordings as long as it likes: there is nothing of ours to delete."""

    def pause_recording(self, *, call_sid: str, is_paused: bool) -> None:
        """Not offered."""
        raise not_offered()

    def send_text(self, *, number: str, to: str, body: str, channel: str, status_url: str) -> str:
        """Not offered."""
        raise not_offered()

    def place_call(
        self, *, number: str, to: str, voice_url: str = "", says: str = "", status_url: str = ""
    ) -> str:
        """Not offered."""
        raise not_offered()


def _parts(parts: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from parts
    except outward.OutwardError as problem:
        raise _problem(problem) from None


def _problem(problem: outward.OutwardError) -> CarrierError:
    if problem.status == 404:
        return CarrierError("not_found")
    if problem.status == 429:
        return CarrierError("too_many", is_temporary=True)
    if problem.status >= 500:
        return CarrierError("carrier_trouble", is_temporary=True)
    return CarrierError(problem.code, is_temporary=problem.code in ("unreachable", "too_slow"))
