import time

import pytest

from leadtrack.visits.goal_pattern import PatternError, read_pattern

CASES = [
    # pattern, address, is it meant
    ("/thanks", "https://shop.example/thanks", True),
    ("/thanks", "https://shop.example/thanks/", True),
    ("/thanks/", "https://shop.example/thanks", True),
    ("/thanks", "https://shop.example/Thanks?utm_source=google#top", True),
    ("/thanks", "https://shop.example/thanks-again", False),
    ("/thanks", "https://shop.example/en/thanks", False),
    ("/thanks*", "https://shop.example/thanks-again", True),
    ("/thanks*", "https://shop.example/thanks/a/b", True),
    ("/thanks*", "https://shop.example/", False),
    ("*thanks*", "https://shop.example/en/thanks/1", True),
    ("*.html", "https://shop.example/a/b.html", True),
    ("*.html", "https://shop.example/a/b.htm", False),
    ("/order/*/paid", "https://shop.example/order/17/paid", True),
    ("/order/*/paid", "https://shop.example/order/17/paid/", True),
    ("/order/*/paid", "https://shop.example/order/paid", False),
    ("/order/*/paid", "https://shop.example/order/17/unpaid", False),
    ("/news/*", "https://shop.example/news/", True),
    ("/news/*", "https://shop.example/newsletter", False),
    ("/", "https://shop.example", True),
    ("/", "https://shop.example/?gclid=x", True),
    ("/", "https://shop.example/a", False),
    ("*", "https://shop.example/a", True),
    ("/aa*aa", "https://shop.example/aaa", False),
    ("/спасибо", "https://shop.example/%D1%81%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE", True),
    ("/%D1%81%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE", "https://shop.example/Спасибо/", True),
    ("https://shop.example/thanks", "http://www.shop.example/thanks", True),
    ("shop.example/thanks", "https://shop.example/thanks", True),
    ("shop.example/thanks", "https://other.example/thanks", False),
    ("shop.example", "https://shop.example/", True),
    ("shop.example", "https://shop.example/thanks", False),
    ("shop.example:8000/a", "http://shop.example:8000/a", True),
    ("*.shop.example/thanks*", "https://de.shop.example/thanks", True),
    ("*.shop.example/thanks*", "https://shop.example/thanks", False),
    ("https://окна.рф/спасибо", "https://xn--80atjc.xn--p1ai/спасибо", True),
    ("/search?q=windows", "https://shop.example/search?utm_source=x&q=Windows&page=2", True),
    ("/search?q=windows", "https://shop.example/search?q=doors", False),
    ("/search?q=*", "https://shop.example/search", False),
    ("/search?q=*&page=2", "https://shop.example/search?page=2&q=", True),
    ("?step=done", "https://shop.example/any/where?step=done", True),
    ("#/thanks", "https://shop.example/app#/thanks", True),
    ("/app#/order/*", "https://shop.example/app#/order/17", True),
    ("/app#/order/*", "https://shop.example/app#/cart", False),
    ("/thanks", "", False),
    ("/thanks", "not an address", False),
    ("/thanks", "https://[broken/thanks", False),
    ("/thanks", "https://shop.example/\x00\ud800", False),
]


@pytest.mark.parametrize(("pattern", "url", "is_meant"), CASES)
def test_a_pattern_means_the_pages_that_people_think_it_does(pattern: str, url: str, is_meant: bool) -> None:
    assert read_pattern(pattern).matches(url) is is_meant


@pytest.mark.parametrize("text", ["", "  ", "thanks", "/a b", "/a\nb", "/" + "a" * 600, "/" + "*a" * 30])
def test_what_no_page_can_have_is_told_so(text: str) -> None:
    with pytest.raises(PatternError):
        read_pattern(text)


def test_no_address_takes_long() -> None:
    pattern, url = read_pattern("/" + "*a" * 20), "https://shop.example/" + "a" * 2000 + "!"
    began = time.perf_counter()
    for _ in range(100):
        pattern.matches(url)
    assert time.perf_counter() - began < 1
