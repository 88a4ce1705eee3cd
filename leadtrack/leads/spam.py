"""How much an enquiry looks like spam: points with their reasons. Pure and total: any text in, a score out.

A field that no person can see is enough for the usual threshold of 70; else it takes two signs, for people
do write links, mistype addresses, share offices, let the browser fill in what it knows, and send a text that
was filled in for them. The points are those written here; they add up.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from leadtrack.leads.gibberish import is_gibberish, mixes_scripts
from leadtrack.leads.words import one_line
from leadtrack.lib.hashing import key_of

# Below this a browser's own filling-in is the likelier story than a machine; nothing, below that, is.
_MACHINE_MS: Final = 700
_HURRIED_MS: Final = 2500
# "Please call me" is everybody's message; a repeated one counts from this length.
_TELLING: Final = 40
_LOOKED_AT: Final = 20_000

_LINK: Final = re.compile(
    # Begun at the start of a name and no longer than one: "a-a-a-…" must not be looked through from each "a".
    r"(?:https?://|www\.)[^\s<>\"']{3,}|(?<![a-z0-9-])[a-z0-9-]{2,63}\.(?:xyz|top|click|icu|ru/|com/)\S*",
    re.I,
)
_MARKUP: Final = re.compile(r"<a\s|\[url[=\]]|\[link[=\]]|href\s*=", re.I)
_ATTESTED: Final = re.compile(r"TN-Validation-(Passed|Failed)(?:-([ABC]))?(?:-(?:Diverted|Passthrough))?")
# Three steps for what may happen by chance once: from so many on, so many points.
_Steps = tuple[tuple[int, int], ...]
_LINKS: Final[_Steps] = ((3, 60), (2, 35), (1, 15))
_SAME_TEXT: Final[_Steps] = ((5, 50), (2, 35), (1, 15))
_SAME_SENDER: Final[_Steps] = ((30, 50), (12, 40), (6, 25))


@dataclass(frozen=True)
class Signals:
    """What was seen of an enquiry. Absent signs ("" or None) count nothing.

    `fill_ms`: milliseconds from the first touch of the form to its sending. `same_text`: other people who
    sent the same message lately. `same_sender`: enquiries from its internet address within the last hour.
    `attestation`: the carrier's StirVerstat of a call. `is_disposable`: a mailbox for ten minutes.
    """

    honeypot: bool = False
    door_said: bool = False
    fill_ms: int | None = None
    name: str = ""
    message: str = ""
    email: str = ""
    email_unread: str = ""
    is_disposable: bool = False
    same_text: int = 0
    same_sender: int = 0
    called_spam_before: bool = False
    attestation: str = ""


@dataclass(frozen=True)
class Reason:
    """One sign, its points, and what the words about it need (numbers and codes, never what was written)."""

    rule: str
    points: int
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Score:
    """Points (a sum, 0 for nothing suspicious) and the reasons, heaviest first."""

    points: int
    reasons: tuple[Reason, ...]


def score(signals: Signals) -> Score:
    """The sum of the points of every sign seen. Never raises, whatever the texts hold."""
    found = sorted(_reasons(signals), key=lambda reason: -reason.points)
    return Score(sum(reason.points for reason in found), tuple(found))


def message_key(message: str) -> str:
    """What makes two messages the same (case and blanks aside); "" for one too short to tell."""
    plain = one_line(message[:_LOOKED_AT]).casefold()
    return key_of([plain]) if len(plain) >= _TELLING else ""


def _reasons(seen: Signals) -> Iterator[Reason]:
    if seen.honeypot:
        yield Reason("honeypot", 100)
    if seen.door_said:
        yield Reason("door", 100)
    if seen.called_spam_before:
        yield Reason("called-before", 60)
    yield from _pace(seen.fill_ms)
    yield from _in_name(seen.name)
    yield from _in_message(seen.message)
    yield from _mailbox(seen)
    yield from _again("same-text", seen.same_text, _SAME_TEXT)
    yield from _again("same-sender", seen.same_sender, _SAME_SENDER)
    yield from _caller(seen.attestation)


def _pace(fill_ms: int | None) -> Iterator[Reason]:
    if fill_ms is None or fill_ms < 0:
        return
    if fill_ms < _HURRIED_MS:
        # Not enough alone: a browser fills in a known person's form as fast as a machine.
        points = 50 if fill_ms < _MACHINE_MS else 20
        yield Reason("fast", points, {"seconds": round(fill_ms / 1000, 1)})


def _in_name(name: str) -> Iterator[Reason]:
    if _LINK.search(name[:_LOOKED_AT]):
        yield Reason("link-in-name", 60)
    elif is_gibberish(name):
        yield Reason("gibberish", 35)
    if mixes_scripts(name):
        yield Reason("scripts", 30)


def _in_message(message: str) -> Iterator[Reason]:
    text = message[:_LOOKED_AT]
    yield from _again("links", sum(1 for _link in _LINK.finditer(text)), _LINKS)
    if _MARKUP.search(text):
        yield Reason("markup", 40)


def _mailbox(seen: Signals) -> Iterator[Reason]:
    if seen.is_disposable:
        yield Reason("disposable", 40)
    if seen.email_unread and not seen.email:
        yield Reason("no-mailbox", 20)


def _again(rule: str, count: int, steps: _Steps) -> Iterator[Reason]:
    points = next((points for least, points in steps if count >= least), 0)
    if points:
        yield Reason(rule, points, {"count": count})


def _caller(attestation: str) -> Iterator[Reason]:
    """Carriers of the USA say whether a caller's number is his own; elsewhere they say nothing."""
    found = _ATTESTED.fullmatch(attestation[:100])
    if found and found[1] == "Failed":
        yield Reason("caller-failed", 50, {"grade": found[2] or ""})
    elif found and found[2] == "C":
        yield Reason("caller-unknown", 10, {"grade": "C"})
