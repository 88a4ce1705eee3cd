"""How tidy the tags of a period are: shares of all visits, faults looked for in some of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Max, Min

from leadtrack.lib.periods import Period
from leadtrack.sources.channel import UNASSIGNED
from leadtrack.sources.models import Source
from leadtrack.visits.models import Site, Visit
from leadtrack.visits.sites import own_hosts
from leadtrack.visits.untidy import PROBLEMS, example_of, read_visit

DIRECT: Final = "Direct"
# So many visits are looked at, at even steps through the period.
MOST_LOOKED_AT: Final = 6_000
# Ids that are asked for: others between them may be of other sites, or gone.
MOST_ASKED_FOR: Final = 60_000
MOST_GROUPS: Final = 40
MOST_EXAMPLES: Final = 3
IDS_AT_ONCE: Final = 500
BY_PAGE, BY_SOURCE = "page", "source"


@dataclass(slots=True)
class Group:
    """The visits of one landing page, or of one source: how many were looked at, and what is wrong."""

    name: str
    looked_at: int = 0
    direct: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    @property
    def wrong(self) -> int:
        """How many faults there are."""
        return self.problems.total()


@dataclass(frozen=True, slots=True)
class Hygiene:
    """All visits of the period by channel, and the groups with most faults among those looked at."""

    visits: int
    direct: int
    unassigned: int
    looked_at: int
    problems: Counter[str]
    groups: Sequence[Group]

    @property
    def is_sampled(self) -> bool:
        """Whether not all visits were looked at."""
        return self.looked_at < self.visits


def hygiene(*, period: Period, site: Site | None, by: str) -> Hygiene:
    """The tidiness of a period (days of the site, both included), of one site or all."""
    rows = Visit.objects.filter(day__range=(period.first, period.last))
    if site is not None:
        rows = rows.filter(site=site)
    channels = _channels(rows)
    groups: dict[str, Group] = {}
    problems: Counter[str] = Counter()
    looked_at = 0
    for visit in _some(rows, channels.total()):
        looked_at += 1
        _look(visit, by, groups, problems)
    worst = sorted(groups.values(), key=lambda group: (-group.wrong, -group.looked_at, group.name))
    return Hygiene(
        visits=channels.total(),
        direct=channels[DIRECT],
        unassigned=channels[UNASSIGNED],
        looked_at=looked_at,
        problems=problems,
        groups=worst[:MOST_GROUPS],
    )


def _channels(rows: Any) -> Counter[str]:
    """Visits by channel: counted by source on the index, then named."""
    counts = dict(rows.order_by().values_list("source_id").annotate(Count("id")))
    ids, found = list(counts), Counter[str]()
    for start in range(0, len(ids), IDS_AT_ONCE):
        named = Source.objects.filter(pk__in=ids[start : start + IDS_AT_ONCE])
        for pk, channel in named.values_list("pk", "channel"):
            found[channel] += counts[pk]
    return found


def _some(rows: Any, total: int) -> Iterator[Visit]:
    """All visits, or some of a long period: those with ids at even steps, which says nothing of their source.

    (The first of each day would be of one source only: in the index they stand by source.)
    """
    named = rows.select_related("source", "site").order_by()
    if total <= MOST_LOOKED_AT:
        yield from named
        return
    ids = _ids(rows, total)
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield from named.filter(pk__in=ids[start : start + IDS_AT_ONCE])


def _ids(rows: Any, total: int) -> range:
    """Ids to look at: between those of the first and the last day, as ids are given in the order of time."""
    days = rows.order_by("day").values_list("day", flat=True)
    ends = rows.filter(day__in=(days.first(), days.last()))
    found = ends.aggregate(first=Min("pk"), last=Max("pk"))
    span = found["last"] - found["first"] + 1
    step = max(-(-total // MOST_LOOKED_AT), span // MOST_ASKED_FOR)
    return range(found["first"], found["last"] + 1, step)


def _look(visit: Visit, by: str, groups: dict[str, Group], problems: Counter[str]) -> None:
    read = read_visit(visit.landing_url, visit.referrer, visit.source.channel, own_hosts(visit.site))
    source = visit.source
    name = read.page if by == BY_PAGE else " / ".join(filter(None, (source.source, source.medium)))
    group = groups.setdefault(name, Group(name))
    group.looked_at += 1
    group.direct += source.channel == DIRECT
    group.problems.update(read.problems)
    problems.update(read.problems)
    for code in read.problems:
        examples = group.examples.setdefault(code, [])
        if len(examples) < MOST_EXAMPLES and (example := example_of(visit.landing_url)) not in examples:
            examples.append(example)


def ordered_problems(counts: Counter[str]) -> list[tuple[str, int]]:
    """What is wrong, in the order in which it hurts."""
    return [(code, counts[code]) for code in PROBLEMS if counts[code]]
