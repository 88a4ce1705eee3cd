"""What the snippet is told of a site's own numbers."""

import pytest

from leadtrack.phones import pools
from leadtrack.phones.insertion import is_selector, page_numbers, variants
from leadtrack.phones.models import Pool
from tests import make

MANNERS = {
    # With 8 in front, with 00, after a country code that nobody needed, and bare.
    "+78001234567": {"78001234567", "0078001234567", "88001234567", "788001234567", "8001234567"},
    # "+49 (0)30": the 0 is written though nobody may dial it. Eight digits alone could be anything.
    "+4930901820": {"4930901820", "004930901820", "030901820", "49030901820"},
    "+15550100020": {"15550100020", "0015550100020", "5550100020"},
    # In Italy the 0 belongs to the number.
    "+390612345678": {"390612345678", "00390612345678", "0612345678"},
    "nonsense": set(),
}


@pytest.mark.parametrize("number", MANNERS)
def test_a_number_is_written_in_many_manners(number: str) -> None:
    found = variants(number)
    assert {digits for digits, _number, _size in found} == MANNERS[number]
    # Our number takes the place of the national digits: these are the last ones, in every manner.
    assert all(number.endswith(digits[-size:]) for digits, _number, size in found)


@pytest.mark.parametrize("text", [".phone", "a.call, .top b", "a[href^='tel:)']", ":not(.x)", '[data-a="{"]'])
def test_a_selector_stays_inside_its_brackets(text: str) -> None:
    assert is_selector(text)


@pytest.mark.parametrize("text", ["", " ", ".a) b", ".a(", "a[b", ")(", "'", ".a{}", "a\\62", ".a\nb"])
def test_what_could_reach_outside_is_left_out(text: str) -> None:
    assert not is_selector(text)


@pytest.mark.django_db
def test_only_open_pools_of_the_site_are_told() -> None:
    pool = make.pool(replaces=["+4930901820"], selector=".phone")
    make.pool(site=pool.site, replaces=["+4989901820"], is_active=False)
    make.pool(site=pool.site, replaces=["+4930901820"], selector=".a) b")
    found = page_numbers(pool.site)
    assert found is not None
    assert {number for _digits, number, _size in found["numbers"]} == {"+4930901820"}
    assert [len(digits) for digits, *_rest in found["numbers"]] == [12, 11, 10, 9]
    assert found["places"] == ":is([data-lt-number], .phone)"
    assert page_numbers(make.site()) is None


@pytest.mark.django_db
def test_a_site_whose_pools_are_gone_uses_nothing_of_it() -> None:
    pool = make.pool()
    Pool.objects.update(is_active=False)
    pools.forget()
    assert page_numbers(pool.site) is None
