"""The Source row of a marker: made once, found ever after. The only writer of that table."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Final

from django.db import transaction

from leadtrack.sources import rulebook, touched
from leadtrack.sources.aliases import FIELDS as ALIASED
from leadtrack.sources.channel import PHONE, UNASSIGNED, Verdict, classify, classify_words, words_of
from leadtrack.sources.holders import forget_counts
from leadtrack.sources.marker import Marker
from leadtrack.sources.models import ChannelRule, Source
from leadtrack.sources.naming import canonical_medium, canonical_source
from leadtrack.sources.wording import clean, clean_id, clean_medium, clean_source

UNKNOWN: Final = "(unknown)"
UNMATCHED: Final = "(unmatched)"
_CHANNEL_LENGTH: Final = 60
ANY_PAID_CLICK: Final = ("gclid", "-")
# Rows differ by these columns; names compare without case, ids with it.
_KEY_COLUMNS: Final = (
    "channel",
    "source",
    "medium",
    "campaign",
    "campaign_id",
    "adgroup",
    "adgroup_id",
    "content",
    "ad_id",
    "term",
)
_NAMES: Final = frozenset({"campaign", "adgroup", "content", "term"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a marker stands: the id of its Source, and the rule that named the channel."""

    source_id: int
    rule: str


@dataclass(frozen=True, slots=True)
class _Row:
    """What a Source row is to hold."""

    columns: Mapping[str, str]
    has_touches: bool

    @property
    def key(self) -> str:
        values = (
            self.columns[name].casefold() if name in _NAMES else self.columns[name] for name in _KEY_COLUMNS
        )
        return sha256("\x1f".join(values).encode()).hexdigest()


def verdict_of(marker: Marker) -> Verdict:
    """The channel of a marker by the rules and aliases of this installation, and the rule that said so."""
    book = rulebook.current()
    return classify(book.aliases.renamed(marker), book.rules)


def place_of(marker: Marker) -> Place:
    """Where a marker stands; its Source is made if new, with has_touches set. Cached in the process."""
    stamp = rulebook.current().stamp
    touched.of_rules(stamp)
    if (known := touched.place_of(marker, stamp)) is not None:
        return Place(*known)
    columns, verdict = _placed(marker)
    row = _Row(columns, has_touches=True)
    row_id = touched.id_of(row.key)
    if row_id is None:
        return Place(_row_for(row).pk, verdict.rule)
    if rulebook.current().stamp == stamp:
        touched.remember_place(marker, stamp, row_id, verdict.rule)
    return Place(row_id, verdict.rule)


def source_id_for(marker: Marker) -> int:
    """The id of the marker's Source, made if new, with has_touches set. Cached in the process."""
    return place_of(marker).source_id


def source_for(marker: Marker) -> Source:
    """The marker's Source, made if new, with has_touches set. Cached in the process."""
    return _touched_row(_placed(marker)[0])


def key_of(marker: Marker) -> str:
    """The key that the marker's Source has, if there is one."""
    return _Row(_placed(marker)[0], has_touches=False).key


def reread(source: Source, *, is_paid_click: bool = False) -> tuple[Source, str]:
    """The Source that this one's words make by today's rules and aliases, and the rule that says so.

    The rows for what is unknown stay. `is_paid_click`: a paid click id had been among the marker's.
    """
    if source.channel in (UNKNOWN, UNMATCHED):
        return source, ""
    columns, verdict = _placed(_marker_of(source, is_paid_click=is_paid_click))
    return _row_for(_Row(columns, has_touches=True)), verdict.rule


def reread_assigned(source: Source) -> Source:
    """The Source of a tracked number by today's rules and aliases.

    A channel that a person chose against the rules stays: only one that some rule (of this installation, also
    a former one, or of the published table) says of these words is said anew.
    """
    channel = "" if _was_classified(source) else source.channel
    return assigned_source(
        channel=channel,
        source=source.source,
        medium=source.medium,
        campaign=source.campaign,
        content=source.content,
        term=source.term,
    )


def would_move(source: Source) -> bool:
    """Whether this Source's words make another one by today's rules and aliases. Click ids are not known."""
    if source.channel in (UNKNOWN, UNMATCHED):
        return False
    return _Row(_placed(_marker_of(source))[0], has_touches=False).key != source.key


def names_of(
    *, source: str, medium: str, campaign: str, content: str = "", term: str = ""
) -> tuple[str, str, str, str]:
    """Source, medium and campaign that a file or a person tells, under their one name, and their channel."""
    columns = _typed_columns(source=source, medium=medium, campaign=campaign, content=content, term=term)
    return columns["source"], columns["medium"], columns["campaign"], _verdict_of_typed(columns).channel


def assigned_source(
    *, channel: str = "", source: str, medium: str = "", campaign: str = "", content: str = "", term: str = ""
) -> Source:
    """The Source a person gives to a static phone number; the channel is classified where none is given.

    What no rule knows is "Phone". has_touches is set: its calls will point here without asking again.
    """
    columns = _typed_columns(source=source, medium=medium, campaign=campaign, content=content, term=term)
    return _row_for(_Row(columns | {"channel": _channel_or_phone(channel, columns)}, has_touches=True))


