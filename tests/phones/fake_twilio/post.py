"""Requests to our webhooks: signed by the official algorithm, asked again or elsewhere when they fail."""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin

from twilio.request_validator import RequestValidator

from tests.phones.fake_twilio.doors import Door, DoorError, Heard

# Added by Twilio after it signed (formats.md 1.2).
_UNSIGNED = ("CallToken",)


@dataclass(frozen=True)
class Delivery:
    """What becomes of status and recording callbacks on their way."""

    # at_once, reversed or shuffled: the latter two arrive when the call is over.
    order: str = "at_once"
    times: int = 1
    # Whether one is lost, by its parameters.
    loses: Callable[[dict[str, str]], bool] = lambda _params: False
    seed: int = 1


@dataclass
class Asked:
    """One request that was made, for tests to look at."""

    url: str
    params: dict[str, str]
    heard: Heard | None = None
    tries: int = 0


@dataclass
class Order:
    """What the fragment of an address orders (`#ct=2000&rt=8000&rc=2&rp=5xx,rt`); seconds."""

    connect: float = 5.0
    read: float = 15.0
    retries: int = 1
    on: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, fragment: str) -> "Order":
        """The orders of a fragment; what is absent is as documented."""
        told = dict(parse_qsl(fragment))
        return cls(
            connect=int(told.get("ct", 5000)) / 1000,
            read=min(int(told.get("rt", 15_000)), int(told.get("tt", 15_000))) / 1000,
            retries=int(told.get("rc", 1)),
            on=frozenset(told.get("rp", "ct").split(",")),
        )

    def again(self, why: str) -> bool:
        """Whether a failure of this sort is asked again."""
        return "all" in self.on or why in self.on


@dataclass
class Post:
    """Twilio's post office of one account."""

    account: str
    token: str
    door: Door
    asked: list[Asked] = field(default_factory=list)
    _held: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def ask(self, url: str, params: dict[str, str]) -> Heard | None:
        """Ask for a document; None when every try failed."""
        address, fragment = urldefrag(url)
        order, token = Order.of(fragment), secrets.token_hex(16)
        asked = Asked(url, dict(params))
        self.asked.append(asked)
        for _try in range(order.retries + 1):
            asked.tries += 1
            why = self._try(asked, address, params, order, token)
            if not why or not order.again(why):
                break
        return asked.heard if asked.heard is not None and asked.heard.is_good else None

    def tell(self, url: str, params: dict[str, str], delivery: Delivery) -> None:
        """A callback: nobody waits for its answer, nor is it asked again (but for a failed connection)."""
        if not url or delivery.loses(params):
            return
        letters = [(url, params)] * delivery.times
        if delivery.order == "at_once":
            self._send(letters)
        else:
            self._held += letters

    def deliver_held(self, delivery: Delivery) -> None:
        """Send what was kept back, in the order that the delivery says."""
        letters, self._held = self._held, []
        if delivery.order == "reversed":
            letters.reverse()
        if delivery.order == "shuffled":
            random.Random(delivery.seed).shuffle(letters)
        self._send(letters)

    def _send(self, letters: list[tuple[str, dict[str, str]]]) -> None:
        for url, params in letters:
            self.ask(url, params)

    def _try(self, asked: Asked, address: str, params: dict[str, str], order: Order, token: str) -> str:
        """One request; "" when it was answered well, else which sort of failure it was."""
        try:
            asked.heard = self.door.post(
                address,
                urlencode(params),
                self._headers(address, params, token),
                connect=order.connect,
                read=order.read,
            )
        except DoorError as problem:
            asked.heard = None
            return "ct" if problem.is_connect else "rt"
        return "" if asked.heard.is_good else f"{asked.heard.status // 100}xx"

    def _headers(self, address: str, params: dict[str, str], token: str) -> dict[str, str]:
        signed = {name: value for name, value in params.items() if name not in _UNSIGNED}
        return {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": RequestValidator(self.token).compute_signature(address, signed),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
        }


def join(base: str, url: str) -> str:
    """An address in a document, relative to that document's own."""
    return urljoin(urldefrag(base)[0], url)
