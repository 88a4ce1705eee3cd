"""How many browsers of one address may ask for numbers: whoever makes visitors up must not empty a pool.

In the memory of this process, as `limit` is. Browsers that were counted go on asking; a new one beyond the
limit sees the page's own number. Addresses of one's own network are not counted: behind a proxy that does not
say who asks, everybody comes from there.
"""

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

# More than one office or one mobile mast sends to one site in an hour.
MOST_BROWSERS: Final = 60
HOUR: Final = timedelta(hours=1)
MOST_ADDRESSES: Final = 5_000
# Whoever has one address of IPv6 has so many bits of them.
_IPV6_PREFIX: Final = 64


@dataclass(slots=True)
class _Crowd:
    until: datetime
    browsers: set[int] = field(default_factory=set)


_crowds: dict[tuple[str, str], _Crowd] = {}


def may_ask(*, site_key: str, address: str, visitor_key: str, now: datetime) -> bool:
    """Whether this browser at a network address ("" where unknown) may be given numbers. `now` is UTC."""
    network = _network_of(address)
    if not network:
        return True
    crowd = _crowds.get((site_key, network))
    if crowd is None or crowd.until <= now:
        if len(_crowds) >= MOST_ADDRESSES:
            _crowds.clear()
        crowd = _crowds[site_key, network] = _Crowd(now + HOUR)
    browser = hash(visitor_key)
    if browser not in crowd.browsers and len(crowd.browsers) >= MOST_BROWSERS:
        return False
    crowd.browsers.add(browser)
    return True


def forget() -> None:
    """Count from anew."""
    _crowds.clear()


@lru_cache(maxsize=4096)
def _network_of(address: str) -> str:
    """The network that one owner has, if it is of the open internet."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return ""
    read = getattr(read, "ipv4_mapped", None) or read
    if not read.is_global:
        return ""
    is_old = isinstance(read, ipaddress.IPv4Address)
    return str(read if is_old else ipaddress.ip_network((read, _IPV6_PREFIX), strict=False))
