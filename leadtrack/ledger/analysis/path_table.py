"""Paths as columns: every touch of every path in one long array."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Places = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PathTable:
    """Paths with how often each ended in a conversion, what those were worth, and how often it ended in none.

    `codes` are the touches of all paths one after the other, as places in `channels`; the touches of path p
    are codes[starts[p]:starts[p + 1]]. Every path has one touch at least.
    """

    channels: Sequence[str]
    codes: Codes
    starts: Places
    conversions: Numbers
    value: Numbers
    nulls: Numbers

    @cached_property
    def lengths(self) -> Places:
        """How many touches each path has."""
        return np.diff(self.starts)

    @cached_property
    def path_of_touch(self) -> Places:
        """Which path each touch belongs to."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def places(self) -> Places:
        """The place of each touch in its path, from 0."""
        return np.arange(len(self.codes)) - np.repeat(self.starts[:-1], self.lengths)

    def sums(self, shares: Numbers) -> tuple[Numbers, Numbers]:
        """Conversions and value of each channel, from the share that each touch has of its path."""
        return self._sum(shares, self.conversions), self._sum(shares, self.value)

    def _sum(self, shares: Numbers, of_paths: Numbers) -> Numbers:
        return sums_at(self.codes, shares * np.repeat(of_paths, self.lengths), len(self.channels))


def sums_at(places: NDArray[np.integer], numbers: Numbers, count: int) -> Numbers:
    """The sum of the numbers that stand at each of `count` places; 0.0 where none does."""
    # Of no numbers at all numpy would make whole ones.
    return np.bincount(places, numbers, minlength=count).astype(np.float64, copy=False)


def table_of(rows: Iterable[tuple[Sequence[str], float, float, float]]) -> PathTable:
    """A table of (channels, conversions, value, nulls) rows: for tests and small jobs."""
    paths, conversions, value, nulls = zip(*rows, strict=True)
    channels = sorted({channel for path in paths for channel in path})
    code = {channel: place for place, channel in enumerate(channels)}
    return PathTable(
        channels=channels,
        codes=np.array([code[channel] for path in paths for channel in path], dtype=np.int32),
        starts=np.concatenate([[0], np.cumsum([len(path) for path in paths])]).astype(np.int64),
        conversions=np.array(conversions, dtype=np.float64),
        value=np.array(value, dtype=np.float64),
        nulls=np.array(nulls, dtype=np.float64),
    )