def spend_source(
    *,
    channel: str = "",
    source: str,
    medium: str = "",
    campaign: str = "",
    campaign_id: str = "",
    adgroup: str = "",
    adgroup_id: str = "",
    content: str = "",
    ad_id: str = "",
    term: str = "",
) -> Source:
    """The Source that money was spent on. A new row has no touches until a person comes from it."""
    columns = _typed_columns(
        source=source,
        medium=medium,
        campaign=campaign,
        campaign_id=campaign_id,
        adgroup=adgroup,
        adgroup_id=adgroup_id,
        content=content,
        ad_id=ad_id,
        term=term,
    )
    given = _cleaned_channel(channel) or _verdict_of_typed(columns).channel
    return _row_for(_Row(columns | {"channel": given}, has_touches=False))


def unknown_source() -> Source:
    """The row for results nobody can say the source of: a row like any other."""
    return _touched_row(_empty_columns() | {"channel": UNKNOWN})


def unmatched_source() -> Source:
    """The row for money that met no source."""
    return _row_for(_Row(_empty_columns() | {"channel": UNMATCHED}, has_touches=False))


def forget_sources() -> None:
    """Empty this process's caches: history was read again, or the table emptied (tests, a fresh demo)."""
    touched.forget()
    forget_counts()


def _touched_row(columns: Mapping[str, str]) -> Source:
    row = _Row(columns, has_touches=True)
    touched.of_rules(rulebook.current().stamp)
    return touched.row_of(row.key) or _row_for(row)


def _row_for(row: _Row) -> Source:
    """Get or make, safe among concurrent writers: the unique key decides who was first."""
    key = row.key
    found = Source.objects.filter(key=key).first()
    if found is None:
        fresh = Source(key=key, has_touches=row.has_touches, **row.columns)
        Source.objects.bulk_create([fresh], ignore_conflicts=True)
        found = Source.objects.get(key=key)
    if row.has_touches:
        _touch(found)
    return found


def _touch(source: Source) -> None:
    """See that has_touches is set, and remember the row once that is sure to last.

    Inside a transaction even a row just read may be our own and vanish with it: hence on_commit, which runs
    at once where there is no transaction and never where it is rolled back.
    """
    if not source.has_touches:
        Source.objects.filter(pk=source.pk, has_touches=False).update(has_touches=True)
        source.has_touches = True
    transaction.on_commit(partial(touched.remember, source))


def _was_classified(source: Source) -> bool:
    verdict = classify_words(source.source, source.medium, source.campaign)
    usual = PHONE if verdict.channel == UNASSIGNED else verdict.channel
    if source.channel in (usual, verdict.channel):
        return True
    words = words_of(source.source, source.medium, source.campaign, source.content, source.term)
    former = map(rulebook.compiled, ChannelRule.objects.filter(channel=source.channel))
    return any(rule is not None and rule.holds(words) for rule in former)


def _marker_of(source: Source, *, is_paid_click: bool = False) -> Marker:
    words = {name: getattr(source, name) for name in _KEY_COLUMNS if name != "channel"}
    return Marker(**words, click_ids=(ANY_PAID_CLICK,) if is_paid_click else ())


def _placed(marker: Marker) -> tuple[dict[str, str], Verdict]:
    book = rulebook.current()
    renamed = book.aliases.renamed(marker)
    verdict = classify(renamed, book.rules)
    columns = {name: getattr(renamed, name) for name in _KEY_COLUMNS if name != "channel"}
    return columns | {"channel": verdict.channel}, verdict


def _typed_columns(**typed: str) -> dict[str, str]:
    """Columns from what a person or a file says, cleaned as a marker's are."""
    flags: set[str] = set()
    columns = _empty_columns()
    for name, value in typed.items():
        columns[name] = clean_id(value, flags) if name.endswith("_id") else clean(value, flags)
    columns["medium"] = canonical_medium(clean_medium(typed["medium"], flags))
    columns["source"] = canonical_source(clean_source(typed["source"], flags), columns["medium"])
    aliases = rulebook.current().aliases
    return columns | {name: aliases.word(name, columns[name]) for name in ALIASED}


def _empty_columns() -> dict[str, str]:
    return dict.fromkeys(_KEY_COLUMNS, "")


def _channel_or_phone(channel: str, columns: Mapping[str, str]) -> str:
    if given := _cleaned_channel(channel):
        return given
    verdict = _verdict_of_typed(columns)
    is_known = columns["source"] and verdict.channel != UNASSIGNED
    return verdict.channel if is_known else PHONE


def _cleaned_channel(channel: str) -> str:
    return clean(channel, set(), _CHANNEL_LENGTH)


def _verdict_of_typed(columns: Mapping[str, str]) -> Verdict:
    marker = Marker(
        source=columns["source"],
        medium=columns["medium"],
        campaign=columns["campaign"],
        content=columns["content"],
        term=columns["term"],
    )
    return classify(marker, rulebook.current().rules)
