"""From the cells of one row to a Line, or to the reason why not."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Protocol, TypeVar

from leadtrack.lib.decimals import AmbiguousNumber, NotANumber, is_ambiguous, is_blank, read_decimal
from leadtrack.lib.periods import Period
from leadtrack.lib.table import Row
from leadtrack.spend.statement.columns import Header
from leadtrack.spend.statement.dates import (
    UnreadableDate,
    period_of,
    read_day,
    read_month,
    read_period,
    read_week,
)
from leadtrack.spend.statement.habits import Habits
from leadtrack.spend.statement.nouns import ITEM_COLUMNS, ZERO, Item, Line, Problem, Rejected

LONGEST_NAME: Final = 255
LONGEST_ID: Final = 100
LONGEST_RAW: Final = 500
LONGEST_SHOWN: Final = 60
# A thousand million units for one row; cents of many such still fit 64 bits.
TOO_BIG: Final = Decimal(10) ** 12
# A mark before three digits of a count groups thousands, whatever the file's decimals are.
GROUPED_COUNT = re.compile(r"[1-9][0-9]{0,2}(?:(?:,[0-9]{3}){1,3}|(?:\.[0-9]{3}){1,3})\Z")
DAMAGED_ID = re.compile(r"\d[.,]?\d*e\+\d+", re.IGNORECASE)
TOTAL = re.compile(r"(total|gesamt|итого|всего|summe|totaal|totale|suma)\b", re.IGNORECASE)
# Where nothing else tells a sum from a campaign "Total Wine": "Total: Account", "Total rows: 7", "Итого"
PLAIN_TOTAL = re.compile(
    r"(total|gesamt|итого|всего|summe|totaal|totale|suma)(\s*:.*|\s+rows\b.*|\s*)", re.IGNORECASE | re.DOTALL
)
IDS: Final = frozenset(name for name in ITEM_COLUMNS if name.endswith("_id"))
FOLDED: Final = frozenset({"source", "medium"})
YES: Final = frozenset({"1", "yes", "true", "y", "да"})
DATE_COLUMNS: Final = ("day", "week", "month", "date_from", "date_to")


T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class DateReader(Protocol[T_co]):
    """One of the readers of `dates`."""

    def __call__(self, text: str, *, day_first: bool | None) -> T_co: ...


class Refused(Exception):  # noqa: N818 (it reads as what it says)
    """Carries the problem of a row."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.problem = Problem(code, params)


@dataclass(frozen=True, slots=True)
class Assumed:
    """What holds where a row is silent: the report's own period, currency, source and medium."""

    period: Period | None
    currency: str
    source: str
    medium: str
    known_currencies: Collection[str]


