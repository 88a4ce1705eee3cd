# ruff: noqa: E501 (lists of names and texts)
"""How much an enquiry looks like spam."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadtrack.leads.gibberish import is_gibberish, mixes_scripts
from leadtrack.leads.spam import Signals, message_key, score
from leadtrack.leads.spam_words import remarks

THRESHOLD = 70
PITCH = "We bring your website to the first page, see https://seo.example and www.more.example and http://x.example"


def _rules(**seen):
    return [reason.rule for reason in score(Signals(**seen)).reasons]


@pytest.mark.parametrize(
    ("seen", "rules"),
    [
        ({}, []),
        ({"honeypot": True}, ["honeypot"]),
        ({"door_said": True}, ["door"]),
        ({"fill_ms": 300}, ["fast"]),
        ({"fill_ms": 2000}, ["fast"]),
        ({"fill_ms": 9000}, []),
        ({"fill_ms": -5}, []),
        ({"name": "Buy at https://pills.example"}, ["link-in-name"]),
        ({"name": "rNxEnQgXYkDoAV"}, ["gibberish"]),
        ({"name": "Мaria"}, ["scripts"]),
        ({"message": "My site is www.bakery.example"}, ["links"]),
        ({"message": PITCH}, ["links"]),
        ({"message": "[url=http://x.example]click[/url]"}, ["markup", "links"]),
        ({"is_disposable": True}, ["disposable"]),
        ({"email_unread": "me@localhost"}, ["no-mailbox"]),
        ({"email_unread": "me@x.example, you@x.example", "email": "me@x.example"}, []),
        ({"same_text": 2}, ["same-text"]),
        ({"same_sender": 5}, []),
        ({"same_sender": 6}, ["same-sender"]),
        ({"called_spam_before": True}, ["called-before"]),
        ({"attestation": "TN-Validation-Failed-C-Diverted"}, ["caller-failed"]),
        ({"attestation": "TN-Validation-Passed-C"}, ["caller-unknown"]),
        ({"attestation": "TN-Validation-Passed-A"}, []),
        ({"attestation": "No-TN-Validation"}, []),
        ({"attestation": "TN-Validation-Failed; DROP"}, []),
    ],
)
def test_each_sign_is_seen_and_no_other(seen, rules):
    assert _rules(**seen) == rules


@pytest.mark.parametrize(
    "seen",
    [
        {"honeypot": True},
        {"fill_ms": 200, "message": "https://x.example and https://y.example"},
        {"name": "asdfgh", "is_disposable": True},
        {"message": PITCH, "same_text": 1},
        {"same_text": 8, "message": "See https://x.example and https://y.example"},
        {"message": PITCH, "fill_ms": 1500},
        {"attestation": "TN-Validation-Failed", "same_sender": 7},
        {"called_spam_before": True, "message": "https://x.example"},
    ],
)
def test_what_nobody_would_miss_is_above_the_usual_threshold(seen):
    assert score(Signals(**seen)).points >= THRESHOLD


@pytest.mark.parametrize(
    "seen",
    [
        {"name": "Anna", "message": "Please call me back"},
        {"name": "Krzysztof Szczepański", "message": "See my plan: https://plans.example/1"},
        {"name": "Qwerty", "message": "Перезвоните"},
        {"name": "", "fill_ms": 1800, "same_sender": 8},
        {"is_disposable": True, "email_unread": ""},
        {"attestation": "TN-Validation-Failed"},
        {"email_unread": "anna(at)example", "name": "Anna"},
        {"message": PITCH},
        {"called_spam_before": True},
        {"same_text": 90},
        {"same_sender": 90},
    ],
)
def test_one_odd_thing_alone_sets_nobody_aside(seen):
    assert score(Signals(**seen)).points < THRESHOLD


@pytest.mark.parametrize(
    "name",
    [
        "Anna", "Jean-Luc O'Neill", "MacKenzie McDonald", "Schwarzschild", "Krzysztof Wojciechowski", "Ng", "Štrbský",
        "Взглядов", "Мкртчян", "Анна-Мария", "Nguyễn Thị Hương", "李小龍", "محمد", "João", "JOHN SMITH", "Anna Иванова",
        "Łukasz Błaszczykowski", "Þórbjörg", "Goldschmidt", "Hirschsprung",
    ],
)  # fmt: skip
def test_names_of_real_people_are_names(name):
    assert not is_gibberish(name)
    assert not mixes_scripts(name)


@pytest.mark.parametrize(
    "name", ["qwerty", "Asdfgh Jkl", "йцукен", "poiuyt", "xkcdrtplm", "JamesSmitHelLoBob"]
)
def test_keys_struck_at_random_are_not(name):
    assert is_gibberish(name)


@given(
    name=st.text(), message=st.text(max_size=3000), email=st.text(), attestation=st.text(),
    fill_ms=st.none() | st.integers(), same_text=st.integers(), same_sender=st.integers(),
    honeypot=st.booleans(),
)  # fmt: skip
@example(
    name="\ud800" * 30, message="\0" * 50, email="\udfff", attestation="\0", fill_ms=-1, same_text=-1, same_sender=-1,
    honeypot=False,
)  # fmt: skip
def test_no_text_breaks_it_and_points_are_the_sum_of_the_reasons(
    name, message, email, attestation, fill_ms, same_text, same_sender, honeypot
):
    seen = Signals(
        name=name, message=message, email_unread=email, attestation=attestation, fill_ms=fill_ms,
        same_text=same_text, same_sender=same_sender, honeypot=honeypot,
    )  # fmt: skip
    found = score(seen)
    assert found.points == sum(reason.points for reason in found.reasons)
    assert all(reason.points > 0 for reason in found.reasons)
    message_key(message)
    stored = [
        {"rule": reason.rule, "points": reason.points, "evidence": reason.evidence}
        for reason in found.reasons
    ]
    assert all(remark.text != reason["rule"] for remark, reason in zip(remarks(stored), stored, strict=True))


@pytest.mark.parametrize(
    "text",
    ["a" * 200_000, "a-" * 90_000, "http://" * 30_000, "www." * 40_000, "<a " * 50_000, "x.xyz" * 30_000],
)
def test_long_texts_are_looked_at_in_no_time(text):
    began = time.perf_counter()
    score(Signals(name=text, message=text))
    assert time.perf_counter() - began < 0.5


def test_the_same_message_is_the_same_whatever_its_blanks_and_capitals():
    text = "We offer you a place on the first page of every search engine"
    assert message_key(text) == message_key("  " + text.upper().replace(" ", "\n ")) != ""
    assert message_key(text) != message_key(text + "!")
    assert message_key("Please call me back") == ""
