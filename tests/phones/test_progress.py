import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadtrack.phones.progress import Outcome, Step, Teller, Then, progress_of, start_of

RANG_AT = datetime(2026, 3, 10, 12, tzinfo=UTC)


def step(teller: Teller, state: str, after: int, seconds: int | None = None, *, gone: bool = False) -> Step:
    return Step(teller, state, RANG_AT + timedelta(seconds=after), seconds, gone)


def caller(state: str, after: int = 0, seconds: int | None = None) -> Step:
    return step(Teller.CALLER, state, after, seconds)


def sales(state: str, after: int, seconds: int | None = None) -> Step:
    return step(Teller.SALES, state, after, seconds)


def dial(state: str, after: int, seconds: int | None = None, *, gone: bool = False) -> Step:
    return step(Teller.DIAL, state, after, seconds, gone=gone)


def told(step: Step, *then: Then, rings: int = 0, round: int = 1, **more: Any) -> Step:
    return replace(step, then=frozenset(then), rings=rings, round=round, **more)


RINGING = caller("ringing")
GREETED = told(RINGING, Then.SAY, Then.RING, rings=1)
CLOSED = told(RINGING, Then.SAY, Then.VOICEMAIL)
NEXT_ROUND = told(dial("no-answer", 20), Then.RING, rings=1)
TO_MAILBOX = told(dial("no-answer", 20), Then.SAY, Then.VOICEMAIL)
CASES = [
    ("it rings", [RINGING], Outcome.RINGING, None, None),
    (
        "sales' phone rings",
        [RINGING, sales("initiated", 1), sales("ringing", 2)],
        Outcome.RINGING,
        None,
        None,
    ),
    ("sales pick up", [RINGING, sales("ringing", 2), sales("in-progress", 6)], Outcome.TALKING, None, None),
    ("the dial tells how long they talked", [RINGING, dial("completed", 70, 64)], Outcome.ANSWERED, 70, 64),
    ("so does the sales line", [RINGING, sales("completed", 70, 64)], Outcome.ANSWERED, 70, 64),
    ("and the caller's line", [caller("completed", 70, 64)], Outcome.ANSWERED, 70, 64),
    (
        "the dial is believed before the lines",
        [RINGING, sales("completed", 71, 60), caller("completed", 72, 66), dial("completed", 71, 64)],
        Outcome.ANSWERED,
        71,
        64,
    ),
    ("answered, but nobody said how long", [RINGING, dial("completed", 70)], Outcome.ANSWERED, 70, None),
    (
        "the line ends while they talk",
        [sales("in-progress", 6), caller("completed", 70, 64)],
        Outcome.ANSWERED,
        70,
        64,
    ),
    ("nobody picks up", [RINGING, sales("no-answer", 20), dial("no-answer", 20)], Outcome.MISSED, 20, None),
    ("sales are busy", [RINGING, dial("busy", 3)], Outcome.MISSED, 3, None),
    (
        "sales are busy and the caller hangs up",
        [RINGING, dial("busy", 3, gone=True)],
        Outcome.MISSED,
        3,
        None,
    ),
    ("the sales phone cannot be reached", [RINGING, dial("failed", 2)], Outcome.MISSED, 2, None),
    ("the caller hangs up at 14 s", [RINGING, dial("canceled", 14)], Outcome.ABANDONED, 14, None),
    ("the caller hangs up at 15 s", [RINGING, dial("canceled", 15)], Outcome.MISSED, 15, None),
    ("hung up, told as no answer", [RINGING, dial("no-answer", 8, gone=True)], Outcome.ABANDONED, 8, None),
    ("sales decline, the caller waits", [RINGING, dial("no-answer", 8)], Outcome.MISSED, 8, None),
    ("only the sales line tells of it", [RINGING, sales("canceled", 8)], Outcome.ABANDONED, 8, None),
    ("only the caller's line tells of it", [RINGING, caller("no-answer", 8)], Outcome.ABANDONED, 8, None),
    (
        "a mailbox took it, nobody was put through",
        [sales("completed", 30, 9), dial("no-answer", 31)],
        Outcome.MISSED,
        31,
        None,
    ),
    (
        "one of two sales phones picked up",
        [RINGING, sales("canceled", 6), sales("in-progress", 6)],
        Outcome.TALKING,
        None,
        None,
    ),
    ("the next phone rings", [RINGING, sales("no-answer", 20), NEXT_ROUND], Outcome.RINGING, None, None),
    (
        "the next phone is picked up",
        [RINGING, NEXT_ROUND, told(sales("in-progress", 25), round=2), sales("no-answer", 20)],
        Outcome.TALKING,
        None,
        None,
    ),
    (
        "the second round reached somebody",
        [RINGING, NEXT_ROUND, told(dial("completed", 90, 60), round=2)],
        Outcome.ANSWERED,
        90,
        60,
    ),
    (
        "two phones ring, one is busy",
        [told(RINGING, Then.RING, rings=2), replace(sales("busy", 2), leg="a"), sales("ringing", 2)],
        Outcome.RINGING,
        None,
        None,
    ),
    (
        "both phones of two were busy",
        [told(RINGING, Then.RING, rings=2), replace(sales("busy", 2), leg="a"), sales("busy", 3)],
        Outcome.MISSED,
        3,
        None,
    ),
    (
        "a greeting is no talk",
        [GREETED, dial("no-answer", 25), caller("completed", 30, 30)],
        Outcome.MISSED,
        25,
        None,
    ),
    ("hung up in the greeting", [GREETED, caller("completed", 4, 4)], Outcome.ABANDONED, 4, None),
    ("nobody is there, and it is said", [CLOSED, caller("completed", 9, 9)], Outcome.MISSED, 9, None),
    (
        "a message is left",
        [GREETED, TO_MAILBOX, step(Teller.MESSAGE, "completed", 40, 8), caller("completed", 41, 41)],
        Outcome.VOICEMAIL,
        40,
        None,
    ),
    ("the beep, and nothing", [GREETED, TO_MAILBOX, caller("completed", 26, 26)], Outcome.MISSED, 26, None),
    (
        "a message of a second is none",
        [CLOSED, step(Teller.MESSAGE, "completed", 20, 1)],
        Outcome.MISSED,
        20,
        None,
    ),
    (
        "gone before the mailbox",
        [GREETED, replace(TO_MAILBOX, is_caller_gone=True, at=RANG_AT + timedelta(seconds=9))],
        Outcome.ABANDONED,
        9,
        None,
    ),
    (
        "a mailbox of a mobile does not press 1",
        [RINGING, replace(sales("in-progress", 6), needs_key=True, leg="a")],
        Outcome.RINGING,
        None,
        None,
    ),
    (
        "nor is its message a talk",
        [
            RINGING,
            replace(sales("completed", 30, 9), needs_key=True, leg="a"),
            replace(dial("completed", 31, 9), needs_key=True, leg="a"),
        ],
        Outcome.MISSED,
        31,
        None,
    ),
    (
        "who presses 1 talks",
        [
            RINGING,
            replace(sales("in-progress", 6), needs_key=True, leg="a"),
            replace(step(Teller.KEY, "accepted", 9), leg="a"),
        ],
        Outcome.TALKING,
        None,
        None,
    ),
    (
        "a blocked caller hears that it is busy",
        [told(RINGING, Then.REJECT), caller("busy", 1)],
        Outcome.BLOCKED,
        0,
        None,
    ),
    ("a word we do not know", [RINGING, sales("teleported", 3)], Outcome.RINGING, None, None),
]


