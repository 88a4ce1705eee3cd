"""Marker -> channel: own rules, then an ordered, published table (data/channels.yaml). Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from leadtrack.sources.listed import read_table, source_lists
from leadtrack.sources.marker import Marker, is_paid_click

PHONE: Final = "Phone"
OFFLINE: Final = "Offline"
UNASSIGNED: Final = "Unassigned"
_PAID_MEDIUM: Final = "cpc"

# What a rule looks at, all in lower case; the published table asks the first three only.
FIELDS: Final = ("source", "medium", "campaign", "content", "term")
Words = tuple[str, str, str, str, str]
Test = Callable[[Words], bool]


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


def classify(marker: Marker, custom: Sequence[Rule] = ()) -> Verdict:
    """The channel of a marker: `custom` rules, GA4's default channel group (2026-05), then our additions.

    A paid click id makes the touch paid whatever its medium says, unless a custom rule said otherwise; the
    rule then ends in "+click-id".
    """
    if custom:
        words = words_of(marker.source, marker.medium, marker.campaign, marker.content, marker.term)
        own = first_holding(custom, words)
        if own is not None:
            return own.verdict
    verdict = classify_words(marker.source, marker.medium, marker.campaign)
    if verdict.channel in paid_channels() or not marker.click_ids or not is_paid_click(marker.click_ids):
        return verdict
    paid = classify_words(marker.source, _PAID_MEDIUM, marker.campaign)
    return Verdict(paid.channel, f"{paid.rule}+click-id")


def classify_words(source: str, medium: str, campaign: str = "") -> Verdict:
    """The channel the published table gives three words; click ids and other names are not read here."""
    rule = first_holding(rules(), words_of(source, medium, campaign))
    if rule is None:
        raise LookupError("The last rule of channels.yaml must hold for everything.")
    return rule.verdict


def words_of(source: str, medium: str, campaign: str = "", content: str = "", term: str = "") -> Words:
    """The words as rules compare them."""
    return source.lower(), medium.lower(), campaign.lower(), content.lower(), term.lower()


def first_holding(among: Iterable[Rule], words: Words) -> Rule | None:
    """The first rule that says yes, if any does."""
    for rule in among:
        if rule.holds(words):
            return rule
    return None


@cache
def rules() -> tuple[Rule, ...]:
    """The table in its order, ready to be asked."""
    return tuple(_rule(row, table()["patterns"]) for row in table()["rules"])


@cache
def channels() -> tuple[str, ...]:
    """Every channel a rule can name, in the order of the table."""
    return tuple(dict.fromkeys(rule.verdict.channel for rule in rules()))


@cache
def table() -> dict[str, Any]:
    """The published table as it is written: patterns, rules in order, paid channels."""
    found: dict[str, Any] = read_table("channels.yaml")
    return found


@cache
def paid_channels() -> frozenset[str]:
    """The channels of money."""
    return frozenset(table()["paid_channels"])


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
    position = FIELDS.index(word)
    if kind == "like":
        search = re.compile(patterns[what[1:]] if what.startswith("$") else what).search
        return lambda words: search(words[position]) is not None
    listed = source_lists()[what] if kind == "in" else frozenset(what)
    return lambda words: words[position] in listed
