"""Loading a statement, beside the least that could be done with the same file, at two sizes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.children import figures_of
from bench.figures import Figure, at_least
from bench.reference import unstarted_stack


@dataclass(frozen=True, slots=True)
class Size:
    """Rows of the two files, ten times apart, and how often each is loaded."""

    rows: tuple[int, int]
    rounds: tuple[int, int]


QUICK = Size(rows=(2_000, 20_000), rounds=(2, 1))
FULL = Size(rows=(20_000, 200_000), rounds=(3, 2))


def measure(*, is_quick: bool) -> Iterator[Figure]:
    """The figures of PostgreSQL, then of SQLite."""
    size = QUICK if is_quick else FULL
    for postgres in (True, False):
        with unstarted_stack(postgres=postgres) as stack:
            asked = [
                {"rows": rows, "rounds": rounds} for rows, rounds in zip(size.rows, size.rounds, strict=True)
            ]
            small, large = (figures_of("bench.imports_child", stack, one) for one in asked)
        yield from _figures(postgres, size, small, large)


def _figures(postgres: bool, size: Size, small: dict[str, Any], large: dict[str, Any]) -> Iterator[Figure]:
    database, bare = ("PostgreSQL", "COPY") if postgres else ("SQLite", "executemany upsert")
    subject = f"import, {database}, {size.rows[1] // 1000}k rows"

    def line(name: str, ours: float, reference: str, to: str, **goal: Any) -> Figure:
        return Figure(subject, name, ours, "rows/s", large[reference], to, **goal)

    ours, again = large["ours"], large["again"]
    yield line("first load", ours, "bare", bare, **at_least(ours, large["bare"], 0.4))
    if postgres:
        yield line("first load", ours, "keyed", "COPY, foreign keys too")
    yield line("first load", ours, "bulk_create", "bulk_create(update_conflicts)", **_beaten(ours, large))
    yield line("first load", ours, "reader", "csv.reader alone")
    yield line("same file again", again, "bare", bare, **at_least(again, large["bare"], 0.6))
    if postgres:
        yield line("same file again", again, "keyed", "COPY, foreign keys too")
    yield line(
        "same file again", again, "bulk_again", "bulk_create again", **_beaten(again, large, "bulk_again")
    )
    yield Figure(subject, "first load of a tenth", small["ours"], "rows/s", ours, "the whole")
    yield Figure(subject, "same tenth again", small["again"], "rows/s", again, "the whole")
    yield Figure(subject, "peak memory", large["peak_mb"], "MB", small["peak_mb"], "a tenth")


def _beaten(ours: float, large: dict[str, Any], reference: str = "bulk_create") -> dict[str, Any]:
    return at_least(ours, large[reference], 1)
