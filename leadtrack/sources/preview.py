"""What a change of rules or aliases would move, before it is saved: sources asked purely, then counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from leadtrack.sources.channel import classify, paid_channels
from leadtrack.sources.holders import counts_of
from leadtrack.sources.marker import Marker
from leadtrack.sources.models import ChannelRule, Source, SourceAlias
from leadtrack.sources.register import ANY_PAID_CLICK, UNKNOWN, UNMATCHED
from leadtrack.sources.rulebook import Rulebook, aliases_in_order, read, rulebook_of, rules_in_order

PREVIEW_DAYS: Final = 90
MOST_SOURCES: Final = 200_000
MOST_SHOWN: Final = 10
_COLUMNS: Final = ("source", "medium", "campaign", "content", "term")


@dataclass(frozen=True, slots=True)
class Move:
    """One source that would be read otherwise, with what came from it in the time looked at."""

    label: str
    was: str
    now: str
    visits: int
    leads: int


@dataclass(frozen=True, slots=True)
class Preview:
    """How many visits and leads since a day would be read otherwise, and the largest of their sources."""

    since: date
    visits: int
    leads: int
    sources: int
    moves: Sequence[Move]
    # There are more sources than a preview looks at.
    is_cut: bool


def rule_preview(*, rule: ChannelRule, today: date) -> Preview:
    """What this rule, new or changed, would move. It is not saved; a new one is tried last."""
    known = [rule if row.pk == rule.pk else row for row in rules_in_order()]
    if rule._state.adding:
        rule.pk = 0
        known.append(rule)
    proposed = rulebook_of([row for row in known if row.is_active], aliases_in_order())
    return preview(now=read(), proposed=proposed, since=today - timedelta(days=PREVIEW_DAYS))


def alias_preview(*, alias: SourceAlias, today: date) -> Preview:
    """What this alias would rename. It is not saved."""
    rules = [row for row in rules_in_order() if row.is_active]
    proposed = rulebook_of(rules, [*aliases_in_order(), alias])
    return preview(now=read(), proposed=proposed, since=today - timedelta(days=PREVIEW_DAYS))


def preview(*, now: Rulebook, proposed: Rulebook, since: date) -> Preview:
    """What moves from one rulebook to the other, among the sources that anybody came from since that day."""
    visits, leads = counts_of("visits", since), counts_of("leads", since)
    rows = (
        Source.objects.filter(has_touches=True)
        .exclude(channel__in=(UNKNOWN, UNMATCHED))
        .order_by("pk")
        .values_list("pk", "channel", *_COLUMNS)
    )
    moves: list[Move] = []
    seen = 0
    for pk, channel, *words in rows[: MOST_SOURCES + 1].iterator(chunk_size=5000):
        seen += 1
        if pk not in visits and pk not in leads:
            continue
        marker = _marker(channel, words)
        was, will = _place(marker, now), _place(marker, proposed)
        if was != will:
            moves.append(_move(pk, marker, was, will, visits, leads))
    moves.sort(key=lambda move: (-move.visits, -move.leads, move.label))
    return Preview(
        since=since,
        visits=sum(move.visits for move in moves),
        leads=sum(move.leads for move in moves),
        sources=len(moves),
        moves=moves[:MOST_SHOWN],
        is_cut=seen > MOST_SOURCES,
    )


def _marker(channel: str, words: Sequence[str]) -> Marker:
    """The marker that made a source: a paid channel that its words deny came by a click id."""
    source, medium, campaign, content, term = words
    marker = Marker(source=source, medium=medium, campaign=campaign, content=content, term=term)
    is_paid_click = channel in paid_channels() and classify(marker).channel not in paid_channels()
    return replace(marker, click_ids=(ANY_PAID_CLICK,)) if is_paid_click else marker


def _place(marker: Marker, book: Rulebook) -> tuple[str, str]:
    """The name and channel that a source would have."""
    renamed = book.aliases.renamed(marker)
    return _label(renamed), classify(renamed, book.rules).channel


def _move(
    pk: int,
    marker: Marker,
    was: tuple[str, str],
    will: tuple[str, str],
    visits: Mapping[int, int],
    leads: Mapping[int, int],
) -> Move:
    before, after = was[1], will[1]
    if was[0] != will[0]:
        before, after = f"{was[1]} · {was[0]}", f"{will[1]} · {will[0]}"
    return Move(_label(marker), before, after, visits.get(pk, 0), leads.get(pk, 0))


def _label(marker: Marker) -> str:
    return " / ".join(word for word in (marker.source, marker.medium, marker.campaign) if word)
