"""What a page says that happened on it, taken one after the other as it happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

from leadtrack.visits import address, crossing, staff
from leadtrack.visits.afterwards import AskedNumbers, ShownNumbers, Signal, note_signal, show_numbers
from leadtrack.visits.claims import record_claim
from leadtrack.visits.goals import record_goal, url_goals_hit
from leadtrack.visits.models import Claim, Visit
from leadtrack.visits.sites import KnownSite
from leadtrack.visits.track import begin_visit, record_visit, stay_until, visit_of

# A laptop may sleep over a page; what it says after longer is told as a day old.
OLDEST: Final = timedelta(hours=24)
_CLAIMS: Final = (Claim.Kind.EMAIL, Claim.Kind.PHONE, Claim.Kind.ID)
# A page that is looked at asks for its numbers, and says so from time to time; that has an answer.
ASKING: Final = frozenset({"numbers", "beat"})
# Signs of a call to come.
SIGNALS: Final = frozenset({"tap", "copy"})
_MOST_NUMBERS: Final = 20

Numbers = Annotated[
    tuple[Annotated[str, msgspec.Meta(max_length=40)], ...], msgspec.Meta(max_length=_MOST_NUMBERS)
]


class Event(msgspec.Struct):
    """One thing that happened. `ago` is milliseconds before the request was sent."""

    type: Literal["view", "goal", "identify", "leave", "link", "numbers", "beat", "tap", "copy"] = "view"
    ago: float = 0
    # of a view; of anything else the page that it happened on
    url: str | None = None
    referrer: str = ""
    # of a goal; `name` also of a person
    name: str | None = None
    value: int | float | str | None = None
    currency: str | None = None
    # of a person
    email: int | float | str | None = None
    phone: int | float | str | None = None
    id: int | float | str | None = None
    # that the page has of its own, or shows in their place (`tap`, `copy`)
    numbers: Numbers = ()

    @property
    def asks(self) -> bool:
        """Whether the page wants to know which numbers to show: an arrival brings its own along."""
        return self.type in ASKING or (self.type == "view" and bool(self.numbers))


@dataclass(slots=True)
class Told:
    """What the browser learns: an id that is its own from now on, a word for a link to another domain, which
    phone numbers to show."""

    visitor: str = ""
    link: str = ""
    numbers: ShownNumbers | None = None


@dataclass(slots=True)
class _Browser:
    """The browser that the events are of, and its visit as far as it was looked up."""

    site: KnownSite
    key: str
    now: datetime
    told: Told
    visit: Visit | None = None
    # The page looked at last, as far as this request tells.
    url: str = ""

    @property
    def is_own(self) -> bool:
        return staff.is_own_browser(site=self.site.row, visitor_key=self.key)

    def visit_of(self, event: Event, at: datetime) -> Visit | None:
        """Its visit at the moment; begun by the event where the news of its page is late or lost."""
        if self.visit is None:
            self.visit = visit_of(site=self.site.row, visitor_key=self.key, at=at)
        if self.visit is None and event.url:
            url, referrer = (address.take_words(text)[0] for text in (event.url, event.referrer))
            site, key = self.site.row, self.key
            self.visit = begin_visit(site=site, visitor_key=key, url=url, referrer=referrer, at=at)
        return self.visit


def take_events(
    *, site: KnownSite, visitor_key: str, events: Sequence[Event], now: datetime, may_ask: bool = True
) -> Told:
    """Record every event of one browser, the oldest first. `now` is UTC. Total: any strings in.

    Browsers of our own staff are left out; goals and persons without any visit begin one
    if they name their page. Who may not ask for numbers sees the page's own.
    """
    browser = _Browser(site, visitor_key, now, Told())
    for event in sorted(events, key=_age, reverse=True):
        at = now - timedelta(milliseconds=_age(event))
        if event.type == "view":
            _view(browser, event, at)
        elif event.asks:
            continue
        elif event.type == "link":
            browser.told.link = crossing.word_for(site=site.row, visitor_key=browser.key)
        elif not browser.is_own:
            _happened(browser, event, at)
    asking = [event for event in events if event.asks]
    if asking and not browser.is_own:
        browser.told.numbers = _numbers_for(browser, asking) if may_ask else ShownNumbers()
    return browser.told


def _numbers_for(browser: _Browser, asking: Sequence[Event]) -> ShownNumbers:
    """What a page shows now, however late its words come: after all that the same request tells."""
    last = asking[-1]
    asked = dict.fromkeys(number for event in asking for number in event.numbers)
    return show_numbers(
        AskedNumbers(
            site=browser.site,
            visitor_key=browser.key,
            page=_path(last.url or browser.url),
            asked=tuple(asked)[:_MOST_NUMBERS],
            now=browser.now,
            visit=browser.visit,
            find_visit=partial(browser.visit_of, last, browser.now),
        )
    )


def _path(url: str) -> str:
    """The path of a page's address: what stands behind it may name a person."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _age(event: Event) -> float:
    return min(max(event.ago, 0), OLDEST.total_seconds() * 1000)


def _view(browser: _Browser, event: Event, at: datetime) -> None:
    site = browser.site.row
    url, words = address.take_words(event.url or "")
    referrer, _ = address.take_words(event.referrer)
    browser.url = url
    if words:
        _heed(browser, words, referrer, at)
    if browser.is_own:
        return
    browser.visit = record_visit(site=site, visitor_key=browser.key, url=url, referrer=referrer, at=at)
    if address.PERSONAL in words:
        _claim(browser, browser.visit, Claim.Kind.TOKEN, words[address.PERSONAL], at)
    url_goals_hit(site=site, visit=browser.visit, url=url, at=at)


def _heed(browser: _Browser, words: dict[str, str], referrer: str, at: datetime) -> None:
    """Words in an address that say which browser this is."""
    site = browser.site
    if word := words.get(address.CROSSING):
        known = crossing.visitor_of_word(site=site, word=word, referrer=referrer)
        if known and known != browser.key:
            browser.key = browser.told.visitor = known
    if word := words.get(address.STAFF):
        staff.heed(site=site.row, visitor_key=browser.key, word=word, at=at)


def _happened(browser: _Browser, event: Event, at: datetime) -> None:
    if event.type in SIGNALS:
        note_signal(Signal(event.type, browser.site, browser.key, event.numbers, at, browser.now))
        return
    visit = browser.visit_of(event, at)
    if visit is None:
        return
    if event.type == "goal":
        cents = _cents(event.value)
        record_goal(
            site=browser.site.row,
            visit=visit,
            name=event.name or "",
            value_cents=cents,
            currency=event.currency or "",
            at=at,
        )
    elif event.type == "leave":
        stay_until(visit, at)
    else:
        for kind in _CLAIMS:
            said = getattr(event, kind.value)
            if said not in (None, ""):
                _claim(browser, visit, kind, _text(said), at)


def _claim(browser: _Browser, visit: Visit, kind: Claim.Kind, said: str, at: datetime) -> None:
    record_claim(site=browser.site.row, visitor_id=visit.visitor_id, kind=kind, value=said, at=at)


def _text(said: float | str) -> str:
    """Scripts send ids and phones as numbers: 42 is "42", not "42.0"."""
    return f"{said:.0f}" if isinstance(said, float) else str(said)


def _cents(value: float | str | None) -> int | None:
    """Hundredths of what the page's script said; None for what is no amount."""
    if value is None:
        return None
    try:
        amount = Decimal(str(value).strip().replace(",", ".")[:40])
        return int((amount * 100).to_integral_value()) if amount.is_finite() else None
    except ArithmeticError:
        return None
