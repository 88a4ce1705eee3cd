"""What a statement is made of. A noun that every row makes anew is a NamedTuple: three times quicker."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from leadtrack.lib.periods import Period

FORMATS: Final = ("auto", "google_ads", "generic")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person must be told: a code of `reasons.TEXTS` and the figures in its words."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Item(NamedTuple):
    """What was paid for, as the file names it. Ids are text and keep their case."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    campaign_id: str = ""
    adgroup: str = ""
    adgroup_id: str = ""
    ad: str = ""
    ad_id: str = ""
    keyword: str = ""
    device: str = ""


ITEM_COLUMNS: Final = Item._fields
ZERO: Final = Decimal(0)


class Line(NamedTuple):
    """One accepted row. Amounts are in units of the currency; one day is a period of one day."""

    line_no: int
    item: Item
    period: Period
    currency: str
    net: Decimal
    vat: Decimal = ZERO
    fee: Decimal = ZERO
    clicks: int = 0
    impressions: int = 0
    # The row says that its cost holds VAT, and does not say how much.
    is_gross: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that was not taken, with the number of its (first) line in the file, counted from 1."""

    line_no: int
    problem: Problem
    raw: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A statement read: why none of it could be (`problem`), or its rows, which may be walked many times.

    `level` is the finest column of the header (source, campaign, adgroup, ad, keyword).
    """

    format: str
    level: str = "source"
    problem: Problem | None = None
    warnings: tuple[Problem, ...] = ()
    rows: Iterable[Line | Rejected] = ()
