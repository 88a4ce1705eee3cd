"""What happens to the demo firm: the nouns of its year. Pure. Moments are UTC."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PageView:
    """Somebody looks at a page; `advert` is empty when it is not the first page of the visit."""

    at: datetime
    site: str
    visitor: str
    url: str
    referrer: str = ""
    advert: str = ""


@dataclass(frozen=True, slots=True)
class GoalReached:
    """The page says that its visitor did something worth counting; `cents` in the goal's own currency."""

    at: datetime
    site: str
    visitor: str
    url: str
    name: str
    cents: int | None = None


@dataclass(frozen=True, slots=True)
class FormSent:
    """A form is sent; `key` names the lead-to-be. Without scripts its fields name no visitor."""

    at: datetime
    site: str
    key: str
    page: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PhoneRang:
    """A tracked number is called; no `talk_seconds`: nobody answered; no `caller`: withheld."""

    at: datetime
    line: str
    key: str
    caller: str
    ring_seconds: int
    talk_seconds: int | None


@dataclass(frozen=True, slots=True)
class NumberShown:
    """A page asks for the number of a pool and shows it; or, later, is still looked at."""

    at: datetime
    pool: str
    site: str
    visitor: str
    url: str
    is_tapped: bool = False


@dataclass(frozen=True, slots=True)
class VisitorRang:
    """A visitor calls the number of a pool that the page shows; as in PhoneRang nobody may answer."""

    at: datetime
    pool: str
    visitor: str
    key: str
    caller: str
    ring_seconds: int
    talk_seconds: int | None


@dataclass(frozen=True, slots=True)
class CalledBack:
    """Sales calls back whom it had missed."""

    at: datetime
    lead: str


@dataclass(frozen=True, slots=True)
class TextCame:
    """Somebody writes a text to a number of an advert; sales answers a little later, or ("") not yet."""

    at: datetime
    line: str
    key: str
    sender: str
    body: str
    answer: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Sales takes the lead into work."""

    at: datetime
    lead: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Sales says it is no real enquiry."""

    at: datetime
    lead: str


@dataclass(frozen=True, slots=True)
class Won:
    """The lead buys."""

    at: datetime
    lead: str
    cents: int
    cost_cents: int
    currency: str
    note: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The lead buys nothing; `reason` counts from 0 in the firm's list."""

    at: datetime
    lead: str
    reason: int


@dataclass(frozen=True, slots=True)
class BoughtAgain:
    """A customer comes back with money."""

    at: datetime
    lead: str
    cents: int
    cost_cents: int
    currency: str
    note: str


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Money goes back for the first purchase."""

    at: datetime
    lead: str
    cents: int
    cost_cents: int
    currency: str


Event = (
    PageView
    | GoalReached
    | FormSent
    | PhoneRang
    | NumberShown
    | VisitorRang
    | CalledBack
    | TextCame
    | Taken
    | Refused
    | Won
    | Lost
    | BoughtAgain
    | GivenBack
)
