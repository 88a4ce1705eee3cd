"""Words by which somebody ends or takes up again what we may write to them. Pure."""

from collections.abc import Mapping
from typing import Final

STOP: Final = "stop"
START: Final = "start"
# Carriers' standard words, and the Russian ones.
_STOP: Final = frozenset(
    ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke", "стоп", "отписаться")
) | {"отписка"}
_START: Final = frozenset(("start", "unstop", "старт", "подписаться"))
# Also an answer to a question: it takes a wish back, and is read as a message all the same.
_ALSO_START: Final = frozenset(("yes", "да"))


def opt_word(sent: Mapping[str, str]) -> str:
    """ "stop" or "start" where the whole message is such a word; "" for a message to read."""
    told = sent.get("OptOutType", "").lower() or _bare(sent.get("Body", ""))
    if told in _STOP:
        return STOP
    return START if told in _START else ""


def takes_back(body: str) -> bool:
    """Whether somebody who had opted out may be written to again after this message."""
    return _bare(body) in _START | _ALSO_START


def _bare(body: str) -> str:
    return body.strip(" .!\n\t").casefold()