@pytest.mark.parametrize(
    ("steps", "outcome", "ended", "talked"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_became_of_a_call_in_any_order_and_told_twice(steps, outcome, ended, talked):
    ended_at = None if ended is None else RANG_AT + timedelta(seconds=ended)
    for order in itertools.permutations(steps):
        now = progress_of(order, started_at=RANG_AT)
        assert (now.outcome, now.ended_at, now.talk_seconds) == (outcome, ended_at, talked)
        assert progress_of(order + order[:1], started_at=RANG_AT) == now


def test_the_end_is_never_undone_by_what_comes_late():
    told = [RINGING, dial("completed", 70, 64)]
    before = progress_of(told, started_at=RANG_AT)
    for late in (caller("ringing"), sales("initiated", 1), sales("ringing", 2), sales("in-progress", 6)):
        told.append(late)
        assert progress_of(told, started_at=RANG_AT) == before


def test_a_call_never_ends_before_it_began():
    assert progress_of([dial("busy", -5)], started_at=RANG_AT).ended_at == RANG_AT


def test_a_call_that_is_first_heard_of_at_its_end_began_by_its_length_earlier():
    assert start_of(caller("completed", 70, 64)) == RANG_AT + timedelta(seconds=6)
    assert start_of(caller("ringing", 70)) == RANG_AT + timedelta(seconds=70)


def test_its_words_are_those_of_the_stored_call():
    from leadtrack.phones.models import Call

    assert {outcome.value for outcome in Outcome} == set(Call.Status.values)


def on(phone: str, one: Step) -> Step:
    return replace(one, phone=phone, leg=f"leg of {phone}")


@pytest.mark.parametrize(
    ("steps", "since", "phone"),
    [
        ([dial("completed", 70, 64)], 6, ""),
        ([on("+1", sales("in-progress", 5)), dial("completed", 70, 64)], 5, "+1"),
        ([on("+1", sales("in-progress", 5)), on("+1", dial("completed", 70, 64))], 5, "+1"),
        ([on("+1", sales("in-progress", 5)), on("+2", sales("canceled", 5))], 5, "+1"),
        (
            [
                on("+1", replace(sales("in-progress", 4), needs_key=True)),
                on("+2", replace(sales("in-progress", 5), needs_key=True)),
                on("+2", step(Teller.KEY, "accepted", 9)),
            ],
            9,
            "+2",
        ),
        ([dial("no-answer", 20)], None, ""),
    ],
)
def test_who_answered_and_when(steps, since, phone):
    for order in itertools.permutations(steps):
        now = progress_of(order, started_at=RANG_AT)
        if since is not None:
            assert now.answered_at == RANG_AT + timedelta(seconds=since)
        assert now.answered_on == phone
