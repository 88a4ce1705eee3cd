"""Own channel rules and aliases: pure, total, before the published table, remembered for ten seconds."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadtrack.sources import register, rulebook
from leadtrack.sources.aliases import Alias, alias_book, suggestions
from leadtrack.sources.channel import Rule, classify
from leadtrack.sources.custom import ConditionError, condition_of, rule_of
from leadtrack.sources.marker import Marker, parse_marker
from leadtrack.sources.models import ChannelRule, SourceAlias


def rule(channel: str, *conditions: tuple[str, str, str]) -> Rule:
    told = [condition_of({"field": field, "how": how, "value": value}) for field, how, value in conditions]
    return rule_of(rule_id="own:1", channel=channel, conditions=told)


@pytest.mark.parametrize(
    ("condition", "marker", "holds"),
    [
        (("source", "is", "Google"), Marker(source="google"), True),
        (("source", "is", "google"), Marker(source="google.com"), False),
        (("campaign", "contains", "BRAND"), Marker(campaign="my-Brand-1"), True),
        (("campaign", "starts", "my"), Marker(campaign="My-brand"), True),
        (("campaign", "starts", "brand"), Marker(campaign="my-brand"), False),
        (("term", "pattern", "^buy (a|the) chair$"), Marker(term="Buy the chair"), True),
        (("term", "pattern", "chair$"), Marker(term="chairs"), False),
        (("medium", "one_of", "cpc, CPM\nppc"), Marker(medium="cpm"), True),
        (("medium", "one_of", "cpc,cpm"), Marker(medium="cp"), False),
        (("content", "is", "баннер"), Marker(content="Баннер"), True),
    ],
)
def test_a_condition_holds(condition: tuple[str, str, str], marker: Marker, holds: bool) -> None:
    found = classify(marker, [rule("Ours", condition)])
    assert (found.channel == "Ours") is holds
    assert (found.rule == "own:1") is holds


def test_every_condition_must_hold_and_the_first_rule_wins() -> None:
    narrow = rule("Narrow", ("source", "is", "google"), ("campaign", "contains", "brand"))
    wide = rule("Wide", ("source", "is", "google"))
    assert classify(Marker(source="google", campaign="brand"), [narrow, wide]).channel == "Narrow"
    assert classify(Marker(source="google", campaign="other"), [narrow, wide]).channel == "Wide"
    assert classify(Marker(source="bing", medium="organic"), [narrow, wide]).channel == "Organic Search"


def test_an_own_rule_wins_over_a_paid_click_id() -> None:
    marker = parse_marker("https://a.example/?utm_source=google&utm_medium=organic&gclid=x", "")
    assert classify(marker).rule.endswith("+click-id")
    assert classify(marker, [rule("Ours", ("source", "is", "google"))]).channel == "Ours"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"field": "page", "how": "is", "value": "x"}, "field"),
        ({"field": ["source"], "how": "is", "value": "x"}, "field"),
        ({"field": "source", "how": "like", "value": "x"}, "how"),
        ({"field": "source", "how": "is", "value": "  "}, "empty"),
        ({"field": "source", "how": "is", "value": 1}, "empty"),
        ({"field": "source", "how": "is", "value": "x" * 1001}, "long"),
        ({"field": "source", "how": "pattern", "value": "x" * 201}, "long"),
        ("x", "field"),
    ],
)
def test_a_condition_that_cannot_be_asked_is_refused(told: Any, code: str) -> None:
    with pytest.raises(ConditionError) as problem:
        condition_of(told)
    assert problem.value.code == code


@pytest.mark.parametrize("pattern", ["(", "[a", "a{1000000}", r"(a)\1", "(?=a)b", "\\"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ConditionError):
        rule("Ours", ("source", "pattern", pattern))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*(.*)*x", "a?" * 60 + "a" * 60])
def test_no_pattern_holds_up_a_page_view(pattern: str) -> None:
    asked = rule("Ours", ("campaign", "pattern", pattern))
    marker = Marker(campaign="a" * 255)
    started = time.perf_counter()
    classify(marker, [asked])
    assert time.perf_counter() - started < 0.1


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.text(max_size=30))
def test_classifying_is_total_with_own_rules(source: str, medium: str, term: str, value: str) -> None:
    hows = ["is", "contains", "starts", "one_of", "pattern"]
    asked = []
    for how in hows:
        try:
            asked.append(rule("Ours", ("term", how, value)))
        except ConditionError:
            continue
    assert classify(Marker(source=source, medium=medium, term=term), asked).channel


def test_aliases_fold_spellings_into_one_name() -> None:
    book = alias_book(
        [
            Alias("source", "face_book", "facebook"),
            Alias("source", "fb-*", "facebook"),
            Alias("medium", "cost per click", "cpc"),
            Alias("campaign", "sping", "Spring"),
        ]
    )
    marker = book.renamed(Marker(source="fb-ads", medium="cost per click", campaign="SPING"))
    assert (marker.source, marker.medium, marker.campaign) == ("facebook", "cpc", "Spring")
    assert book.renamed(Marker(source="face_book")).source == "facebook"
    untouched = Marker(source="face", medium="cpc", campaign="a")
    assert book.renamed(untouched) is untouched


def test_an_alias_never_renames_what_is_no_name() -> None:
    book = alias_book([Alias("source", "*", "everything")])
    assert book.word("source", "(direct)") == "(direct)"
    assert book.word("source", "") == ""
    assert book.word("source", "a.b*c") == "everything"


def test_likely_duplicates_are_suggested() -> None:
    counts = {"facebook": 90, "face_book": 5, "facebok": 2, "google": 50, "spring2025": 9, "spring2026": 9}
    found = suggestions("source", counts)
    assert [(one.name, one.others) for one in found] == [("facebook", (("face_book", 5), ("facebok", 2)))]


@pytest.mark.django_db
def test_the_rulebook_is_remembered_for_ten_seconds_and_forgotten_when_told(
    django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    rulebook.forget()
    with django_assert_num_queries(2):
        rulebook.current()
        rulebook.current()
    ChannelRule.objects.create(
        name="Ours", channel="Ours", conditions=[{"field": "source", "how": "is", "value": "x"}]
    )
    SourceAlias.objects.create(spelling="y", name="x")
    assert register.verdict_of(Marker(source="y")).channel == "Unassigned"
    rulebook.forget()
    found = register.verdict_of(Marker(source="y"))
    assert (found.channel, found.rule.startswith("own:")) == ("Ours", True)


@pytest.mark.django_db
def test_a_rule_that_cannot_be_asked_is_left_out() -> None:
    for broken in ([], {}, "x", [1], [{"field": "source", "how": "pattern", "value": "("}], None):
        ChannelRule.objects.create(name="Broken", channel="Ours", conditions=broken or [])
    rulebook.forget()
    assert rulebook.current().rules == ()


@pytest.mark.django_db
def test_spend_and_numbers_are_named_by_own_rules_too() -> None:
    ChannelRule.objects.create(
        name="Ours", channel="Partners", conditions=[{"field": "source", "how": "is", "value": "anna"}]
    )
    SourceAlias.objects.create(spelling="ana", name="anna")
    rulebook.forget()
    assert register.spend_source(source="Ana", medium="cpc").channel == "Partners"
    assert register.assigned_source(source="ANNA").channel == "Partners"
    assert register.assigned_source(channel="Offline", source="anna").channel == "Offline"
