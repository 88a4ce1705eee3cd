"""The visit rule: 30 minutes of silence end a visit, a new marker starts one, midnight does not. Pure."""

from datetime import datetime, timedelta
from typing import Final, Protocol

# As Google Analytics and Plausible count.
SILENCE: Final = timedelta(minutes=30)


class Stay(Protocol):
    """What the rule needs to know of a visit. Moments are UTC."""

    started_at: datetime
    last_seen_at: datetime
    source_id: int


class Marked(Protocol):
    """What the rule needs to know of one page view."""

    @property
    def source_id(self) -> int: ...

    @property
    def is_direct(self) -> bool: ...


def goes_on(stay: Stay, *, with_page: Marked, at: datetime) -> bool:
    """Whether a page seen at this moment, not before the visit began, still belongs to it.

    The marker that began the visit may come again (a reload of the landing page): it is not a new one.
    """
    is_new_marker = not with_page.is_direct and with_page.source_id != stay.source_id
    return at - stay.last_seen_at <= SILENCE and not is_new_marker


def began_earlier(stay: Stay, *, with_page: Marked, at: datetime) -> bool:
    """Whether a page whose news came late was in truth the first one of a visit already known."""
    return stay.started_at - at <= SILENCE and with_page.source_id == stay.source_id
