"""Sites with their own hosts, as the room above that keeps them tells: links between them are no source."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

# Two functions of the room that knows sites: choices (key, name), and the hosts of a key.
_choices: Final[list[Callable[[], Sequence[tuple[str, str]]]]] = []
_hosts: Final[list[Callable[[str], Collection[str]]]] = []


def know_sites(
    *, choices: Callable[[], Sequence[tuple[str, str]]], hosts: Callable[[str], Collection[str]]
) -> None:
    """Have the pages of this room ask these functions for sites and their own hosts."""
    _choices[:], _hosts[:] = [choices], [hosts]


def site_choices() -> Sequence[tuple[str, str]]:
    """Key and name of every active site."""
    return _choices[0]() if _choices else ()


def hosts_of(key: str) -> Collection[str]:
    """The own hosts of the site with this key; none for an unknown one."""
    return _hosts[0](key) if _hosts and key else ()
