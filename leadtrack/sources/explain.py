"""Where does this link come from? Every word with its origin, every rule tried, the one that won. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leadtrack.sources.book import Rulebook
from leadtrack.sources.channel import FIELDS, Rule, Verdict, classify, paid_channels, rules, words_of
from leadtrack.sources.marker import DIRECT, Marker, is_paid_click, parse_marker
from leadtrack.sources.tags import fields, read_tags
from leadtrack.sources.wording import looks_otherwise

# Where a word came from: codes, made into sentences by the pages.
TAG, CLICK_ID, REFERRER, DIGITS, OPENSTAT, NOTHING, ALIAS = (
    "tag",
    "click-id",
    "referrer",
    "digits",
    "openstat",
    "nothing",
    "alias",
)
SHOWN: Final = (
    "source",
    "medium",
    "campaign",
    "campaign_id",
    "adgroup",
    "adgroup_id",
    "content",
    "ad_id",
    "term",
    "source_platform",
    "creative_format",
    "marketing_tactic",
)
LOOKALIKE: Final = "lookalike"
# Longer addresses are not explained.
MOST_URL: Final = 8192
_CAMPAIGN_TAGS: Final = ("source", "medium", "campaign")


@dataclass(frozen=True, slots=True)
class Word:
    """One field of the marker: its value, a code for where that came from, and the tag or alias behind it."""

    name: str
    value: str
    origin: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule in the order it was asked; `won` for the first that held. Those behind it were not asked."""

    rule: str
    channel: str
    holds: bool
    won: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The marker of a link, how it was read, and its channel."""

    marker: Marker
    words: Sequence[Word]
    flags: Sequence[str]
    tried: Sequence[Tried]
    verdict: Verdict
    # The touch was read again as paid, because of a paid click id.
    by_click_id: bool


def explain(
    *, url: str, referrer: str, own_hosts: Collection[str] = (), book: Rulebook | None = None
) -> Explanation:
    """How this link is read by this rulebook. Total: any two strings in, never raises."""
    known = book or Rulebook()
    parsed = parse_marker(url, referrer, own_hosts=own_hosts)
    marker = known.aliases.renamed(parsed)
    verdict = classify(marker, known.rules)
    tags = read_tags(url, set())
    own = _is_own(verdict)
    by_click = not own and verdict.rule.endswith("+click-id")
    words = words_of(marker.source, marker.medium, marker.campaign, marker.content, marker.term)
    if by_click:
        words = (words[0], "cpc", *words[2:])
    return Explanation(
        marker=marker,
        words=[_word(name, parsed, marker, tags) for name in SHOWN],
        flags=[*parsed.flags, *([LOOKALIKE] if _has_lookalikes(tags) else [])],
        tried=_tried(known.rules, words),
        verdict=verdict,
        by_click_id=by_click,
    )


def is_paid_touch(marker: Marker, channel: str) -> bool:
    """Whether this touch cost money, as far as anybody can tell."""
    return channel in paid_channels() or is_paid_click(marker.click_ids)


def _is_own(verdict: Verdict) -> bool:
    return verdict.rule.startswith("own:")


def _tried(custom: Sequence[Rule], words: tuple[str, str, str, str, str]) -> list[Tried]:
    """Own rules see the words as they are; the published table may see a paid click instead of the medium."""
    tried = []
    for rule in (*custom, *rules()):
        holds = rule.holds(words)
        tried.append(Tried(rule.verdict.rule, rule.verdict.channel, holds, holds))
        if holds:
            break
    return tried


def _word(name: str, parsed: Marker, marker: Marker, tags: Mapping[str, str]) -> Word:
    value, was = getattr(marker, name), getattr(parsed, name)
    if value != was:
        return Word(name, value, ALIAS, was)
    if not value:
        return Word(name, "", NOTHING)
    tag = next((tag for tag in fields()[name] if tag in tags), "")
    if tag:
        return Word(name, value, TAG, tag)
    return _untagged(name, value, parsed, tags)


def _untagged(name: str, value: str, parsed: Marker, tags: Mapping[str, str]) -> Word:
    has_openstat = "_openstat" in tags and not any(
        tag in tags for field in _CAMPAIGN_TAGS for tag in fields()[field]
    )
    if has_openstat and name in ("source", "medium", "campaign", "content"):
        return Word(name, value, OPENSTAT, "_openstat")
    if name in ("campaign_id", "ad_id"):
        behind = "campaign" if name == "campaign_id" else "content"
        return Word(name, value, DIGITS, next((tag for tag in fields()[behind] if tag in tags), ""))
    if value in (DIRECT.source, DIRECT.medium, "(not set)"):
        return Word(name, value, NOTHING)
    if parsed.click_ids and not _is_from_referrer(parsed):
        return Word(name, value, CLICK_ID, parsed.click_ids[0][0])
    return Word(name, value, REFERRER, parsed.referrer_host)


def _is_from_referrer(parsed: Marker) -> bool:
    return bool(parsed.referrer_host) and not is_paid_click(parsed.click_ids)


def _has_lookalikes(tags: Mapping[str, str]) -> bool:
    names = (name for field in FIELDS for name in fields()[field])
    return any(looks_otherwise(tags[name]) for name in names if name in tags)
