"""What the rooms above do when something happens to visits.

Leads take their source from their visit, pages show visitors phone numbers, but `visits` must import neither
`leads` nor `phones` (rooms are entered in one direction). So a room above adds its function here when it is
loaded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leadtrack.visits.models import Site, Visit
from leadtrack.visits.sites import KnownSite


@dataclass(frozen=True, slots=True)
class MovedVisit:
    """A visit that stands at another source than before: ids, and the rule that named the channel."""

    visit_id: int
    visitor_id: int
    was_id: int
    source_id: int
    rule: str


_functions: list[Callable[[Sequence[MovedVisit]], object]] = []


def when_visits_moved(function: Callable[[Sequence[MovedVisit]], object]) -> None:
    """Have the function called with visits that got another source, inside that transaction."""
    if function not in _functions:
        _functions.append(function)


def tell_rooms_above(moved: Sequence[MovedVisit]) -> None:
    """Call every function that was added, in order."""
    for function in _functions:
        function(moved)


# What a part of the snippet needs to know of a site, by name; None where the site does not use the part.
SiteSetting = Callable[[Site], Mapping[str, object] | None]
_site_settings: dict[str, SiteSetting] = {}


def add_site_setting(part: str, function: SiteSetting) -> None:
    """Have the function tell whether a site uses this part of the snippet, and what the part then knows."""
    _site_settings[part] = function


def site_setting(part: str, site: Site) -> Mapping[str, object] | None:
    """What the part of the snippet knows of the site (values for JSON); None where it is not used."""
    function = _site_settings.get(part)
    return function(site) if function else None


@dataclass(frozen=True, slots=True)
class AskedNumbers:
    """A page asks which phone numbers to show in place of its own (`asked`, as the page names them).

    `visit` is of a view in the same request; otherwise `find_visit` finds or begins it, at a cost.
    """

    site: KnownSite
    visitor_key: str
    page: str
    asked: tuple[str, ...]
    now: datetime
    visit: Visit | None
    find_visit: Callable[[], Visit | None]


@dataclass(frozen=True, slots=True)
class ShownNumber:
    """In place of `asked` the page shows `number` (E.164), written as `shown`; "" as it writes its own."""

    asked: str
    number: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class ShownNumbers:
    """All that the page shows from now on. Seconds: how often it says that it is looked at, and for how long
    the answer is good without that."""

    numbers: tuple[ShownNumber, ...] = ()
    beat: int = 60
    hold: int = 1800


@dataclass(frozen=True, slots=True)
class Signal:
    """Somebody did this ("tap", "copy") with shown numbers (E.164) at a moment (UTC)."""

    kind: str
    site: KnownSite
    visitor_key: str
    numbers: tuple[str, ...]
    at: datetime
    now: datetime


@dataclass(slots=True)
class _Numbers:
    """Who keeps the numbers; nobody as long as no room above said so."""

    show: Callable[[AskedNumbers], ShownNumbers] = field(default=lambda _asked: ShownNumbers())
    note: Callable[[Signal], object] = field(default=lambda _signal: None)


_numbers = _Numbers()


def keep_numbers(*, show: Callable[[AskedNumbers], ShownNumbers], note: Callable[[Signal], object]) -> None:
    """Have these functions called when a page asks for numbers, and when one was tapped or copied."""
    _numbers.show, _numbers.note = show, note


def show_numbers(asked: AskedNumbers) -> ShownNumbers:
    """What the page is to show."""
    return _numbers.show(asked)


def note_signal(signal: Signal) -> None:
    """Keep that a number was tapped or copied."""
    _numbers.note(signal)
