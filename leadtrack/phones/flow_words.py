"""The way of a call in words: what the editor's dry run shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadtrack.phones.flow import (
    Flow,
    HangUp,
    Reject,
    Ring,
    Say,
    Situation,
    Step,
    Voicemail,
    first_steps,
    is_open,
    next_steps,
)

# More rounds than any flow of people has; a dry run shows no more.
_MOST: Final = 30


@dataclass(frozen=True)
class Stage:
    """What happens when: a heading, its sentences, and the steps for their TwiML."""

    when: str
    sentences: tuple[str, ...]
    steps: tuple[Step, ...]


def way_of(flow: Flow, situation: Situation, names: Mapping[str, str]) -> Iterator[Stage]:
    """The call from its first second on, if nobody ever answers; at last what is otherwise if all are busy.

    `names` are those of phones (E.164), where they are somebody's.
    """
    steps = first_steps(flow, situation)
    yield Stage(_beginning(flow, situation), _sentences(steps, names), steps)
    for _round in range(_MOST):
        last = steps[-1]
        if not isinstance(last, Ring):
            return
        steps = next_steps(flow, situation, replace(last.so_far, outcome="no-answer"))
        yield Stage(_("Nobody answers"), _sentences(steps, names), steps)
        busy = next_steps(flow, situation, replace(last.so_far, outcome="busy"))
        if not isinstance(steps[-1], Ring) and busy != steps:
            yield Stage(_("All are busy"), _sentences(busy, names), busy)


def _beginning(flow: Flow, situation: Situation) -> str:
    if situation.is_blocked:
        return _("The caller is on the block list")
    if is_open(flow, situation.at):
        return _("The call comes in: working hours")
    return _("The call comes in: outside working hours")


def _sentences(steps: tuple[Step, ...], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sentence for step in steps for sentence in _told(step, names))


def _told(step: Step, names: Mapping[str, str]) -> Iterator[str]:
    match step:
        case Reject():
            yield _(
                "The caller hears that the line is busy. Nobody's phone rings; the call is kept, no lead."
            )
        case Say(text):
            yield _("The caller hears: “%(text)s”") % {"text": text}
        case Ring():
            yield from _told_of_ringing(step, names)
        case Voicemail(seconds):
            yield ngettext(
                "A beep; the caller may leave a message of %(count)s second.",
                "A beep; the caller may leave a message of %(count)s seconds.",
                seconds,
            ) % {"count": seconds}
        case HangUp():
            yield _("The call ends.")


def _told_of_ringing(ring: Ring, names: Mapping[str, str]) -> Iterator[str]:
    who = ", ".join(f"{names[phone]} ({phone})" if phone in names else phone for phone in ring.phones)
    sentence = (
        _("Forwarded for %(count)s s to: %(who)s") if ring.is_forward else _("Rings %(count)s s: %(who)s")
    )
    yield sentence % {"count": ring.seconds, "who": who}
    if ring.whispers or ring.needs_key:
        yield _("Who picks up hears where the call is from, before the caller is put through.")
    if ring.needs_key:
        yield _("Only who presses 1 gets the call; a mailbox never does.")
    if ring.is_recorded:
        yield _("The talk is recorded.")
