"""How the carrier reaches our web server: over real HTTP, or through Django's test client."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import httpx
from django.test import Client


class DoorError(Exception):
    """No answer: `is_connect` when it was not even possible to connect."""

    def __init__(self, *, is_connect: bool) -> None:
        super().__init__("no answer")
        self.is_connect = is_connect


@dataclass(frozen=True)
class Heard:
    """An answer of our web server."""

    status: int
    content_type: str
    body: str

    @property
    def is_good(self) -> bool:
        """Whether Twilio takes it for an answer."""
        return 200 <= self.status < 300


class Door(Protocol):
    """One way to our web server."""

    def post(self, url: str, form: str, headers: dict[str, str], *, connect: float, read: float) -> Heard:
        """POST a form to the full address; times in seconds. Raises DoorError."""


class HttpDoor:
    """Over the network, as it is; redirects are not followed (a POST would be lost on the way)."""

    def post(self, url: str, form: str, headers: dict[str, str], *, connect: float, read: float) -> Heard:
        """POST the form, with Twilio's own patience."""
        timeout = httpx.Timeout(read, connect=connect)
        try:
            answer = httpx.post(url, content=form.encode(), headers=headers, timeout=timeout)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise DoorError(is_connect=True) from None
        except httpx.TransportError:
            raise DoorError(is_connect=False) from None
        return Heard(answer.status_code, answer.headers.get("Content-Type", ""), answer.text)


class ClientDoor:
    """Into Django, without a network; an exception of ours is a 500, as it would be in production."""

    def __init__(self, client: Client | None = None) -> None:
        self.client = client or Client(raise_request_exception=False)

    def post(self, url: str, form: str, headers: dict[str, str], *, connect: float, read: float) -> Heard:
        """POST the form to the path of the address. The test client knows no time limits."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        rest = {name: value for name, value in headers.items() if name != "Content-Type"}
        answer = self.client.post(path, form, content_type=headers["Content-Type"], headers=rest)
        return Heard(answer.status_code, answer.headers.get("Content-Type", ""), answer.content.decode())
