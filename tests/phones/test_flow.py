"""What happens to a caller next: tables of flows, moments and callers."""

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from leadtrack.phones.flow import (
    Flow,
    HangUp,
    Holiday,
    Hours,
    Line,
    Otherwise,
    Reject,
    Ring,
    Say,
    Situation,
    SoFar,
    Step,
    Text,
    Voicemail,
    first_steps,
    is_open,
    next_steps,
    rounds_of,
    text_for,
)

RIGA = ZoneInfo("Europe/Riga")
WEEK = tuple(Hours(day, time(9), time(18)) for day in range(5))
NIGHT = (Hours(4, time(22), time(6)),)
ANN, BEN, CAT = "+37120000001", "+37120000002", "+37120000003"
MOBILE = "+37129999999"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=RIGA)


MONDAY = at("2026-03-09T12:00")
FLOW = Flow(lines=(Line((ANN,), "Ann"), Line((BEN, CAT), "Sales")))
TEXTS = (Text("en-US", "Hello.", "It is recorded.", "Nobody is there.", "All talk.", "We are closed."),)


def kinds(steps: tuple[Step, ...]) -> list[str]:
    return [step.why if isinstance(step, Say) else type(step).__name__ for step in steps]


@pytest.mark.parametrize(
    ("hours", "moment", "opened"),
    [
        ((), "2026-03-08T03:00", True),
        (WEEK, "2026-03-09T08:59:59", False),
        (WEEK, "2026-03-09T09:00", True),
        (WEEK, "2026-03-09T17:59:59", True),
        (WEEK, "2026-03-09T18:00", False),
        (WEEK, "2026-03-07T12:00", False),
        (NIGHT, "2026-03-13T21:59", False),
        (NIGHT, "2026-03-13T22:00", True),
        (NIGHT, "2026-03-14T05:59", True),
        (NIGHT, "2026-03-14T06:00", False),
        (NIGHT, "2026-03-13T05:00", False),
        ((Hours(6, time(0), time(0)),), "2026-03-08T23:59", True),
        ((Hours(6, time(0), time(0)),), "2026-03-09T00:00", False),
        ((Hours(6, time(20), time(0)),), "2026-03-08T23:59", True),
        ((Hours(6, time(20), time(0)),), "2026-03-09T00:00", False),
        ((Hours(0, time(9), time(12)), Hours(0, time(13), time(18))), "2026-03-09T12:30", False),
        ((Hours(0, time(9), time(12)), Hours(0, time(13), time(18))), "2026-03-09T13:00", True),
        # Clocks go from 03:00 to 04:00 on 2026-03-29, and from 04:00 to 03:00 on 2026-10-25.
        ((Hours(6, time(2), time(4)),), "2026-03-29T04:00", False),
        ((Hours(6, time(2), time(4)),), "2026-10-25T03:30", True),
        ((Hours(5, time(22), time(4)),), "2026-03-29T02:59", True),
        ((Hours(5, time(22), time(4)),), "2026-03-29T04:00", False),
    ],
)
def test_the_wall_clock_of_the_site_says_whether_it_is_open(hours, moment, opened):
    assert is_open(replace(FLOW, hours=hours), at(moment)) is opened


def test_both_hours_that_a_clock_shows_twice_are_open():
    flow = replace(FLOW, hours=(Hours(6, time(3), time(4)),))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=ZoneInfo("UTC")).astimezone(RIGA)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("UTC")).astimezone(RIGA)
    assert first.time() == second.time() == time(3, 30)
    assert is_open(flow, first)
    assert is_open(flow, second)


