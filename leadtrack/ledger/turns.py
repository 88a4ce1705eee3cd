"""Taking turns, so that two workers never write the same part of the books."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db import connection, transaction
from django.db.models import F, Q

from leadtrack.ledger.models import Turn

RUN: Final = "run"
MATCH: Final = "match"
# Booking one day takes a fraction of a second: a runner that is silent for this long is dead.
RUN_LASTS: Final = timedelta(minutes=2)
MOST_TRIES: Final = 20

Write = Callable[[], object]
T = TypeVar("T")


class Overtaken(Exception):  # noqa: N818 (it reads as what it says)
    """Somebody else wrote since we looked: look again."""


@dataclass(slots=True)
class Claim:
    """The right to write as long as nobody else did since the claim was made."""

    name: str
    number: int

    def use(self, writes: Sequence[Write]) -> None:
        """Do the writes if nobody overtook us; raises Overtaken, and then nothing more is written.

        SQLite has one writer, and the doors wait for it: there each write is a short transaction of its own.
        """
        groups = [[write] for write in writes] if connection.vendor == "sqlite" else [writes]
        for group in groups or [[]]:
            with transaction.atomic():
                self._advance()
                for write in group:
                    write()

    def _advance(self) -> None:
        # Even a booking that writes nothing does it: whoever looked before must not write after.
        if Turn.objects.filter(name=self.name, number=self.number).update(number=F("number") + 1) != 1:
            raise Overtaken(self.name)
        self.number += 1


def claim(name: str) -> Claim:
    """Look whose turn it is. Do it before reading anything that the writing depends on."""
    number = Turn.objects.filter(name=name).values_list("number", flat=True).first()
    if number is None:
        Turn.objects.bulk_create([Turn(name=name)], ignore_conflicts=True)
        number = 0
    return Claim(name, number)


def until_in_turn(name: str, look_and_write: Callable[[Claim], T]) -> T:
    """Look and write again until nobody overtakes us. Raises Overtaken when that never happens."""
    for _ in range(MOST_TRIES - 1):
        try:
            return look_and_write(claim(name))
        except Overtaken:
            continue
    return look_and_write(claim(name))


def take_run(now: datetime) -> bool:
    """Begin a run over the dirty days; False when another worker is at it."""
    claim(RUN)
    free = Turn.objects.filter(Q(until=None) | Q(until__lt=now), name=RUN)
    return free.update(until=now + RUN_LASTS) == 1


def keep_run(now: datetime) -> None:
    """Say that the run goes on."""
    Turn.objects.filter(name=RUN).update(until=now + RUN_LASTS)


def end_run() -> None:
    """Let others run."""
    Turn.objects.filter(name=RUN).update(until=None)
