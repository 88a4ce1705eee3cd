"""What the columns of a list of calls mean, guessed from their names. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SKIP: Final = "skip"
LABELS: Final[dict[str, str | Promise]] = {
    SKIP: _("Leave out"),
    "number": _("Called number (ours)"),
    "caller": _("Caller"),
    "date": _("Date, with or without a time"),
    "time": _("Time"),
    "seconds": _("Duration"),
    "answered": _("Answered"),
}
NEEDED: Final = ("number", "caller", "date")
_NAMES: Final = {
    "number": "called number|called|to|dst|did|destination|number|our number|набранный номер|номер назначения"
    "|кому|куда|виртуальный номер|вызываемый|вызываемый номер|angerufene nummer|gerufen|ziel",
    "caller": "caller|from|src|source|caller id|callerid|calling number|phone|client|клиент|кто звонил"
    "|от|звонящий|номер клиента|номер абонента|откуда|телефон|телефон клиента|anrufer|rufnummer|von",
    "date": "date|calldate|call date|start|started|started at|start time|date time|datetime|when|дата"
    "|дата и время|дата звонка|дата и время звонка|начало|datum|beginn|zeitpunkt",
    "time": "time|время|время звонка|uhrzeit|zeit",
    "seconds": "duration|billsec|seconds|talk|talk time|length|длительность|продолжительность"
    "|длительность разговора|длительность, с|время разговора|dauer|gesprächsdauer|sekunden",
    "answered": "answered|status|disposition|result|call status|состояние|статус|статус звонка|результат"
    "|ответ|отвечен|angenommen|ergebnis",
}


def guess(header: Sequence[str]) -> list[str]:
    """A meaning for each column, each but "skip" at most once; what tells nothing is left out."""
    found: list[str] = []
    for name in header:
        meaning = _BY_NAME.get(_folded(name), SKIP)
        found.append(SKIP if meaning in found else meaning)
    return found


def missing(meanings: Sequence[str]) -> list[str]:
    """What no column means though a call cannot be without it."""
    return [meaning for meaning in NEEDED if meaning not in meanings]


def _folded(name: str) -> str:
    bare = name.strip("\ufeff\"'*: \t").casefold().replace("ё", "е")
    return re.sub(r"[\s_\-]+", " ", bare).strip()


_BY_NAME: Final = {
    _folded(alias): meaning for meaning, aliases in _NAMES.items() for alias in aliases.split("|")
}
