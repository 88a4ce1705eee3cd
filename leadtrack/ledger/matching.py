"""Which of the sources that people came from some money was spent on. Pure.

The rules in order, first hit wins: ids in the marker, names within the same source, source and medium.
Several sources may fit one rule; then a same medium wins, then the source that was known first (lowest id),
so the answer depends on what is known and never on the order in which it became known.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

IDS: Final = "ids"
NAMES: Final = "names"
SOURCE_MEDIUM: Final = "source_medium"
UNMATCHED: Final = "unmatched"

# What markers say when they name no source.
_NO_SOURCE: Final = frozenset({"", "(not set)"})
_FOLDED: Final = str.maketrans({"_": " ", "-": " "})

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a spend item names, its source and medium already under their one name.

    `channel` is what its words are classified as: it decides where one source and medium are met in several.
    """

    source: str = ""
    medium: str = ""
    campaign: str = ""
    campaign_id: str = ""
    adgroup_id: str = ""
    ad_id: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Met:
    """A source that people came from; `order` is its id."""

    order: int
    channel: str
    source: str
    medium: str
    campaign: str = ""
    campaign_id: str = ""
    adgroup_id: str = ""
    ad_id: str = ""


@dataclass(frozen=True, slots=True)
class Coordinates:
    """The row of a report that money stands in."""

    channel: str
    source: str
    medium: str
    campaign: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Met sources by what they may be found by."""

    by_key: Mapping[Key, tuple[Met, ...]]


def catalogue(met: Iterable[Met]) -> Catalogue:
    """Index the sources that people came from."""
    found: dict[Key, list[Met]] = defaultdict(list)
    for one in sorted(met, key=lambda met: met.order):
        for key in _keys_of(one):
            found[key].append(one)
    return Catalogue({key: tuple(ones) for key, ones in found.items()})


def match(item: Spent, known: Catalogue) -> tuple[Coordinates | None, str]:
    """Where an item's money stands and the rule that said so; (None, UNMATCHED) when nothing fits."""
    if met := _by_ids(item, known):
        return Coordinates(met.channel, met.source, met.medium, met.campaign), IDS
    if met := _by_names(item, known):
        return Coordinates(met.channel, met.source, met.medium, met.campaign), NAMES
    if met := _by_source(item, known):
        return Coordinates(met.channel, met.source, met.medium, item.campaign), SOURCE_MEDIUM
    return None, UNMATCHED


def folded(name: str) -> str:
    """A name as it is compared: NFC, without case; spaces, `_` and `-` are one space."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().translate(_FOLDED).split())


def _keys_of(met: Met) -> set[Key]:
    keys: set[Key] = set()
    if met.source not in _NO_SOURCE:
        keys |= {("source", met.source, met.medium), ("any medium", met.source)}
    if met.campaign_id:
        keys.add(("campaign_id", met.campaign_id))
    if met.campaign.isdecimal():
        keys.add(("campaign_id", met.campaign))
    if met.adgroup_id:
        keys.add(("adgroup_id", met.adgroup_id))
    if met.ad_id:
        keys.add(("ad_id", met.ad_id))
    if name := folded(met.campaign):
        keys.add(("campaign", name))
    return keys


def _by_ids(item: Spent, known: Catalogue) -> Met | None:
    """The finest id first. An id counts within its own source where both sides name one."""
    for column in ("ad_id", "adgroup_id", "campaign_id"):
        value = getattr(item, column)
        found = known.by_key.get((column, value), ()) if value else ()
        if met := _best(item, _same_source(item, found, or_none=True)):
            return met
    return None


def _by_names(item: Spent, known: Catalogue) -> Met | None:
    name = folded(item.campaign)
    found = known.by_key.get(("campaign", name), ()) if name else ()
    return _best(item, _same_source(item, found, or_none=False))


def _by_source(item: Spent, known: Catalogue) -> Met | None:
    found = known.by_key.get(("source", item.source, item.medium), ())
    if not found and not item.medium:
        found = _of_one_medium(known.by_key.get(("any medium", item.source), ()))
    return min(found, key=lambda met: (met.channel != item.channel, met.order), default=None)


def _of_one_medium(found: tuple[Met, ...]) -> tuple[Met, ...]:
    """A cost list that names no medium can only mean the one that people came by."""
    return found if len({met.medium for met in found}) == 1 else ()


def _same_source(item: Spent, found: tuple[Met, ...], *, or_none: bool) -> list[Met]:
    """Those of the item's source; without one they must all be of one source, or nobody can tell which."""
    if item.source in _NO_SOURCE:
        sources = {met.source for met in found}
        return list(found) if len(sources) == 1 else []
    same = [met for met in found if met.source == item.source]
    if same or not or_none:
        return same
    return [met for met in found if met.source in _NO_SOURCE]


def _best(item: Spent, found: list[Met]) -> Met | None:
    return min(found, key=lambda met: (met.medium != item.medium, met.order), default=None)
