"""Our own people on our own sites: their browsers and offices are left out of what is counted."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final

from django.conf import settings
from django.core import signing

from leadtrack.visits.models import Site, StaffBrowser, StaffNetwork

OUT: Final = "out"
IN: Final = "in"
LIFE_SECONDS: Final = 30
# A link that leaves a browser out must not travel far: handed round, it would hide real visitors.
LINK_SECONDS: Final = 24 * 60 * 60
_SALT: Final = "leadtrack.own-browser."


@dataclass(slots=True)
class _Known:
    """Everybody of ours, as known at most half a minute ago."""

    until: float
    browsers: frozenset[tuple[int, str]]
    networks: tuple[IPv4Network | IPv6Network, ...]


_known: dict[str, _Known] = {}


def word_for(*, site: Site, wish: str) -> str:
    """For the parameter lt_staff of a link that leaves a browser OUT, or takes it IN again, within a day."""
    return _signer(site).sign(wish)


def heed(*, site: Site, visitor_key: str, word: str, at: datetime) -> bool:
    """Do what the word of a link says with this browser; whether it was genuine. Total. `at` is UTC."""
    try:
        wish = _signer(site).unsign(word[:200], max_age=LINK_SECONDS)
    except (signing.BadSignature, ValueError):
        return False
    if wish == OUT:
        StaffBrowser.objects.get_or_create(site=site, key=visitor_key, defaults={"marked_at": at})
    else:
        StaffBrowser.objects.filter(site=site, key=visitor_key).delete()
    forget()
    return True


def is_own_browser(*, site: Site, visitor_key: str) -> bool:
    """Whether somebody who works here uses this browser; other processes know within half a minute."""
    return (site.pk, visitor_key) in _look().browsers


def is_own_address(address: str) -> bool:
    """Whether a network address is one of the firm's own. Total."""
    networks = _look().networks
    if not networks:
        return False
    try:
        there = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(there, "ipv4_mapped", None) or there
    return any(mapped in network for network in networks)


def client_address(environ: Mapping[str, Any]) -> str:
    """Where a request came from; behind our own proxy the last word of the header that it writes."""
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        forwarded = str(environ.get("HTTP_X_FORWARDED_FOR", ""))
        if forwarded:
            return forwarded.rpartition(",")[2].strip()
    return str(environ.get("REMOTE_ADDR", ""))


def forget() -> None:
    """Look everybody up anew, in this process."""
    _known.clear()


def _look() -> _Known:
    known = _known.get("")
    if known is None or known.until < time.monotonic():
        known = _known[""] = _Known(
            time.monotonic() + LIFE_SECONDS,
            frozenset(StaffBrowser.objects.values_list("site_id", "key")),
            tuple(ip_network(text, strict=False) for text in _networks()),
        )
    return known


def _networks() -> list[str]:
    return list(StaffNetwork.objects.values_list("network", flat=True))


def _signer(site: Site) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=_SALT + site.key, sep=".")