class RowReader:
    """Reads the rows of one file; knows its header, its habits and what may be assumed."""

    def __init__(self, header: Header, habits: Habits, assumed: Assumed) -> None:
        self.header = header
        self.places = header.places
        self.habits = habits
        self.assumed = assumed
        self.date_columns = tuple(column for column in DATE_COLUMNS if column in header.places)
        self.date_places = tuple(header.places[column] for column in self.date_columns)
        self.name_columns = tuple(column for column in ITEM_COLUMNS if column in header.places)
        self.name_places = tuple(header.places[column] for column in self.name_columns)
        # Files repeat their days, names and currencies on every row: each is read once.
        self.periods: dict[tuple[str, ...], Period] = {}
        self.items: dict[tuple[str, ...], Item] = {}
        self.currencies: dict[str, str] = {}

    def read(self, row: Row) -> Line | Rejected | None:
        """The line of this row, why it is refused, or None for an empty row and for a row of totals."""
        cells = row.cells
        if not row.broken and (not "".join(cells).strip() or self._is_total(cells)):
            return None
        try:
            return self._line(row)
        except (Refused, UnreadableDate) as refusal:
            return Rejected(row.line_no, refusal.problem, clean(row.raw[: LONGEST_RAW * 2])[:LONGEST_RAW])

    def _line(self, row: Row) -> Line:
        if row.broken:
            raise Refused(row.broken)
        cells = row.cells if len(row.cells) == self.header.width else self._narrowed(row.cells)
        net = self._amount(cells, "cost")
        if net is None:
            raise Refused("cost_missing")
        vat = self._amount(cells, "vat") or ZERO
        is_with_vat = self._says_vat_included(cells)
        # By position, which is quicker than by name: in the order of Line.
        return Line(
            row.line_no,
            self._item(cells),
            self._period(cells),
            self._currency(cells),
            net - vat if is_with_vat else net,
            vat,
            self._amount(cells, "fee") or ZERO,
            self._count(cells, "clicks"),
            self._count(cells, "impressions"),
            is_with_vat and not vat,
        )

    def _narrowed(self, cells: list[str]) -> list[str]:
        """The cells of a row as wide as the header; empty ones too many (a last delimiter) do not count."""
        width = self.header.width
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            raise Refused("cells", found=len(cells), expected=width)
        return cells[:width]

    def _cell(self, cells: list[str], column: str) -> str:
        place = self.places.get(column)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    def _is_total(self, cells: list[str]) -> bool:
        """A row of sums begins with the word and has no date; a campaign of that name has one."""
        first = cells[0].strip().lstrip("\ufeff")
        if not TOTAL.match(first):
            return False
        places = self.header.places
        for column in ("day", "week", "month", "date_from", "campaign_id"):
            if column in places:
                return places[column] == 0 or is_blank(self._cell(cells, column))
        if places.get("campaign", 0) > 0 and is_blank(self._cell(cells, "campaign")):
            return True
        return PLAIN_TOTAL.fullmatch(first) is not None

    def _period(self, cells: list[str]) -> Period:
        texts = tuple([cells[place] for place in self.date_places])
        found = self.periods.get(texts)
        if found is None:
            said = dict.fromkeys(DATE_COLUMNS, "") | dict(zip(self.date_columns, texts, strict=True))
            found = self.periods[texts] = self._read_period(**said)
        return found

    def _read_period(self, day: str, week: str, month: str, date_from: str, date_to: str) -> Period:
        day, week, month, date_from, date_to = (
            "" if is_blank(text) else text for text in (day, week, month, date_from, date_to)
        )
        if day and date_to and "date_from" not in self.header.places:
            return period_of(self._day(day), self._day(date_to))
        if day:
            return self._in_order(read_period, day)
        if week or month:
            return self._clipped(
                self._in_order(read_week, week) if week else self._in_order(read_month, month)
            )
        if date_from:
            return period_of(self._day(date_from), self._day(date_to or date_from))
        if self.assumed.period is None or self._has_dates:
            raise UnreadableDate("date_missing", "")
        return self.assumed.period

    @property
    def _has_dates(self) -> bool:
        return not self.header.places.keys().isdisjoint({"day", "week", "month", "date_from"})

    def _day(self, text: str) -> date:
        return self._in_order(read_day, text)

    def _in_order(self, read: DateReader[T], text: str) -> T:
        """Read with the order of day and month that the file proves, asked for only in doubt."""
        try:
            return read(text, day_first=None)
        except UnreadableDate as doubt:
            if doubt.problem.code != "date_ambiguous" or self.habits.day_first is None:
                raise
        return read(text, day_first=self.habits.day_first)

    def _clipped(self, period: Period) -> Period:
        """The part of a week or month that the report covers."""
        whole = self.assumed.period
        if whole is None or period.last < whole.first or period.first > whole.last:
            return period
        return Period(max(period.first, whole.first), min(period.last, whole.last))

    def _amount(self, cells: list[str], column: str) -> Decimal | None:
        place = self.places.get(column)
        if place is None:
            return None
        text = cells[place].strip()
        try:
            number = self._number(text)
        except NotANumber:
            raise Refused("number_unreadable", value=clean(text)[:LONGEST_SHOWN], column=column) from None
        if number is not None and abs(number) >= TOO_BIG:
            raise Refused("number_too_big", value=clean(text)[:LONGEST_SHOWN], column=column)
        return number

    def _number(self, text: str) -> Decimal | None:
        try:
            return read_decimal(text, decimal_comma=None)
        except AmbiguousNumber:
            return read_decimal(text, decimal_comma=self.habits.decimal_comma)

    def _count(self, cells: list[str], column: str) -> int:
        place = self.places.get(column)
        if place is None:
            return 0
        text = cells[place].strip()
        if text.isascii() and text.isdecimal() and len(text) <= 12:
            return int(text)
        if GROUPED_COUNT.match(text):
            return int(text.replace(",", "").replace(".", ""))
        return self._read_count(text, column)

    def _read_count(self, text: str, column: str) -> int:
        grouped = "".join(text.split())
        try:
            number = read_decimal(grouped, decimal_comma="." in grouped if is_ambiguous(grouped) else None)
        except NotANumber:
            number = Decimal(-1)
        if number is None:
            return 0
        if number < 0 or number != int(number) or number >= TOO_BIG:
            raise Refused("count_unreadable", value=clean(text)[:LONGEST_SHOWN], column=column)
        return int(number)

    def _currency(self, cells: list[str]) -> str:
        named = self._cell(cells, "currency")
        if named not in self.currencies:
            self.currencies[named] = self._read_currency(named)
        return self.currencies[named]

    def _read_currency(self, named: str) -> str:
        code = self.header.currency or self.assumed.currency if is_blank(named) else named.upper()
        if not code:
            raise Refused("currency_missing")
        if code not in self.assumed.known_currencies:
            raise Refused("currency_unknown", value=clean(code)[:LONGEST_SHOWN])
        return code

    def _says_vat_included(self, cells: list[str]) -> bool:
        return "vat_included" in self.places and self._cell(cells, "vat_included").lower() in YES

    def _item(self, cells: list[str]) -> Item:
        texts = tuple([cells[place] for place in self.name_places])
        found = self.items.get(texts)
        if found is None:
            found = self.items[texts] = self._read_item(texts)
        return found

    def _read_item(self, texts: tuple[str, ...]) -> Item:
        names = {column: _name(text, column) for column, text in zip(self.name_columns, texts, strict=True)}
        has_campaign = not names.keys().isdisjoint({"campaign", "campaign_id"})
        is_named = bool(names.get("campaign") or names.get("campaign_id") or names.get("source"))
        if not is_named and (has_campaign or not self.assumed.source):
            raise Refused("nothing_named")
        names["source"] = names.get("source") or self.assumed.source
        names["medium"] = names.get("medium") or self.assumed.medium
        return Item(**names)


def clean(text: str) -> str:
    """Text that any database and page can hold: NFC, no control characters, spaces folded."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _name(text: str, column: str) -> str:
    if is_blank(text):
        return ""
    name = clean(text)
    if column in IDS:
        return _id(name, column)
    return (name.lower() if column in FOLDED else name)[:LONGEST_NAME]


def _id(name: str, column: str) -> str:
    if DAMAGED_ID.fullmatch(name):
        raise Refused("id_damaged", value=name[:LONGEST_SHOWN], column=column)
    if len(name) > LONGEST_ID:
        raise Refused("id_too_long", column=column, longest=LONGEST_ID)
    return name
