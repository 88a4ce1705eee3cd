"""Work that failed and has a page of its own in some room: the page of failed work tells of it, too."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many failed now, the words for so many (1 or more), and the page that shows them."""

    count: Callable[[], int]
    words: Callable[[int], str]
    url_name: str


_troubles: list[Trouble] = []


def add_trouble(trouble: Trouble) -> None:
    """Have the page of failed work ask for it, too; a room calls this when it is loaded."""
    if trouble not in _troubles:
        _troubles.append(trouble)


def troubles_now() -> list[tuple[str, str]]:
    """Words and url name of whatever has failed; one query for each room that asked."""
    counted = [(trouble, trouble.count()) for trouble in _troubles]
    return [(trouble.words(count), trouble.url_name) for trouble, count in counted if count]
