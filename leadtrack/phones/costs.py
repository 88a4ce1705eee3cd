"""What numbers, calls and the ads that carry numbers cost, by the day and by the source they work for."""

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from django.db.models import Sum

from leadtrack.lib.money import split
from leadtrack.lib.periods import days_between, local_day
from leadtrack.phones.models import Assignment, Call, TrackedNumber
from leadtrack.sources.costs import CostBook, DayCost
from leadtrack.sources.models import Source

_MICROS_PER_CENT: Final = 10_000
# Of numbers in a pool or of nobody: what they cost is no single source's.
_OWN_SOURCE: Final = "phone numbers"
_POOL: Final = "pool"


class _Words(NamedTuple):
    source: str
    medium: str
    campaign: str


_Slot = tuple[date, _Words, str]


def phone_book() -> CostBook:
    """The book of this room, under its own account."""
    return CostBook(account="Phone numbers", costs=phone_costs)


def phone_costs(until: date) -> list[DayCost]:
    """Each day's cost to the cent, until a day (included): a month's price evenly over its days, an ad's cost
    evenly over its own, calls as the carrier charged them. Of one slot of a day there is one sum.
    """
    found: Counter[_Slot] = Counter()
    for slot, cents in (*_ads(until), *_months(until), *_calls(until)):
        found[slot] += cents
    return sorted(
        DayCost(day, *words, currency, cents) for (day, words, currency), cents in found.items() if cents
    )


def _ads(until: date) -> Iterator[tuple[_Slot, int]]:
    paid = Assignment.objects.exclude(cost_cents=None).exclude(source=None).select_related("source")
    for ad in paid.filter(cost_first__lte=until, cost_last__isnull=False).exclude(currency=""):
        if ad.source is None or ad.cost_first is None or ad.cost_last is None:
            continue
        days = list(days_between(ad.cost_first, ad.cost_last))
        shares = split(ad.cost_cents or 0, [1] * len(days))
        words = _words_of(ad.source)
        yield from (
            ((day, words, ad.currency), cents)
            for day, cents in zip(days, shares, strict=True)
            if day <= until
        )


def _months(until: date) -> Iterator[tuple[_Slot, int]]:
    """From the day a number was bought, or became ours, until it was given back."""
    priced = TrackedNumber.objects.exclude(monthly_cents=None).exclude(currency="").select_related("site")
    owned = defaultdict(list)
    held = Assignment.objects.filter(number__in=priced).select_related("source", "pool")
    for assignment in held.order_by("starts_at"):
        owned[assignment.number_id].append(assignment)
    for number in priced:
        first = number.bought_on or local_day(number.created_at, number.site.tz)
        last = local_day(number.released_at, number.site.tz) if number.released_at else until
        for day in days_between(first, min(last, until)) if first <= min(last, until) else ():
            words = _holder(owned[number.pk], day, number)
            yield (day, words, number.currency), _share_of_month(number.monthly_cents or 0, day)


def _calls(until: date) -> Iterator[tuple[_Slot, int]]:
    """Prices are finer than a cent: a day's sum is rounded once and shared out, so that nothing drifts."""
    charged = Call.objects.filter(day__lte=until, price_micros__gt=0).exclude(price_currency="")
    sums = charged.values("day", "price_currency", "source_id").annotate(micros=Sum("price_micros"))
    by_day: dict[tuple[date, str], list[tuple[int, int]]] = defaultdict(list)
    for row in sums.order_by("day", "price_currency", "source_id"):
        by_day[row["day"], row["price_currency"]].append((row["source_id"], row["micros"]))
    words = {source.pk: _words_of(source) for source in _sources(by_day.values())}
    for (day, currency), parts in by_day.items():
        micros = [each for _source, each in parts]
        shares = split(round(sum(micros) / _MICROS_PER_CENT), micros)
        for (source, _micros), cents in zip(parts, shares, strict=True):
            yield (day, words[source], currency), cents


def _sources(days: Iterable[Sequence[tuple[int, int]]]) -> Iterator[Source]:
    wanted = {source for parts in days for source, _micros in parts}
    return Source.objects.filter(pk__in=wanted).iterator()


def _share_of_month(cents: int, day: date) -> int:
    """The day's part of a month's price; the parts of a whole month sum to it."""
    return _shares_of_month(cents, monthrange(day.year, day.month)[1])[day.day - 1]


@lru_cache(maxsize=1024)
def _shares_of_month(cents: int, days: int) -> Sequence[int]:
    """Asked for each day of each number ever, every hour: few prices, four lengths of months."""
    return split(cents, [1] * days)


def _holder(held: Sequence[Assignment], day: date, number: TrackedNumber) -> _Words:
    """Whose the number was at the end of the day, in the time of its site."""
    tz = number.site.tz
    next_day = day + timedelta(days=1)
    for assignment in reversed(held):
        began = local_day(assignment.starts_at, tz) < next_day
        is_over = assignment.ends_at is not None and local_day(assignment.ends_at, tz) < next_day
        if began and not is_over:
            return _words_of(assignment.source) if assignment.source else _pool_words(assignment)
    return _Words(_OWN_SOURCE, "", "")


def _pool_words(assignment: Assignment) -> _Words:
    return _Words(_OWN_SOURCE, _POOL, str(assignment.pool or ""))


def _words_of(source: Source) -> _Words:
    return _Words(source.source or _OWN_SOURCE, source.medium, source.campaign)
