"""A row of a list of calls as a call, or what is wrong with it. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from leadtrack.leads.importing.moments import UnreadableMomentError, read_moment
from leadtrack.lib.dialled import e164
from leadtrack.lib.hashing import key_of
from leadtrack.lib.table import Row

# A call is told after it was made; clocks differ a little.
_SKEW: Final = timedelta(minutes=5)
_LONGEST: Final = 24 * 3600


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split("|"))


_YES: Final = _words(
    "1|yes|y|true|answered|answer|ok|success|completed|да|отвечен|отвеченный|принят|принятый|успешный"
    "|ja|angenommen|beantwortet|✓|+"
)
_NO: Final = _words(
    "0|no|n|false|missed|busy|failed|no answer|noanswer|unanswered|cancel|canceled|cancelled|нет|занято"
    "|не отвечен|неотвеченный|пропущен|пропущенный|неуспешный|nein|verpasst|nicht angenommen|-"
)
_HIDDEN: Final = _words(
    "|anonymous|unknown|withheld|restricted|private|скрыт|скрытый|анонимный|неизвестен|unbekannt|unterdrückt|-"
)
_ONLY_A_DAY: Final = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}", re.ASCII)
_CLOCK: Final = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})", re.ASCII)
_SECONDS: Final = re.compile(r"(\d{1,6})(?:[.,]\d+)?\s*(?:s|sec|с|сек|sek)?\.?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ToldCall:
    """A call as a row tells it: E.164 numbers (caller empty where hidden), UTC, whole seconds of talk."""

    number: str
    caller: str
    started_at: datetime
    seconds: int
    is_answered: bool

    @property
    def sid(self) -> str:
        """The same for the same call in any file."""
        told = [self.number, self.caller, self.started_at.isoformat(), str(self.seconds)]
        return f"file:{key_of(told)[:58]}"


@dataclass(frozen=True, slots=True)
class CallReader:
    """How the rows of one file are read. `numbers` are ours, in E.164; `day_first` settles 01/02/2026."""

    meanings: Sequence[str]
    numbers: frozenset[str]
    region: str
    tz: tzinfo
    now: datetime
    day_first: bool | None = None

    def read(self, row: Row) -> ToldCall | str | None:
        """The call; the code of what is wrong with the row (see `reasons`); None for an empty row."""
        cells = dict(zip(self.meanings, (cell.strip() for cell in row.cells), strict=False))
        cells.pop("skip", None)
        if row.broken:
            return row.broken
        if not any(cells.values()):
            return None
        try:
            return self._told(cells)
        except _WrongError as problem:
            return problem.code

    def _told(self, cells: Mapping[str, str]) -> ToldCall:
        number = e164(cells.get("number", ""), self.region)
        if number not in self.numbers:
            raise _WrongError("not_our_number" if number else "number_unreadable")
        started_at = self._moment(cells.get("date", ""), cells.get("time", ""))
        seconds = _seconds(cells.get("seconds", ""))
        is_answered = _is_answered(cells.get("answered", ""), seconds)
        return ToldCall(number, self._caller(cells), started_at, seconds if is_answered else 0, is_answered)

    def _caller(self, cells: Mapping[str, str]) -> str:
        text = cells.get("caller", "")
        if text.casefold() in _HIDDEN:
            return ""
        caller = e164(text, self.region)
        if not caller:
            raise _WrongError("caller_unreadable")
        return caller

    def _moment(self, day: str, clock: str) -> datetime:
        if not clock and _ONLY_A_DAY.fullmatch(day):
            raise _WrongError("time_missing")
        try:
            moment = read_moment(day, clock, day_first=self.day_first, tz=self.tz)
        except UnreadableMomentError as problem:
            raise _WrongError(str(problem)) from None
        if moment > self.now + _SKEW:
            raise _WrongError("in_the_future")
        return moment


class _WrongError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _seconds(text: str) -> int:
    """Whole seconds of "64", "64 s", "1:04" or "00:01:04"; none where the cell is empty."""
    if not text:
        return 0
    if found := _CLOCK.fullmatch(text):
        seconds = int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])
    elif found := _SECONDS.fullmatch(text):
        seconds = int(found[1])
    else:
        raise _WrongError("duration_unreadable")
    if seconds > _LONGEST:
        raise _WrongError("duration_unreadable")
    return seconds


def _is_answered(text: str, seconds: int) -> bool:
    """As the file says; where it says nothing, somebody talked if it lasted."""
    word = text.casefold().replace("_", " ").strip(" .")
    if not word:
        return seconds > 0
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise _WrongError("answered_unreadable")
