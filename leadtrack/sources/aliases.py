"""Aliases of this installation: dirty spellings under one name, after the built-in ones. Pure and total."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, Final

import re2

from leadtrack.sources.marker import Marker

ANY_LETTERS: Final = "*"
FIELDS: Final = ("source", "medium", "campaign")
_SIMILAR: Final = 0.86
_SHORTEST_SIMILAR: Final = 4
_SEPARATORS: Final = str.maketrans("", "", " _-.+/")


@dataclass(frozen=True, slots=True)
class Alias:
    """A spelling (in lower case, "*" for any letters) of one field, and the name it is counted under."""

    field: str
    spelling: str
    name: str


@dataclass(frozen=True, slots=True)
class AliasBook:
    """Every alias, ready to be asked: exact spellings first, then patterns in their order. No chains."""

    exact: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    patterns: Mapping[str, tuple[tuple[Any, str], ...]] = field(default_factory=dict)

    def word(self, field: str, text: str) -> str:
        """The name that a word of this field is counted under. "(direct)" and its like are never renamed."""
        if not text or text.startswith("("):
            return text
        lower = text.lower()
        known = self.exact.get(field)
        if known and (found := known.get(lower)):
            return found
        for pattern, name in self.patterns.get(field, ()):
            if pattern.fullmatch(lower):
                return name
        return text

    def renamed(self, marker: Marker) -> Marker:
        """The marker with its words under their one name; the marker itself where none is an alias."""
        if not self.exact and not self.patterns:
            return marker
        source = self.word("source", marker.source)
        medium = self.word("medium", marker.medium)
        campaign = self.word("campaign", marker.campaign)
        if (source, medium, campaign) == (marker.source, marker.medium, marker.campaign):
            return marker
        return replace(marker, source=source, medium=medium, campaign=campaign)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Spellings that are likely one thing: `name` is the commonest, `others` with how often each came."""

    field: str
    name: str
    others: tuple[tuple[str, int], ...]


def alias_book(aliases: Iterable[Alias]) -> AliasBook:
    """The aliases made ready; the first of two for one spelling wins."""
    exact: dict[str, dict[str, str]] = {}
    patterns: dict[str, list[tuple[Any, str]]] = {}
    for alias in aliases:
        if ANY_LETTERS in alias.spelling:
            patterns.setdefault(alias.field, []).append((_compiled(alias.spelling), alias.name))
        else:
            exact.setdefault(alias.field, {}).setdefault(alias.spelling, alias.name)
    return AliasBook(exact, {name: tuple(found) for name, found in patterns.items()})


def suggestions(field: str, counts: Mapping[str, int], most: int = 20) -> list[Suggestion]:
    """Likely duplicates among the spellings of a field: equal but for separators and case, or nearly equal.

    The commonest spelling is the name that is proposed; groups with more visits come first. Compares a few
    hundred spellings at most.
    """
    groups = _near(_same(counts), counts)
    found = [_suggestion(field, names, counts) for names in groups if len(names) > 1]
    found.sort(key=lambda one: -sum(count for _, count in one.others))
    return found[:most]


def _compiled(spelling: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(".*".join(re2.escape(part) for part in spelling.split(ANY_LETTERS)), options)


def _suggestion(field: str, names: Sequence[str], counts: Mapping[str, int]) -> Suggestion:
    ordered = sorted(names, key=lambda name: (-counts[name], name))
    return Suggestion(field, ordered[0], tuple((name, counts[name]) for name in ordered[1:]))


def _plain(name: str) -> str:
    return name.lower().translate(_SEPARATORS)


def _same(counts: Mapping[str, int]) -> dict[str, list[str]]:
    """Spellings by what is left of them without separators and case."""
    same: defaultdict[str, list[str]] = defaultdict(list)
    for name in counts:
        if plain := _plain(name):
            same[plain].append(name)
    return same


def _near(same: Mapping[str, list[str]], counts: Mapping[str, int]) -> list[list[str]]:
    """Groups of nearly equal spellings: each joins the first, commoner group it resembles."""
    ordered = sorted(same, key=lambda plain: (-sum(counts[name] for name in same[plain]), plain))
    heads: list[str] = []
    groups: dict[str, list[str]] = {}
    for plain in ordered:
        head = next((head for head in heads if _is_near(head, plain)), None)
        if head is None:
            heads.append(plain)
            groups[plain] = list(same[plain])
        else:
            groups[head] += same[plain]
    return list(groups.values())


def _is_near(one: str, other: str) -> bool:
    if min(len(one), len(other)) < _SHORTEST_SIMILAR or _digits(one) != _digits(other):
        return False
    if abs(len(one) - len(other)) > 2:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _SIMILAR


def _digits(text: str) -> str:
    """Numbers tell things apart: spring2025 is not spring2026."""
    return "".join(sign for sign in text if sign.isdigit())
