"""Giving every spend item the source its money stands at."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from typing import Final

from leadtrack.ledger.chunks import chunks
from leadtrack.ledger.matching import Catalogue, Coordinates, Met, Spent, catalogue, match
from leadtrack.ledger.models import ItemMatch, Turn
from leadtrack.ledger.turns import MATCH, Claim, until_in_turn
from leadtrack.sources import rulebook
from leadtrack.sources.dirty import mark_days
from leadtrack.sources.models import Reclassification, Source
from leadtrack.sources.register import names_of, spend_source, unmatched_source
from leadtrack.spend.models import SpendItem, SpendRow

ITEMS_AT_ONCE: Final = 50
_WORDS_CACHED: Final = 20_000
_MET_COLUMNS: Final = ("channel", "source", "medium", "campaign", "campaign_id", "adgroup_id", "ad_id")


@dataclass(frozen=True, slots=True)
class Stored:
    """Where an item's money stands now."""

    where: Coordinates
    source_id: int
    rule: str


def match_items(*, again: bool = False) -> int:
    """Match the items that nobody matched yet, or all of them when people came from new sources since.

    Marks the days of every item whose money moves to another source. Answers how many moved. `again` looks at
    all items whatever is new. The outcome depends on items and touched sources alone, not on their order.
    """
    return until_in_turn(MATCH, partial(_match, again=again))


def catalogue_of_touched() -> Catalogue:
    """The sources that people came from, ready to be asked."""
    rows = Source.objects.filter(has_touches=True).order_by("id")
    # Ads and keywords of one campaign differ in much that matching never looks at.
    first: dict[tuple[str, ...], int] = {}
    for pk, *names in rows.values_list("id", *_MET_COLUMNS):
        first.setdefault(tuple(names), pk)
    return catalogue(Met(pk, *names) for names, pk in first.items())


def spent_of(item: SpendItem) -> Spent:
    """What an item names, under the names that markers are stored with."""
    told = (item.source, item.medium, item.campaign, item.ad, item.keyword)
    source, medium, campaign, channel = _words(*told, stamp=rulebook.current().stamp)
    return Spent(source, medium, campaign, item.campaign_id, item.adgroup_id, item.ad_id, channel)


def _match(claim: Claim, *, again: bool) -> int:
    touched = _touched()
    is_known = Turn.objects.filter(name=MATCH, seen=touched).exists()
    if is_known and not again and not SpendItem.objects.filter(match=None).exists():
        return 0
    moves = _moves(catalogue_of_touched())
    writes = [partial(_write, chunk) for chunk in chunks(moves, ITEMS_AT_ONCE)]
    claim.use([*writes, partial(Turn.objects.filter(name=MATCH).update, seen=touched)])
    return len(moves)


def _touched() -> int:
    """A number that is another one when other sources are touched, or are named by other rules."""
    count = Source.objects.filter(has_touches=True).count()
    # Only a re-classification forgets touched sources; between two an equal count means the same ones.
    readings = Reclassification.objects.filter(state=Reclassification.State.DONE).count()
    said = f"{count} {readings} {rulebook.current().stamp}"
    return int(sha256(said.encode()).hexdigest()[:15], 16)


def _moves(known: Catalogue) -> list[ItemMatch]:
    """The match of every item that must stand elsewhere than it does."""
    stored = _stored()
    unmatched = unmatched_source().pk
    moves = []
    for item in list(SpendItem.objects.order_by("id")):
        where, rule = match(spent_of(item), known)
        now = stored.get(item.pk)
        if now is not None and where == now.where and rule == now.rule:
            continue
        source = unmatched if where is None else _source_of(item, where)
        if now is None or (now.source_id, now.rule) != (source, rule):
            moves.append(ItemMatch(item_id=item.pk, source_id=source, rule=rule))
    return moves


def _stored() -> dict[int, Stored]:
    columns = ("channel", "source", "medium", "campaign")
    rows = ItemMatch.objects.values_list(
        "item_id", "source_id", "rule", *(f"source__{name}" for name in columns)
    )
    return {item: Stored(Coordinates(*words), source, rule) for item, source, rule, *words in rows}


def _source_of(item: SpendItem, where: Coordinates) -> int:
    """The row for the item's money, beside the visits of the source it met."""
    return spend_source(
        channel=where.channel,
        source=where.source,
        medium=where.medium,
        campaign=where.campaign,
        campaign_id=item.campaign_id,
        adgroup=item.adgroup,
        adgroup_id=item.adgroup_id,
        content=item.ad,
        ad_id=item.ad_id,
        term=item.keyword,
    ).pk


def _write(moves: Iterable[ItemMatch]) -> None:
    # A new row of an old item marks its own day only, so the days are read in this very transaction.
    rows = SpendRow.objects.filter(item__in=[move.item_id for move in moves])
    ItemMatch.objects.bulk_create(
        moves, update_conflicts=True, unique_fields=["item"], update_fields=["source", "rule"]
    )
    mark_days(rows.order_by().values_list("day", flat=True).distinct())


@lru_cache(_WORDS_CACHED)
def _words(
    source: str, medium: str, campaign: str, ad: str, keyword: str, *, stamp: str
) -> tuple[str, str, str, str]:
    """Source, medium and campaign under their one name, and their channel by the rules of this stamp."""
    return names_of(source=source, medium=medium, campaign=campaign, content=ad, term=keyword)
