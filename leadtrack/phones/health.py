"""The figures of a pool's page: how full it is, whether it is too small, what it costs and brings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Q, Sum

from leadtrack.phones.heat import Cell, Hour, Span, heat_map
from leadtrack.phones.models import Assignment, Call, Lease, Pool, PoolHour, TrackedNumber
from leadtrack.phones.pool_size import Advice, SizeWarning, size_advice, warnings
from leadtrack.phones.rows import hour_of

PERIOD: Final = timedelta(days=30)
# What is wrong now, not what was before somebody added numbers.
_LATELY: Final = timedelta(days=7)
_MICROS_PER_CENT: Final = 10_000


@dataclass(frozen=True, slots=True)
class NumberHealth:
    """A number of the pool and its calls of the last 30 days. `price_micros` by currency: what they cost."""

    number: TrackedNumber
    since: datetime
    calls: int
    last_call_at: datetime | None

    def is_silent(self, now: datetime) -> bool:
        """In the pool for 30 days, and nobody called it in that time."""
        return not self.calls and self.since <= now - PERIOD


@dataclass(frozen=True, slots=True)
class Cost:
    """What the pool costs in 30 days in one currency: its numbers by the month, and what its calls cost.

    Hundredths; `per_call` is None without calls, `per_number` without numbers of that currency.
    """

    currency: str
    numbers_cents: int
    calls_cents: int
    per_number_cents: int | None
    per_call_cents: int | None


@dataclass(frozen=True, slots=True)
class PoolHealth:
    """Everything that the page of a pool shows, of the last 30 days up to `now` (UTC)."""

    pool: Pool
    now: datetime
    size: int
    taken: int
    # Most numbers taken at once, and in which hour; visitors who came in the busiest hour.
    peak: int
    peak_at: datetime | None
    peak_visitors: int
    leased: int
    overflow: int
    last_overflow_at: datetime | None
    average_visit: timedelta
    calls: int
    # Calls that may be of several visitors.
    collisions: int
    advice: Advice
    warnings: tuple[SizeWarning, ...]
    heat: list[list[Cell]]
    numbers: list[NumberHealth]
    costs: list[Cost]

    @property
    def percent(self) -> int:
        """Of its numbers, how many are taken now."""
        return round(self.taken * 100 / self.size) if self.size else 0

    @property
    def silent(self) -> list[NumberHealth]:
        """Its numbers without calls in 30 days."""
        return [one for one in self.numbers if one.is_silent(self.now)]


@dataclass(frozen=True, slots=True)
class _Calls:
    """Calls of one number, by the currency in which the carrier charged them."""

    number_id: int
    currency: str
    count: int
    collisions: int
    last_at: datetime
    price_micros: int


def health_of(pool: Pool, *, now: datetime) -> PoolHealth:
    """The figures of a pool; `now` is UTC. Five questions to the database, whatever its history."""
    since = hour_of(now - PERIOD)
    held = _assignments(pool, since)
    present = [assignment for assignment in held if assignment.ends_at is None]
    hours = _hours(pool, since)
    calls = _calls(pool, [assignment.number_id for assignment in held], since)
    taken = Lease.objects.filter(pool=pool, closed_at=None, free_at__gt=now).count()
    average_visit = _average_visit(pool, [assignment.number_id for assignment in held], since)
    peak_at = max(hours, key=lambda hour: (hours[hour].peak, hour), default=None)
    peak_visitors = max((hour.leased + hour.overflow for hour in hours.values()), default=0)
    return PoolHealth(
        pool=pool,
        now=now,
        size=len(present),
        taken=taken,
        peak=hours[peak_at].peak if peak_at else 0,
        peak_at=peak_at,
        peak_visitors=peak_visitors,
        leased=sum(hour.leased for hour in hours.values()),
        overflow=sum(hour.overflow for hour in hours.values()),
        last_overflow_at=max((at for at, hour in hours.items() if hour.overflow), default=None),
        average_visit=average_visit,
        calls=sum(row.count for row in calls),
        collisions=sum(row.collisions for row in calls),
        advice=size_advice(
            peak_visitors=peak_visitors,
            average_visit=average_visit,
            hold=timedelta(seconds=pool.hold_seconds),
            cooldown=timedelta(seconds=pool.cooldown_seconds),
        ),
        warnings=_warnings(hours, size=len(present), now=now),
        heat=_heat(pool, hours, held, since=since, now=now),
        numbers=[_number(one, calls) for one in present],
        costs=_costs([one.number for one in present], calls),
    )


def _assignments(pool: Pool, since: datetime) -> list[Assignment]:
    """Which numbers were in the pool since then, with when."""
    held = Assignment.objects.filter(pool=pool).filter(Q(ends_at=None) | Q(ends_at__gt=since))
    return list(held.select_related("number").order_by("number__number", "starts_at"))


def _hours(pool: Pool, since: datetime) -> dict[datetime, Hour]:
    rows = PoolHour.objects.filter(pool=pool, hour__gte=since).order_by("hour")
    return {row.hour: Hour(row.peak, row.leased, row.overflow) for row in rows}


def _heat(
    pool: Pool, hours: Mapping[datetime, Hour], held: Iterable[Assignment], *, since: datetime, now: datetime
) -> list[list[Cell]]:
    spans = [Span(one.starts_at, one.ends_at) for one in held]
    return heat_map(hours, spans, first=since, last=hour_of(now), tz=pool.site.tz)


def _average_visit(pool: Pool, numbers: Sequence[int], since: datetime) -> timedelta:
    """How long a page of a visitor gave signs, from the first to the last, on average.

    Found by the numbers: each is lent a few times a day, whatever the length of history.
    """
    length = ExpressionWrapper(F("last_seen_at") - F("started_at"), output_field=DurationField())
    leases = Lease.objects.filter(number__in=numbers, started_at__gte=since, pool=pool)
    average: timedelta | None = leases.aggregate(average=Avg(length))["average"]
    return average or timedelta()


def _calls(pool: Pool, numbers: Sequence[int], since: datetime) -> list[_Calls]:
    calls = Call.objects.filter(number__in=numbers, started_at__gte=since, assignment__pool=pool)
    incoming = calls.filter(direction=Call.Direction.IN, is_test=False)
    counted = incoming.values("number_id", "price_currency").annotate(
        count=Count("pk"),
        collisions=Count("pk", filter=Q(match=Call.Match.AMBIGUOUS)),
        last_at=Max("started_at"),
        price=Sum("price_micros"),
    )
    return [_read(row) for row in counted.order_by("number_id", "price_currency")]


def _read(row: Mapping[str, Any]) -> _Calls:
    return _Calls(
        number_id=row["number_id"],
        currency=row["price_currency"],
        count=row["count"],
        collisions=row["collisions"],
        last_at=row["last_at"],
        price_micros=row["price"] or 0,
    )


def _warnings(hours: dict[datetime, Hour], *, size: int, now: datetime) -> tuple[SizeWarning, ...]:
    lately = [hour for at, hour in hours.items() if at > now - _LATELY]
    return warnings(
        peak=max((hour.peak for hour in lately), default=0),
        size=size,
        overflow=sum(hour.overflow for hour in lately),
    )


def _number(assignment: Assignment, calls: Iterable[_Calls]) -> NumberHealth:
    mine = [row for row in calls if row.number_id == assignment.number_id]
    return NumberHealth(
        number=assignment.number,
        since=assignment.starts_at,
        calls=sum(row.count for row in mine),
        last_call_at=max((row.last_at for row in mine), default=None),
    )


def _costs(numbers: Sequence[TrackedNumber], calls: Sequence[_Calls]) -> list[Cost]:
    """By currency: nothing is converted here, as the books do that by the rate of each day."""
    priced = {number.currency for number in numbers if number.monthly_cents}
    charged = {row.currency for row in calls if row.price_micros}
    return [_cost(currency, numbers, calls) for currency in sorted(priced | charged)]


def _cost(currency: str, numbers: Sequence[TrackedNumber], calls: Sequence[_Calls]) -> Cost:
    months = [one.monthly_cents for one in numbers if one.currency == currency and one.monthly_cents]
    charged = sum(row.price_micros for row in calls if row.currency == currency)
    calls_cents, count = round(charged / _MICROS_PER_CENT), sum(row.count for row in calls)
    return Cost(
        currency=currency,
        numbers_cents=sum(months),
        calls_cents=calls_cents,
        per_number_cents=round(sum(months) / len(months)) if months else None,
        per_call_cents=round((sum(months) + calls_cents) / count) if count else None,
    )
