"""What is wrong with the tags of one visit. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from leadtrack.sources.channel import UNASSIGNED, paid_channels
from leadtrack.sources.marker import NOT_SET, Marker, is_paid_click, parse_marker
from leadtrack.sources.naming import is_under
from leadtrack.sources.tags import fields, tags_as_sent
from leadtrack.sources.wording import BROKEN, CONTROL, CUT, MACRO, NUL, looks_otherwise

UNFILLED: Final = "macro"
UNKNOWN_MEDIUM: Final = "unknown-medium"
NO_SOURCE: Final = "no-source"
PAID_UNTAGGED: Final = "paid-untagged"
INTERNAL: Final = "internal"
MANGLED: Final = "mangled"
LOOKALIKE: Final = "lookalike"
# In the order in which they hurt.
PROBLEMS: Final = (PAID_UNTAGGED, UNFILLED, UNKNOWN_MEDIUM, NO_SOURCE, INTERNAL, MANGLED, LOOKALIKE)
_MANGLED: Final = frozenset({BROKEN, CONTROL, CUT, NUL})
_EXAMPLE_LENGTH: Final = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """What a visit's address says: its page, its tags, and what is wrong with them."""

    page: str
    marker: Marker
    problems: tuple[str, ...]


def read_visit(url: str, referrer: str, channel: str, own_hosts: Collection[str] = ()) -> Reading:
    """The problems of a visit that stands in this channel. Total: any strings in, never raises."""
    marker = parse_marker(url, referrer, own_hosts=own_hosts)
    found = {
        PAID_UNTAGGED: _is_paid(marker, channel) and not (marker.campaign or marker.campaign_id),
        UNFILLED: MACRO in marker.flags,
        UNKNOWN_MEDIUM: channel == UNASSIGNED and bool(marker.medium),
        NO_SOURCE: marker.source == NOT_SET,
        MANGLED: bool(_MANGLED & set(marker.flags)),
    }
    sent = tags_as_sent(url) if "=" in url else []
    named = [(name, raw) for name, raw in sent if name.lower() in _campaign_tags()]
    found[INTERNAL] = bool(named) and _is_own(marker, own_hosts)
    found[LOOKALIKE] = bool(named) and any(looks_otherwise(word) for word in _words(marker))
    return Reading(
        marker.landing_host + marker.landing_path, marker, tuple(code for code in PROBLEMS if found[code])
    )


def example_of(url: str) -> str:
    """The address with its known tags alone: whatever else stands there may tell who somebody is."""
    marker = parse_marker(url, "")
    tags = "&".join(f"{name}={raw}" for name, raw in tags_as_sent(url))
    page = f"https://{marker.landing_host}{marker.landing_path}"
    return (page + (f"?{tags}" if tags else ""))[:_EXAMPLE_LENGTH]


def _is_paid(marker: Marker, channel: str) -> bool:
    return channel in paid_channels() or is_paid_click(marker.click_ids)


def _is_own(marker: Marker, own_hosts: Collection[str]) -> bool:
    host = marker.referrer_host
    return bool(host) and (host == marker.landing_host or is_under(host, own_hosts))


def _words(marker: Marker) -> tuple[str, ...]:
    return (marker.source, marker.medium, marker.campaign, marker.content, marker.term)


def _campaign_tags() -> frozenset[str]:
    return frozenset(tag.lower() for name in ("source", "medium", "campaign") for tag in fields()[name])
