"""The report: source -> campaign over facts of three years, beside the bare SQL, at two sizes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.children import figures_of
from bench.figures import Figure, at_most
from bench.reference import unstarted_stack

PERIODS = {"month": 31, "quarter": 92, "year": 365, "3 years": 1095}
# measure.md 3 sets its goals for about 2 000 ads over three years: our larger size.
GOAL_MS, GOAL_RATIO = 50, 3


@dataclass(frozen=True, slots=True)
class Size:
    """Rows of each kind of fact, ten times apart, and how often each question is asked."""

    facts: tuple[int, int]
    rounds: int


QUICK = Size(facts=(20_000, 200_000), rounds=3)
FULL = Size(facts=(200_000, 2_000_000), rounds=7)


def measure(*, is_quick: bool) -> Iterator[Figure]:
    """The figures of PostgreSQL, then of SQLite."""
    size = QUICK if is_quick else FULL
    for postgres in (True, False):
        with unstarted_stack(postgres=postgres) as stack:
            asked = {"rounds": size.rounds, "periods": PERIODS}
            found = [
                figures_of("bench.report_child", stack, asked | {"facts": facts}) for facts in size.facts
            ]
        yield from _figures("PostgreSQL" if postgres else "SQLite", size, *found)


def _figures(database: str, size: Size, small: dict[str, Any], large: dict[str, Any]) -> Iterator[Figure]:
    subject = f"report, {database}, {_thousands(size.facts[1])} + {_thousands(size.facts[1])} facts"
    for period in PERIODS:
        ours, bare = large[period]["ours_ms"], large[period]["bare_ms"]
        goal = at_most(ours, GOAL_MS, "ms") if size is FULL else {}
        yield Figure(subject, period, ours, "ms", bare, "bare SQL", **goal)
        is_close = ours <= GOAL_RATIO * bare
        yield Figure(
            subject, f"{period} / bare SQL", ours / bare, "x", goal=f"<= {GOAL_RATIO} x", is_met=is_close
        )
    for period in PERIODS:
        before = small[period]["ours_ms"]
        name = f"{period}, at a tenth of the facts"
        yield Figure(subject, name, before, "ms", large[period]["ours_ms"], "at the whole")


def _thousands(rows: int) -> str:
    return f"{rows // 1000}k" if rows < 1_000_000 else f"{rows // 1_000_000}M"