@pytest.mark.parametrize(
    ("holiday", "moment", "opened"),
    [
        (Holiday(date(2026, 3, 9)), "2026-03-09T12:00", False),
        (Holiday(date(2026, 3, 9), time(10), time(14)), "2026-03-09T09:30", False),
        (Holiday(date(2026, 3, 9), time(10), time(14)), "2026-03-09T13:59", True),
        (Holiday(date(2026, 3, 8), time(22), time(2)), "2026-03-09T01:00", True),
        (Holiday(date(2026, 3, 8), time(22), time(2)), "2026-03-08T12:00", False),
        (Holiday(date(2026, 3, 10)), "2026-03-09T12:00", True),
    ],
)
def test_a_holiday_has_hours_of_its_own_or_none(holiday, moment, opened):
    assert is_open(replace(FLOW, hours=WEEK, holidays=(holiday,)), at(moment)) is opened


def test_a_flow_without_hours_is_closed_on_its_holidays_alone():
    flow = replace(FLOW, holidays=(Holiday(date(2026, 3, 9)),))
    assert not is_open(flow, MONDAY)
    assert is_open(flow, at("2026-03-10T00:00"))


def test_a_night_goes_on_into_a_holiday():
    flow = replace(FLOW, hours=NIGHT, holidays=(Holiday(date(2026, 3, 14)),))
    assert is_open(flow, at("2026-03-14T05:00"))


@pytest.mark.parametrize(
    ("flow", "last", "rounds"),
    [
        (FLOW, "", [(ANN, BEN, CAT)]),
        (replace(FLOW, rings_in_turn=True), "", [(ANN,), (BEN, CAT)]),
        (replace(FLOW, asks_last_manager=True), CAT, [(CAT,), (ANN, BEN)]),
        (replace(FLOW, asks_last_manager=True, rings_in_turn=True), MOBILE, [(MOBILE,), (ANN,), (BEN, CAT)]),
        (replace(FLOW, asks_last_manager=False), CAT, [(ANN, BEN, CAT)]),
        (replace(FLOW, lines=(Line((ANN, ANN)), Line((ANN,)), Line(()))), "", [(ANN,)]),
        (replace(FLOW, lines=()), "", []),
    ],
)
def test_who_rings_and_in_which_order(flow, last, rounds):
    assert rounds_of(flow, Situation(MONDAY, last_manager=last)) == rounds


def test_more_phones_than_a_carrier_rings_at_once_ring_in_rounds():
    phones = tuple(f"+371200000{number:02}" for number in range(23))
    rounds = rounds_of(replace(FLOW, lines=(Line(phones),)), Situation(MONDAY))
    assert [len(part) for part in rounds] == [10, 10, 3]
    assert tuple(phone for part in rounds for phone in part) == phones


def test_a_blocked_caller_is_rejected_whatever_the_flow():
    flow = replace(FLOW, texts=TEXTS, hours=WEEK)
    assert first_steps(flow, Situation(MONDAY, is_blocked=True)) == (Reject(),)


@pytest.mark.parametrize(
    ("flow", "moment", "heard"),
    [
        (FLOW, MONDAY, ["Ring"]),
        (replace(FLOW, texts=TEXTS), MONDAY, ["greeting", "Ring"]),
        (replace(FLOW, texts=TEXTS, is_recorded=True), MONDAY, ["greeting", "consent", "Ring"]),
        (replace(FLOW, texts=TEXTS, hours=NIGHT), MONDAY, ["closed", "HangUp"]),
        (
            replace(FLOW, texts=TEXTS, hours=NIGHT, on_closed=Otherwise.VOICEMAIL),
            MONDAY,
            ["closed", "Voicemail", "HangUp"],
        ),
        (
            replace(
                FLOW,
                texts=TEXTS,
                hours=NIGHT,
                on_closed=Otherwise.FORWARD,
                forward_to=MOBILE,
                is_recorded=True,
            ),
            MONDAY,
            ["closed", "consent", "Ring"],
        ),
        (replace(FLOW, hours=NIGHT, on_closed=Otherwise.FORWARD), MONDAY, ["HangUp"]),
        (replace(FLOW, texts=TEXTS, lines=()), MONDAY, ["no_answer", "HangUp"]),
    ],
)
def test_what_a_call_begins_with(flow, moment, heard):
    assert kinds(first_steps(flow, Situation(moment))) == heard


