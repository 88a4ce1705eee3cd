"""One name for one source, and what a referrer says about where a visit came from. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from leadtrack.sources.listed import (
    Site,
    excluded_hosts,
    other_mediums,
    other_names,
    other_names_when_paid,
    sites,
)

# A firm's own mail page: mail.example.com, webmail2.example.com.
_MAIL_HOST: Final = re.compile(r"(?:web|e)?mail\d*m?\.[^.]+\.", re.ASCII)
_PAID_WORDS: Final = ("cp", "ppc", "paid", "retargeting")

# Kind of a referring site -> the medium its visits get. GA4's words where it has one.
_MEDIUMS: Final = {
    "search": "organic",
    "ai": "ai-assistant",
    "webmail": "email",
    "messengers": "messenger",
    "maps": "maps",
    "display": "display",
    "paid": "cpc",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a visit came from, in two words."""

    source: str
    medium: str


def canonical_medium(medium: str) -> str:
    """A cleaned medium under its one name."""
    return other_mediums().get(medium, medium)


def canonical_source(source: str, medium: str) -> str:
    """A cleaned source under its one name: fb, m.facebook.com -> facebook; ya, yandex.ru -> yandex."""
    if name := other_names().get(source):
        return name
    if name := other_names_when_paid().get(source):
        return name if medium.startswith(_PAID_WORDS) else source
    site = sites().find(source) if "." in source and " " not in source else None
    return site.source if site else source


def origin_of_referrer(
    host: str, path: str, *, landing_host: str, own_hosts: Collection[str] = ()
) -> Origin | None:
    """Source and medium of a referring page; None for no referrer and for hosts that are never a source."""
    if not host or host == landing_host or is_under(host, own_hosts) or is_under(host, excluded_hosts()):
        return None
    site = sites().find(host, path) or Site(host, "webmail" if _MAIL_HOST.match(host) else "site")
    return Origin(site.source, _MEDIUMS.get(site.kind, "referral"))


def is_under(host: str, hosts: Collection[str]) -> bool:
    """Whether a host (lower case, no "www.") is one of `hosts` or a subdomain of one."""
    if not hosts:
        return False
    bare = hosts if isinstance(hosts, frozenset) else {name.lower().removeprefix("www.") for name in hosts}
    rest = host
    while rest:
        if rest in bare:
            return True
        rest = rest.partition(".")[2]
    return False
