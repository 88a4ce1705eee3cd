"""Long lists of ids in pieces: a query takes only so many variables."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

IDS_AT_ONCE: Final = 500
T = TypeVar("T")


def chunks(values: Iterable[T], size: int = IDS_AT_ONCE) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