@pytest.mark.parametrize(
    ("flow", "so_far", "heard"),
    [
        (FLOW, SoFar(1, "completed"), ["HangUp"]),
        (FLOW, SoFar(1, "no-answer"), ["HangUp"]),
        (replace(FLOW, rings_in_turn=True), SoFar(1, "no-answer"), ["Ring"]),
        (replace(FLOW, rings_in_turn=True, texts=TEXTS), SoFar(2, "no-answer"), ["no_answer", "HangUp"]),
        (replace(FLOW, texts=TEXTS), SoFar(1, "busy"), ["busy", "HangUp"]),
        (replace(FLOW, texts=TEXTS), SoFar(2, "busy", were_all_busy=False), ["no_answer", "HangUp"]),
        (replace(FLOW, texts=TEXTS), SoFar(1, "failed"), ["no_answer", "HangUp"]),
        (replace(FLOW, on_no_answer=Otherwise.VOICEMAIL), SoFar(1, "no-answer"), ["Voicemail", "HangUp"]),
        (replace(FLOW, on_busy=Otherwise.VOICEMAIL), SoFar(1, "no-answer"), ["HangUp"]),
        (replace(FLOW, on_busy=Otherwise.FORWARD, forward_to=MOBILE), SoFar(1, "busy"), ["Ring"]),
        (
            replace(FLOW, texts=TEXTS, on_no_answer=Otherwise.FORWARD, forward_to=MOBILE),
            SoFar(1, "no-answer", is_forwarded=True),
            ["no_answer", "HangUp"],
        ),
    ],
)
def test_what_follows_a_ringing(flow, so_far, heard):
    assert kinds(next_steps(flow, Situation(MONDAY), so_far)) == heard


def test_every_flow_comes_to_an_end():
    flow = replace(
        FLOW,
        rings_in_turn=True,
        asks_last_manager=True,
        on_no_answer=Otherwise.FORWARD,
        on_busy=Otherwise.FORWARD,
        forward_to=MOBILE,
    )
    situation = Situation(MONDAY, last_manager=MOBILE)
    steps, rung = first_steps(flow, situation), []
    while isinstance(steps[-1], Ring):
        rung.append(steps[-1].phones)
        steps = next_steps(flow, situation, replace(steps[-1].so_far, outcome="no-answer"))
    assert rung == [(MOBILE,), (ANN,), (BEN, CAT), (MOBILE,)]
    assert steps == (HangUp(),)


def test_a_ringing_carries_what_the_flow_wants_of_it():
    flow = replace(FLOW, is_recorded=True, whispers=True, needs_key=True, ring_seconds=33)
    assert first_steps(flow, Situation(MONDAY)) == (
        Ring((ANN, BEN, CAT), 33, SoFar(1), is_recorded=True, whispers=True, needs_key=True),
    )


@pytest.mark.parametrize(
    ("wanted", "found"), [("ru-RU", "ru-RU"), ("", "en-US"), ("lv-LV", "en-US"), ("RU-ru", "ru-RU")]
)
def test_texts_are_in_the_numbers_language_else_the_flows(wanted, found):
    flow = replace(FLOW, texts=(Text("ru-RU", "Здравствуйте."), *TEXTS))
    assert text_for(flow, wanted).language == found


def test_without_texts_in_any_wanted_language_the_first_there_is_said():
    assert text_for(replace(FLOW, texts=(Text("lv-LV", "Labdien."),)), "de-DE").greeting == "Labdien."
    assert first_steps(FLOW, Situation(MONDAY, language="de-DE"))[0].seconds == 20


def test_the_mailbox_takes_a_message_as_long_as_the_flow_says():
    flow = replace(FLOW, on_no_answer=Otherwise.VOICEMAIL, voicemail_seconds=45)
    assert next_steps(flow, Situation(MONDAY), SoFar(1, "no-answer")) == (Voicemail(45), HangUp())
