"""Fetching from an address that somebody else wrote, without letting them reach into our own network.

https alone, and public addresses alone, on every step of the way: names are looked up here, each address is
looked at, and the connection goes to that very address, so that a name cannot change its mind in between.
One's own hosts can be listed (LEADTRACK_OUTWARD_HOSTS): those may be private, and without https.
"""

import ipaddress
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

import httpx
from django.conf import settings

_HOPS: Final = 4
_CONNECT_SECONDS: Final = 10.0
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_PORTS: Final = {"https": 443, "http": 80}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutwardError(Exception):
    """Nothing came. Codes: unsafe_address, unreachable, too_slow, too_large, or the status ("404")."""

    def __init__(self, code: str, status: int = 0) -> None:
        super().__init__(code)
        self.code, self.status = code, status


@dataclass(frozen=True)
class Answer:
    """What came; read `parts` to the end. They raise OutwardError when it grows too large or too slow."""

    content_type: str
    parts: Iterator[bytes]


def fetch(url: str, *, most_bytes: int, seconds: float) -> Answer:
    """GET the address; at most so many bytes, in so many seconds altogether. Raises OutwardError."""
    deadline = time.monotonic() + seconds
    client = httpx.Client(trust_env=False, follow_redirects=False)
    try:
        answer = _followed(client, url, deadline)
    except BaseException:
        client.close()
        raise
    kind = answer.headers.get("Content-Type", "application/octet-stream")
    return Answer(kind, _parts(client, answer, most_bytes, deadline))


def is_public(address: Address) -> bool:
    """Whether the address is of the open internet, also where one address wears another's clothes."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The older address that this one leads to: mapped, 6to4, Teredo, NAT64."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


def _followed(client: httpx.Client, url: str, deadline: float) -> httpx.Response:
    for _hop in range(_HOPS):
        answer = _asked(client, url, deadline)
        if answer.status_code not in _REDIRECTS:
            break
        url = urljoin(url, answer.headers.get("Location", ""))
        answer.close()
    if answer.status_code >= 300:
        answer.close()
        raise OutwardError(str(answer.status_code), answer.status_code)
    return answer


def _asked(client: httpx.Client, url: str, deadline: float) -> httpx.Response:
    """One request, to the address that was looked at and no other."""
    target, address = _checked(url)
    pinned = target.copy_with(host=str(address))
    seconds = _left(deadline)
    request = client.build_request(
        "GET",
        pinned,
        headers={"Host": target.netloc.decode("ascii"), "Accept-Encoding": "identity"},
        # The certificate is checked against the name, although the connection is made to the number.
        extensions={"sni_hostname": target.raw_host.decode("ascii")},
        timeout=httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
    )
    try:
        return client.send(request, stream=True)
    except httpx.TimeoutException:
        raise OutwardError("too_slow") from None
    except httpx.HTTPError:
        # Its text may hold the address, and that a secret.
        raise OutwardError("unreachable") from None


def _checked(url: str) -> tuple[httpx.URL, Address]:
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        raise OutwardError("unsafe_address") from None
    if target.scheme not in _PORTS or not target.host or target.userinfo:
        raise OutwardError("unsafe_address")
    port = target.port or _PORTS[target.scheme]
    found = _addresses_of(target.raw_host.decode("ascii").strip("[]"), port)
    if _is_listed(target, port):
        return target, found[0]
    if target.scheme != "https" or not all(map(is_public, found)):
        raise OutwardError("unsafe_address")
    return target, found[0]


def _is_listed(target: httpx.URL, port: int) -> bool:
    hosts = {str(host).strip().lower() for host in getattr(settings, "LEADTRACK_OUTWARD_HOSTS", [])}
    name = target.host.lower()
    return f"{name}:{port}" in hosts or (name in hosts and port in _PORTS.values())


def _addresses_of(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OutwardError("unreachable") from None
    # A link-local address carries the name of a network card behind %.
    return [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]


def _parts(client: httpx.Client, answer: httpx.Response, most_bytes: int, deadline: float) -> Iterator[bytes]:
    size = 0
    try:
        # As it comes: whoever drips must not fill a large part first.
        for part in answer.iter_bytes():
            size += len(part)
            if size > most_bytes:
                raise OutwardError("too_large")
            _left(deadline)
            yield part
    except httpx.TimeoutException:
        raise OutwardError("too_slow") from None
    except httpx.HTTPError:
        raise OutwardError("unreachable") from None
    finally:
        answer.close()
        client.close()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise OutwardError("too_slow")
    return left
