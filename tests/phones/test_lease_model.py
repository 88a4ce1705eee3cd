"""Leasing against a simple model: random visitors, signs, moves of numbers and settings, in any order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leadtrack.phones import pools
from leadtrack.phones.close import close_over
from leadtrack.phones.lease import end_lease, holder_at, note_signal, show_numbers
from leadtrack.phones.models import Assignment, Lease, Pool, PoolHour, TrackedNumber
from leadtrack.visits.afterwards import AskedNumbers, Signal
from leadtrack.visits.models import Visit
from leadtrack.visits.sites import known
from tests import make

pytestmark = pytest.mark.django_db

ASKED = "+49301234567"
NUMBERS = 3
VISITORS = 5
places = st.integers(0, NUMBERS - 1)
people = st.integers(0, VISITORS - 1)
minutes = st.integers(0, 40)


@dataclass
class Held:
    """A lease of the model: a visitor had a number from a moment, until it was free or taken from him."""

    visitor: int
    number: int
    start: datetime
    free: datetime
    ended: datetime | None = None

    @property
    def end(self) -> datetime:
        return self.ended or self.free


class Leasing(RuleBasedStateMachine):
    """The code on the left, the model on the right; after each step they say the same."""

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now = make.NOON + timedelta(hours=1)
        self.span = timedelta(minutes=10), timedelta(minutes=5)
        site = make.site()
        self.pool = make.pool("+4930111001", "+4930111002", "+4930111003", site=site)
        self.numbers = list(TrackedNumber.objects.order_by("pk"))
        self.visits = [make.visit(on=site, at=make.NOON) for _person in range(VISITORS)]
        self.site = known(site)
        self.inside = set(range(NUMBERS))
        self.history: list[Held] = []
        self.missed: set[tuple[int, datetime]] = set()
        self._set()

    def teardown(self) -> None:
        try:
            self.history_says_whose_each_number_was()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    # --- what happens

    @rule(pause=minutes)
    def wait(self, pause: int) -> None:
        self.now += timedelta(minutes=pause)

    @rule(person=people, is_beat=st.booleans(), pause=minutes)
    def look(self, person: int, is_beat: bool, pause: int) -> None:
        self._tick(pause)
        visit = self.visits[person]
        shown = show_numbers(
            AskedNumbers(
                site=self.site,
                visitor_key=visit.visitor.key,
                page="/",
                asked=(ASKED,),
                now=self.now,
                visit=None if is_beat else visit,
                find_visit=lambda: Visit.objects.get(pk=visit.pk),
            )
        )
        expected = self._expected(person)
        told = [self.numbers[expected].number.as_e164] if expected is not None else []
        assert [one.number for one in shown.numbers] == told

    @rule(person=people, place=places, ago=st.integers(0, 30))
    def tap(self, person: int, place: int, ago: int) -> None:
        self._tick()
        at, key = self.now - timedelta(minutes=ago), self.visits[person].visitor.key
        note_signal(Signal("tap", self.site, key, (self.numbers[place].number.as_e164,), at, self.now))
        own = self._own(person)
        if own and own.number == place:
            own.free = max(own.free, at + sum(self.span, timedelta()))

    @rule()
    def sweep(self) -> None:
        self._tick()
        close_over(now=self.now)
        assert not Lease.objects.filter(closed_at=None, free_at__lte=self.now).exists()

    @rule(hold=st.integers(1, 30), rest=st.integers(0, 30))
    def set_up(self, hold: int, rest: int) -> None:
        self.span = timedelta(minutes=hold), timedelta(minutes=rest)
        self._set()

    @precondition(lambda self: self.inside)
    @rule(chosen=places)
    def take_out(self, chosen: int) -> None:
        self._tick()
        if chosen in self.inside:
            number = self.numbers[chosen]
            Assignment.objects.filter(number=number, ends_at=None).update(ends_at=self.now)
            end_lease(number=number, at=self.now)
            self.inside.remove(chosen)
            for held in self.history:
                if held.number == chosen and held.end > self.now:
                    held.ended = self.now

    @rule(chosen=places)
    def put_in(self, chosen: int) -> None:
        self._tick()
        if chosen not in self.inside:
            Assignment.objects.create(number=self.numbers[chosen], pool=self.pool, starts_at=self.now)
            self.inside.add(chosen)

    # --- what must hold

    @invariant()
    def no_number_is_held_by_two_and_no_lease_outlives_its_rule(self) -> None:
        rows = list(Lease.objects.order_by("pk"))
        for number in self.numbers:
            spans = [_span(row) for row in rows if row.number_id == number.pk]
            assert all(before[1] <= after[0] for before, after in pairwise(spans)), spans
        assert [row.free_at for row in rows] == [held.free for held in self.history]
        assert all(row.held_until <= row.free_at for row in rows)
        assert all(row.closed_at in (None, held.end) for row, held in zip(rows, self.history, strict=True))

    def history_says_whose_each_number_was(self) -> None:
        edges = {moment for held in self.history for moment in (held.start, held.end)}
        instant = timedelta(microseconds=1)
        for moment in {edge + shift for edge in edges for shift in (-instant, timedelta(), instant)}:
            for place, number in enumerate(self.numbers):
                row = holder_at(number, moment)
                assert (row.visitor if row else None) == self._had(place, moment)

    @invariant()
    def who_came_and_who_got_none_is_counted(self) -> None:
        hours = PoolHour.objects.all()
        assert sum(hour.leased for hour in hours) == len(self.history)
        assert sum(hour.overflow for hour in hours) == len(self.missed)
        assert all(hour.peak <= NUMBERS for hour in hours)

    # --- the model

    def _expected(self, person: int) -> int | None:
        """The number that the visitor is to see, as the rule says in words."""
        free = self.now + sum(self.span, timedelta())
        if own := self._own(person):
            own.free = max(own.free, free)
            return own.number
        among = [place for place in sorted(self.inside) if self._is_free(place, person)]
        if not among:
            self.missed.add((person, self.now.replace(minute=0, second=0, microsecond=0)))
            return None
        mine = [held.number for held in self.history if held.visitor == person][-1:]
        chosen = mine[0] if mine and mine[0] in among else min(among, key=self._rests_since)
        self.history.append(Held(person, chosen, self.now, free))
        return chosen

    def _own(self, person: int) -> Held | None:
        return next((one for one in self.history if one.visitor == person and one.end > self.now), None)

    def _last(self, place: int) -> Held | None:
        return next((held for held in reversed(self.history) if held.number == place), None)

    def _is_free(self, place: int, person: int) -> bool:
        last = self._last(place)
        return last is None or last.free <= self.now or last.visitor == person

    def _rests_since(self, place: int) -> tuple[bool, float]:
        last = self._last(place)
        return last is not None, last.free.timestamp() if last else 0

    def _had(self, place: int, moment: datetime) -> Any:
        whose = [h for h in self.history if h.number == place and h.start <= moment < h.end]
        assert len(whose) <= 1
        return self.visits[whose[0].visitor].visitor if whose else None

    def _tick(self, pause: int = 0) -> None:
        self.now += timedelta(minutes=pause, seconds=1)

    def _set(self) -> None:
        hold, rest = (int(span.total_seconds()) for span in self.span)
        Pool.objects.update(hold_seconds=hold, cooldown_seconds=rest)
        pools.forget()


def _span(row: Lease) -> tuple[datetime, datetime]:
    return row.started_at, row.closed_at or row.free_at


def test_leasing_does_what_the_model_says() -> None:
    run_state_machine_as_test(
        Leasing,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
