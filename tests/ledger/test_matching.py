from dataclasses import replace
from random import Random

import pytest

from leadtrack.ledger.matching import Coordinates, Met, Spent, catalogue, folded, match

GOOGLE = Met(1, "Paid Search", "google", "cpc", "Spring Sale", "111")
GOOGLE_ADS = Met(2, "Paid Search", "google", "cpc", "Spring Sale", "111", adgroup_id="71", ad_id="81")
YANDEX = Met(3, "Paid Search", "yandex", "cpc", "spring-sale", "555")
DIGITS = Met(4, "Paid Social", "facebook", "paid", "987654321")
EMAIL = Met(5, "Email", "newsletter", "email", "July")
NAMELESS = Met(6, "Unassigned", "(not set)", "", "", "424242")
ORGANIC = Met(7, "Organic Search", "google", "organic")
KNOWN = (GOOGLE, GOOGLE_ADS, YANDEX, DIGITS, EMAIL, NAMELESS, ORGANIC)


def row_of(met: Met, campaign: str | None = None) -> Coordinates:
    return Coordinates(met.channel, met.source, met.medium, met.campaign if campaign is None else campaign)


@pytest.mark.parametrize(
    ("item", "row", "rule"),
    [
        # ids, the finest first, whatever the names say
        (Spent("google", "cpc", "Renamed", "111"), row_of(GOOGLE), "ids"),
        (Spent("google", "cpc", "", "", adgroup_id="71"), row_of(GOOGLE_ADS), "ids"),
        (Spent("google", "cpc", "", "", ad_id="81"), row_of(GOOGLE_ADS), "ids"),
        (Spent("facebook", "cpm", "Autumn", "987654321"), row_of(DIGITS), "ids"),
        (Spent("google", "cpc", "X", "424242"), row_of(NAMELESS), "ids"),
        (Spent("", "", "X", "111"), row_of(GOOGLE), "ids"),
        # another system's id is another campaign
        (Spent("yandex", "cpc", "Other", "111"), row_of(YANDEX, "Other"), "source_medium"),
        # names, within the source, however they are written
        (Spent("google", "cpc", "spring_sale", "999"), row_of(GOOGLE), "names"),
        (Spent("google", "display", "SPRING  sale"), row_of(GOOGLE), "names"),
        (Spent("yandex", "cpc", "Spring Sale"), row_of(YANDEX), "names"),
        (Spent("", "", "july"), row_of(EMAIL), "names"),
        # two sources have that name: nobody can tell which
        (Spent("", "", "Spring Sale"), None, "unmatched"),
        # source and medium keep the campaign's own name
        (Spent("google", "cpc", "Brand new", "333"), row_of(GOOGLE, "Brand new"), "source_medium"),
        (Spent("newsletter", "email"), row_of(EMAIL, ""), "source_medium"),
        # no medium: the only one that people came by, if there is only one
        (Spent("newsletter", "", "Extra"), row_of(EMAIL, "Extra"), "source_medium"),
        (Spent("google", "", "Extra"), None, "unmatched"),
        # nothing
        (Spent("bing", "cpc", "Spring Sale", "111"), None, "unmatched"),
        (Spent("newsletter", "cpc", "August"), None, "unmatched"),
        (Spent("", "", "", ""), None, "unmatched"),
        (Spent("(not set)", "", ""), None, "unmatched"),
    ],
)
def test_it_finds_where_money_stands(item: Spent, row: Coordinates | None, rule: str) -> None:
    assert match(item, catalogue(KNOWN)) == (row, rule)


def test_the_order_in_which_sources_became_known_does_not_matter() -> None:
    items = [Spent("google", "cpc", "Spring Sale"), Spent("google", "cpc", "", "111"), Spent("", "", "july")]
    expected = [match(item, catalogue(KNOWN)) for item in items]
    for seed in range(20):
        shuffled = list(KNOWN)
        Random(seed).shuffle(shuffled)
        assert [match(item, catalogue(shuffled)) for item in items] == expected


def test_the_same_medium_wins_over_the_older_source() -> None:
    display = replace(GOOGLE, order=99, channel="Display", medium="display")
    found, _ = match(Spent("google", "display", "Spring Sale"), catalogue((*KNOWN, display)))
    assert found == row_of(display)


def test_of_two_alike_the_source_known_first_wins() -> None:
    other = replace(GOOGLE, order=99, channel="Cross-network")
    found, _ = match(Spent("google", "cpc", "Spring Sale"), catalogue((other, GOOGLE)))
    assert found == row_of(GOOGLE)


def test_source_and_medium_prefer_the_channel_that_the_words_say() -> None:
    shopping = Met(1, "Paid Shopping", "google", "cpc", "Shopping DE")
    search = Met(2, "Paid Search", "google", "cpc", "Brand")
    item = Spent("google", "cpc", "Winter", channel="Paid Search")
    assert match(item, catalogue((shopping, search))) == (row_of(search, "Winter"), "source_medium")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Spring Sale", "spring_sale"),
        ("spring-sale", "SPRING  SALE "),
        ("Straße", "STRASSE"),
        ("Café", "Cafe\u0301"),
        ("весна-2026", "ВЕСНА 2026"),
    ],
)
def test_names_are_compared_without_their_dress(one: str, other: str) -> None:
    assert folded(one) == folded(other)
