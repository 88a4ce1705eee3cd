"""A row of cells as an enquiry, or what is wrong with it. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from itertools import zip_longest
from typing import Final

from leadtrack.leads.importing import columns
from leadtrack.leads.importing.moments import UnreadableMomentError, read_moment
from leadtrack.leads.importing.nouns import Problem, Understood
from leadtrack.leads.reach import email_of, phone_of
from leadtrack.leads.words import clean
from leadtrack.lib.table import Row

MESSAGE_LENGTH: Final = 10_000
NAME_LENGTH: Final = 200
KEPT_LENGTH: Final = 2_000
_SHOWN: Final = 60
# A clock that is a little fast, or another zone; more is a mistyped year.
_AHEAD: Final = timedelta(days=1)
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d{1,2}", re.ASCII)
_TOTALS: Final = ("total", "итого", "всего", "gesamt", "summe", "suma", "totale", "totaal")
# What our own table of errors puts before a cell that a spreadsheet would run.
_GUARDED: Final = re.compile(r"'(?=[=+\-@])")

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads rows as their columns were named. `now` bounds the future; `region` reads phones without +."""

    header: Sequence[str]
    meanings: Sequence[str]
    region: str
    tz: tzinfo
    day_first: bool | None
    now: datetime

    def read(self, row: Row) -> Understood | list[Problem] | None:
        """The enquiry, or all that is wrong with the row; None for an empty row or a line of totals."""
        if row.broken:
            return [Problem(row.broken)]
        cells = [_tidy(cell) for cell in row.cells]
        if not any(cells):
            return None
        if any(cells[len(self.header) :]):
            return [Problem("cells", params={"found": len(cells), "expected": len(self.header)})]
        return self._read(cells)

    def cells_of(self, row: Row, meaning: str) -> str:
        """The first cell of this meaning, "" for none."""
        place = self._place(meaning)
        return row.cells[place].strip() if place is not None and place < len(row.cells) else ""

    def _read(self, cells: list[str]) -> Understood | list[Problem] | None:
        said, messages, kept = self._sorted(cells)
        problems: list[Problem] = []
        enquiry = Understood(
            name=(said.get("name") or f"{said.get('first_name', '')} {said.get('last_name', '')}").strip(),
            message="\n".join(messages)[:MESSAGE_LENGTH],
            at=self._moment(said, problems),
            **{word: said.get(word, "") for word in ("external_id", "channel", "page_url", "referrer")},
            tags={name: value for name, value in said.items() if name in columns.tag_names()},
            kept=kept,
        )
        enquiry = self._with_reach(enquiry, said, problems)
        if not said.get("phone") and not said.get("email") and _is_total(cells):
            return None
        return problems or replace(enquiry, name=enquiry.name[:NAME_LENGTH])

    def _sorted(self, cells: list[str]) -> tuple[dict[str, str], list[str], dict[str, str]]:
        """What each meaning says, the messages, and what is kept under the names of the columns."""
        said: dict[str, str] = {}
        messages: list[str] = []
        kept: dict[str, str] = {}
        for name, meaning, cell in zip_longest(self.header, self.meanings, cells, fillvalue=""):
            if not cell or meaning == columns.SKIP:
                continue
            if meaning == "message":
                messages.append(cell)
            elif meaning in ("", columns.KEEP) or meaning in said:
                kept[name] = cell[:KEPT_LENGTH]
            else:
                said[meaning] = " ".join(cell.split())[:KEPT_LENGTH]
        return said, messages, kept

    def _moment(self, said: Cells, problems: list[Problem]) -> datetime | None:
        told = said.get("date", "")
        if not told:
            return None
        try:
            at = read_moment(told, said.get("time", ""), day_first=self.day_first, tz=self.tz)
        except (UnreadableMomentError, OverflowError) as problem:
            code = str(problem) if isinstance(problem, UnreadableMomentError) else "date_unlikely"
            problems.append(self._problem(code, "date", told))
            return None
        if at > self.now + _AHEAD:
            problems.append(self._problem("date_future", "date", told))
        return min(at, self.now)

    def _with_reach(self, enquiry: Understood, said: Cells, problems: list[Problem]) -> Understood:
        """Phone and e-mail; what was read in vain is kept beside a lead that can be reached otherwise."""
        typed = said.get("phone", ""), said.get("email", "")
        phone = "" if _ROUNDED.fullmatch(typed[0]) else phone_of(typed[0], self.region) if typed[0] else ""
        email = email_of(typed[1]) if typed[1] else ""
        if not phone and not email:
            problems.extend(self._unreachable(*typed))
        unread = {"phone_raw": typed[0]} if typed[0] and not phone else {}
        if typed[1] and not email:
            unread["email_raw"] = typed[1]
        return replace(enquiry, phone=phone, email=email, kept={**enquiry.kept, **unread})

    def _unreachable(self, phone: str, email: str) -> Iterator[Problem]:
        if phone:
            code = "phone_rounded" if _ROUNDED.fullmatch(phone) else "phone_unreadable"
            yield self._problem(code, "phone", phone)
        if email:
            yield self._problem("email_unreadable", "email", email)
        if not phone and not email:
            yield Problem("unreachable")

    def _problem(self, code: str, meaning: str, value: str) -> Problem:
        place = self._place(meaning)
        return Problem(code, self.header[place] if place is not None else "", {"value": value[:_SHOWN]})

    def _place(self, meaning: str) -> int | None:
        return self.meanings.index(meaning) if meaning in self.meanings else None


def proved_order(cells: Iterator[str], proof: Callable[[str], bool | None]) -> bool | None:
    """Whether days come first in all these cells; None when no cell tells, or cells disagree."""
    found = {proof(cell) for cell in cells} - {None}
    return found.pop() if len(found) == 1 else None


def _tidy(cell: str) -> str:
    return _GUARDED.sub("", clean(cell).strip(), count=1) if cell else ""


def _is_total(cells: list[str]) -> bool:
    first = next(filter(None, cells), "").casefold().rstrip(":")
    return first.startswith(_TOTALS)
