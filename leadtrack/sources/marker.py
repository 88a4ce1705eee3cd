"""What a landing URL and a referrer tell about where someone came from. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from leadtrack.sources.naming import (
    Origin,
    canonical_medium,
    canonical_source,
    origin_of_referrer,
)
from leadtrack.sources.tags import ClickNetwork, click_networks, fields, host_and_path, openstat, read_tags
from leadtrack.sources.wording import (
    CLICK_ID_LENGTH,
    NAME_LENGTH,
    clean,
    clean_id,
    clean_medium,
    clean_source,
)

DIRECT: Final = Origin("(direct)", "(none)")
# A tag without a source is still no direct visit. GA4's word for it.
NOT_SET: Final = "(not set)"
# Ad systems put ids where names belong (utm_campaign={campaign_id}); a year or a version is shorter.
_ID_VALUE: Final = re.compile(r"\d{6,20}", re.ASCII)
_ID_FIELDS: Final = frozenset({"campaign_id", "adgroup_id", "ad_id"})
_OPENSTAT_MEDIUM: Final = "cpc"


@dataclass(frozen=True, slots=True)
class Marker:
    """Everything that tells where someone came from. "" is nothing."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    campaign_id: str = ""
    adgroup: str = ""
    adgroup_id: str = ""
    content: str = ""
    ad_id: str = ""
    term: str = ""
    source_platform: str = ""
    creative_format: str = ""
    marketing_tactic: str = ""
    click_ids: tuple[tuple[str, str], ...] = ()
    referrer_host: str = ""
    landing_host: str = ""
    landing_path: str = ""
    flags: tuple[str, ...] = ()

    @property
    def is_direct(self) -> bool:
        """Whether nothing at all told where the visit came from."""
        return self.source == DIRECT.source


def parse_marker(url: str, referrer: str, *, own_hosts: Collection[str] = ()) -> Marker:
    """Read a landing URL and a referrer. Total: any two strings in, never raises.

    Tags of the query, then of the #fragment, then click ids, then the referrer say the source; other names
    are folded into one; whatever is too long or broken is cut and flagged. `own_hosts` (with their
    subdomains) and payment pages are never a source.
    """
    flags: set[str] = set()
    tags = read_tags(url, flags)
    landing_host, landing_path = host_and_path(url)
    referrer_host, referrer_path = host_and_path(referrer or tags.get("utm_referrer", ""))
    came_from = origin_of_referrer(
        referrer_host, referrer_path, landing_host=landing_host, own_hosts=own_hosts
    )
    labels = _with_ids(_labels(tags, flags))
    click_ids = _click_ids(tags, flags)
    origin = _origin(labels, came_from, _networks(click_ids))
    return Marker(
        **{**labels, "source": origin.source, "medium": origin.medium},
        click_ids=click_ids,
        referrer_host=clean(referrer_host, flags),
        landing_host=clean(landing_host, flags),
        landing_path=clean(landing_path, flags),
        flags=tuple(sorted(flags)),
    )


def is_paid_click(click_ids: Collection[tuple[str, str]]) -> bool:
    """Whether one of the click ids proves that the click was paid for."""
    return any(network.is_paid for network in _networks(click_ids))


def _labels(tags: dict[str, str], flags: set[str]) -> dict[str, str]:
    """Marker fields from the tags, cleaned, under their canonical names."""
    raw = {
        field: next((tags[name] for name in names if name in tags), "") for field, names in fields().items()
    }
    if not raw["source"] and not raw["medium"] and not raw["campaign"]:
        raw |= _openstat_labels(tags)
    labels = {field: _cleaned(field, value, flags) for field, value in raw.items()}
    labels["medium"] = canonical_medium(clean_medium(raw["medium"], flags))
    labels["source"] = canonical_source(clean_source(raw["source"], flags), labels["medium"])
    return labels


def _cleaned(field: str, value: str, flags: set[str]) -> str:
    if not value:
        return ""
    return clean_id(value, flags) if field in _ID_FIELDS else clean(value, flags, NAME_LENGTH)


def _openstat_labels(tags: dict[str, str]) -> dict[str, str]:
    """The old Russian label for ads: service;campaign;ad;place."""
    label = openstat(tags["_openstat"]) if "_openstat" in tags else None
    if label is None:
        return {}
    service, campaign, ad = label
    return {"source": service, "medium": _OPENSTAT_MEDIUM, "campaign": campaign, "content": ad}


def _with_ids(labels: dict[str, str]) -> dict[str, str]:
    """Ids found where names belong count as ids too, so that spend finds its campaign by id."""
    for name, identifier in (("campaign", "campaign_id"), ("content", "ad_id")):
        if not labels[identifier] and _ID_VALUE.fullmatch(labels[name]):
            labels[identifier] = labels[name]
    return labels


def _click_ids(tags: dict[str, str], flags: set[str]) -> tuple[tuple[str, str], ...]:
    found = (
        (network.name, clean(tags[network.name.lower()], flags, CLICK_ID_LENGTH))
        for network in click_networks()
        if network.name.lower() in tags
    )
    return tuple((name, value) for name, value in found if value)


def _networks(click_ids: Collection[tuple[str, str]]) -> tuple[ClickNetwork, ...]:
    """The networks of these click ids that name a source, the telling ones first."""
    names = {name for name, _ in click_ids}
    return tuple(network for network in click_networks() if network.name in names and network.source)


def _origin(labels: dict[str, str], came_from: Origin | None, networks: tuple[ClickNetwork, ...]) -> Origin:
    """Source and medium: the tags name it, a click id fills what they left open, then the referrer does."""
    known = _origin_without_tags(came_from, networks)
    source, medium = labels["source"], labels["medium"]
    if not source:
        is_tagged = any(labels.values())
        source = known.source if known else NOT_SET if is_tagged else DIRECT.source
        known_medium = known.medium if known else "" if is_tagged else DIRECT.medium
        return Origin(source, medium or known_medium)
    paid = next((network for network in networks if network.is_paid), None)
    return Origin(source, medium or (paid.medium if paid else ""))


def _origin_without_tags(came_from: Origin | None, networks: tuple[ClickNetwork, ...]) -> Origin | None:
    """A paid click id wins over the referrer; one that organic clicks carry too only stands in for it."""
    if not networks:
        return came_from
    first = networks[0]
    by_id = Origin(first.source, first.medium)
    if first.is_paid or came_from is None:
        return by_id
    if first.name == "fbclid" and came_from.source not in first.siblings:
        return by_id
    return came_from
