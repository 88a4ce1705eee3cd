"""Marker -> channel, by an ordered, published table (data/channels.yaml). Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from leadtrack.sources.listed import read_table, source_lists
from leadtrack.sources.marker import Marker, is_paid_click

PHONE: Final = "Phone"
OFFLINE: Final = "Offline"
UNASSIGNED: Final = "Unassigned"
_PAID_MEDIUM: Final = "cpc"

# What a rule looks at: source, medium, campaign, all in lower case.
Words = tuple[str, str, str]
Test = Callable[[Words], bool]
_POSITIONS: Final = {"source": 0, "medium": 1, "campaign": 2}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The channel of a marker and the id of the rule that said so."""

    channel: str
    rule: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: it holds when every clause does."""

    verdict: Verdict
    clauses: tuple[Test, ...]

    def holds(self, words: Words) -> bool:
        """Whether the rule says yes to these words."""
        for clause in self.clauses:  # all() would cost more than the tests  # noqa: SIM110
            if not clause(words):
                return False
        return True


def classify(marker: Marker) -> Verdict:
    """The channel of a marker: GA4's default channel group as published (2026-05), then our additions.

    A paid click id makes the touch paid whatever its medium says; the rule then ends in "+click-id".
    """
    verdict = classify_words(marker.source, marker.medium, marker.campaign)
    if verdict.channel in _paid_channels() or not marker.click_ids or not is_paid_click(marker.click_ids):
        return verdict
    paid = classify_words(marker.source, _PAID_MEDIUM, marker.campaign)
    return Verdict(paid.channel, f"{paid.rule}+click-id")


def classify_words(source: str, medium: str, campaign: str = "") -> Verdict:
    """The channel of three words, without click ids; other names for a source are not folded here."""
    words = (source.lower(), medium.lower(), campaign.lower())
    for rule in rules():
        if rule.holds(words):
            return rule.verdict
    raise LookupError("The last rule of channels.yaml must hold for everything.")


@cache
def rules() -> tuple[Rule, ...]:
    """The table in its order, ready to be asked."""
    table = _table()
    return tuple(_rule(row, table["patterns"]) for row in table["rules"])


@cache
def channels() -> tuple[str, ...]:
    """Every channel a rule can name, in the order of the table."""
    return tuple(dict.fromkeys(rule.verdict.channel for rule in rules()))


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = read_table("channels.yaml")
    return table


@cache
def _paid_channels() -> frozenset[str]:
    return frozenset(_table()["paid_channels"])


def _rule(row: Mapping[str, Any], patterns: Mapping[str, str]) -> Rule:
    clauses = tuple(
        _any_of([_test(name, what, patterns) for name, what in clause.items()]) for clause in row["when"]
    )
    return Rule(Verdict(row["channel"], row["id"]), clauses)


def _any_of(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    first, rest = tests[0], _any_of(tests[1:])
    return lambda words: first(words) or rest(words)


def _test(name: str, what: Any, patterns: Mapping[str, str]) -> Test:
    word, _, kind = name.partition("_")
    position = _POSITIONS[word]
    if kind == "like":
        search = re.compile(patterns[what[1:]] if what.startswith("$") else what).search
        return lambda words: search(words[position]) is not None
    listed = source_lists()[what] if kind == "in" else frozenset(what)
    return lambda words: words[position] in listed
