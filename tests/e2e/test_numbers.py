"""Our phone numbers in the place of the page's own, in a real browser and through the real beacon."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Request, Route, expect

from leadtrack.leads.models import Form
from leadtrack.phones import pools
from leadtrack.phones.models import Lease, Pool
from leadtrack.visits import sites
from leadtrack.visits.models import Site, SiteOrigin
from tests import make
from tests.e2e.conftest import PERSON
from tests.e2e.pages import Pages, serving
from tests.stack import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

BEACON = re.compile("/api/v1/visits")
OWN = "+49301234567"
FIRST, SECOND = "+49305550001", "+49305550002"
# What the page writes, and the same place with the first number of the pool.
TEXTS = {
    "Tel. (030) 123-45-67.": "Tel. (030) 555-00-01.",
    "+49\u00a030\u00a01234567": "+49\u00a030\u00a05550001",
    "0049 (0)30 123 45 67": "0049 (0)30 555 00 01",
    "No 5, 030\u2009\u2013\u20091234567, floor 2": "No 5, 030\u2009\u2013\u20095550001, floor 2",
}
UNTOUCHED = ["90301234567", "030 12345678", "+1 555 010 0020"]
WATCH = """
  window.seen = [];
  const note = (place) => window.seen.push([performance.now(), place.textContent.trim()]);
  new MutationObserver((records) => records.map(({target}) => note(target))).observe(
    document, {subtree: true, characterData: true});
"""


@pytest.fixture
def shop(live_server: Any, form: Form) -> Iterator[Pages]:
    line = f'<script src="{live_server.url}/lt/{form.site.key}.js"></script>'
    with serving(Pages(line)) as pages:
        SiteOrigin.objects.update(origin=pages.address("").rstrip("/"))
        sites.forget()
        pages.bodies["/"] = "<p id=top>030 123 45 67</p>"
        yield pages


@pytest.fixture
def pool(form: Form) -> Pool:
    row = make.pool(FIRST, SECOND, since=timezone.now() - timedelta(days=1), site=form.site, replaces=[OWN])
    pools.forget()
    return row


@pytest.fixture
def told(tab: Page) -> list[dict[str, Any]]:
    """The events that the page sends, one after the other, each with the body it came in."""
    found: list[dict[str, Any]] = []

    def keep(request: Request) -> None:
        if BEACON.search(request.url) and request.method == "POST":
            body = json.loads(request.post_data or "{}")
            found.extend(body.get("events", []))

    tab.on("request", keep)
    return found


def kinds(told: list[dict[str, Any]]) -> list[str]:
    return [event.get("type", "view") for event in told]


def arrive(tab: Page, address: str, status: int = 200) -> None:
    # A script that runs before the page is read tells of the arrival first, and asks when it meets a number.
    with tab.expect_response(lambda answer: bool(BEACON.search(answer.url)) and answer.status == status):
        tab.goto(address)


def test_two_visitors_see_two_numbers(browser: Browser, shop: Pages, pool: Pool) -> None:
    seen = set()
    for _visitor in range(2):
        context = browser.new_context(user_agent=PERSON)
        tab = context.new_page()
        arrive(tab, shop.address("/?utm_source=google&utm_medium=cpc&utm_campaign=brand"))
        expect(tab.locator("#top")).to_have_text(re.compile("030 555 00 0[12]"))
        seen.add(tab.locator("#top").inner_text())
        context.close()
    assert seen == {"030 555 00 01", "030 555 00 02"}
    assert Lease.objects.filter(closed_at=None).count() == 2


def test_every_manner_of_writing_is_kept(tab: Page, shop: Pages, pool: Pool) -> None:
    shop.bodies["/"] = "".join(f"<p>{text}</p>" for text in [*TEXTS, *UNTOUCHED])
    arrive(tab, shop.address())
    expect(tab.locator("p").first).to_have_text(TEXTS["Tel. (030) 123-45-67."])
    found = tab.evaluate("[...document.querySelectorAll('p')].map(place => place.textContent)")
    assert found == [*TEXTS.values(), *UNTOUCHED]


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("tel:+49301234567", f"tel:{FIRST}"),
        ("tel:030 123 45 67", f"tel:{FIRST}"),
        ("tel:%2B49%20(30)%20123-45-67", f"tel:{FIRST}"),
        ("wtai://wp/mc;0301234567", f"wtai://wp/mc;{FIRST}"),
        ("https://wa.me/49301234567", "https://wa.me/49301234567"),
        ("/order/0301234567", "/order/0301234567"),
    ],
)
def test_links_that_dial_get_the_number(tab: Page, shop: Pages, pool: Pool, href: str, expected: str) -> None:
    shop.bodies["/"] = f'<p id=top>0301234567</p><a href="{href}">Call</a>'
    arrive(tab, shop.address())
    expect(tab.locator("#top")).to_have_text("0305550001")
    assert tab.get_attribute("a", "href") == expected


def test_a_number_in_pieces_is_found_by_its_mark_and_by_selector(tab: Page, shop: Pages, pool: Pool) -> None:
    Pool.objects.update(selector=".phone >>> b")
    broken = make.pool(site=pool.site, replaces=[OWN], selector=".phone", position=1)
    pools.forget()
    pieces = "<i>030</i> <b>123-45-67</b>"
    shop.bodies["/"] = f"<p class=phone>{pieces}</p><p data-lt-number>{pieces}</p><p>{pieces}</p>"
    arrive(tab, shop.address())
    expect(tab.locator("p").first).to_have_text("030 555-00-01")
    texts = tab.evaluate("[...document.querySelectorAll('p')].map(place => place.textContent)")
    assert texts == ["030 555-00-01", "030 555-00-01", "030 123-45-67"]
    assert broken.selector == ".phone"


def test_numbers_added_later_and_in_frames_are_found(tab: Page, shop: Pages, pool: Pool) -> None:
    shop.bodies["/"] = "<main></main><iframe src=/framed></iframe>"
    shop.bodies["/framed"] = "<p>030/1234567</p>"
    shop.bare.add("/framed")
    tab.goto(shop.address())
    expect(tab.frame_locator("iframe").locator("p")).to_have_text("030/5550001")
    tab.evaluate("document.querySelector('main').innerHTML = '<a href=tel:0301234567>030-123-4567</a>'")
    expect(tab.locator("main a")).to_have_text("030-555-0001")
    assert tab.get_attribute("main a", "href") == f"tel:{FIRST}"
    tab.evaluate("document.querySelector('main a').firstChild.data = 'Call 030 123 4567'")
    expect(tab.locator("main a")).to_have_text("Call 030 555 0001")


def test_what_people_type_or_scripts_read_is_left_alone(tab: Page, shop: Pages, pool: Pool) -> None:
    shop.bodies["/"] = (
        "<p id=top>0301234567</p><textarea>0301234567</textarea><div contenteditable>0301234567</div>"
        "<script type=application/json>0301234567</script>"
    )
    arrive(tab, shop.address())
    expect(tab.locator("#top")).to_have_text("0305550001")
    for place in ("textarea", "div", "script"):
        assert tab.locator(place).first.evaluate("place => place.textContent") != "0305550001"


def test_the_arrival_and_its_numbers_are_one_request(
    tab: Page, shop: Pages, pool: Pool, told: list[dict[str, Any]]
) -> None:
    shop.line = shop.line.replace("></script>", " defer></script>")
    arrive(tab, shop.address())
    expect(tab.locator("#top")).to_have_text("030 555 00 01")
    assert [(event.get("type"), event["numbers"]) for event in told] == [(None, [OWN])]


def test_the_next_page_shows_the_number_at_once_and_only_once(tab: Page, shop: Pages, pool: Pool) -> None:
    arrive(tab, shop.address())
    expect(tab.locator("#top")).to_have_text("030 555 00 01")
    held: list[Route] = []
    tab.route(BEACON, lambda route: held.append(route))  # noqa: PLW0108
    shop.before = f"<script>{WATCH}</script>"
    shop.bodies["/next"] = "<p id=top>030 123 45 67</p>"
    tab.goto(shop.address("/next"))
    # The number stands there although LeadTrack has not answered yet.
    expect(tab.locator("#top")).to_have_text("030 555 00 01")
    before = tab.evaluate("seen.map(([at, text]) => text)")
    wait_for(lambda: len(held) > 0 or tab.wait_for_timeout(50), seconds=10, what="the beacon")
    with tab.expect_response(lambda answer: answer.status == 200):
        for route in held:
            route.continue_()
    tab.wait_for_timeout(200)
    assert before == tab.evaluate("seen.map(([at, text]) => text)") == ["030 555 00 01"]
    first_paint = "performance.getEntriesByType('paint')[0]?.startTime ?? Infinity"
    assert tab.evaluate(f"seen[0][0] <= {first_paint}")


def test_when_leadtrack_is_down_the_page_keeps_its_number(
    tab: Page, shop: Pages, pool: Pool, live_server: Any
) -> None:
    tab.route(BEACON, lambda route: route.abort())
    tab.goto(shop.address())
    tab.wait_for_timeout(300)
    expect(tab.locator("#top")).to_have_text("030 123 45 67")
    tab.route(f"{live_server.url}/**", lambda route: route.abort())
    tab.goto(shop.address("/?again"))
    expect(tab.locator("#top")).to_have_text("030 123 45 67")


def test_an_old_answer_is_not_shown_again(tab: Page, shop: Pages, pool: Pool) -> None:
    arrive(tab, shop.address())
    expect(tab.locator("#top")).to_have_text("030 555 00 01")
    tab.evaluate(
        """const [until, numbers] = JSON.parse(sessionStorage.lt_n);
        sessionStorage.lt_n = JSON.stringify([until - 1800 * 1000, numbers])"""
    )
    tab.route(BEACON, lambda route: route.abort())
    tab.goto(shop.address("/?again"))
    tab.wait_for_timeout(300)
    expect(tab.locator("#top")).to_have_text("030 123 45 67")


def test_robots_keep_the_pages_own(browser: Browser, shop: Pages, pool: Pool) -> None:
    context = browser.new_context(user_agent="Mozilla/5.0 (compatible; Googlebot/2.1)")
    tab = context.new_page()
    arrive(tab, shop.address(), status=204)
    expect(tab.locator("#top")).to_have_text("030 123 45 67")
    assert not Lease.objects.exists()
    context.close()


def test_no_number_without_consent_one_with_it_and_the_own_one_afterwards(
    tab: Page, shop: Pages, pool: Pool
) -> None:
    Site.objects.update(consent="required")
    sites.forget()
    arrive(tab, shop.address(), status=204)
    expect(tab.locator("#top")).to_have_text("030 123 45 67")
    assert not Lease.objects.exists()
    tab.evaluate("leadtrack('consent', true)")
    expect(tab.locator("#top")).to_have_text("030 555 00 01")
    tab.evaluate("leadtrack('consent', false)")
    expect(tab.locator("#top")).to_have_text("030 123 45 67")
    assert "305550001" not in (tab.evaluate("sessionStorage.lt_n") or "")


def test_with_all_numbers_taken_the_page_keeps_its_own(browser: Browser, shop: Pages, pool: Pool) -> None:
    texts = []
    for _visitor in range(3):
        context = browser.new_context(user_agent=PERSON)
        tab = context.new_page()
        arrive(tab, shop.address())
        tab.wait_for_timeout(200)
        texts.append(tab.locator("#top").inner_text())
        context.close()
    assert texts[2] == "030 123 45 67"
    assert "030 123 45 67" not in texts[:2]


def test_a_lost_lease_is_given_anew_when_the_page_is_seen_again(
    tab: Page, shop: Pages, pool: Pool, told: list[dict[str, Any]]
) -> None:
    arrive(tab, shop.address())
    expect(tab.locator("#top")).to_have_text("030 555 00 01")
    lease = Lease.objects.get()
    Lease.objects.filter(pk=lease.pk).update(closed_at=timezone.now())
    make.lease(
        lease.number,
        make.visit(at=timezone.now(), on=pool.site),
        closed_at=None,
        free_at=timezone.now() + timedelta(hours=1),
        held_until=timezone.now() + timedelta(minutes=30),
        pool=pool,
    )
    with tab.expect_response(BEACON):
        tab.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(tab.locator("#top")).to_have_text("030 555 00 02")


def test_it_beats_while_it_is_seen_and_only_then(
    tab: Page, shop: Pages, pool: Pool, told: list[dict[str, Any]]
) -> None:
    tab.clock.install()
    arrive(tab, shop.address())
    expect(tab.locator("#top")).to_have_text("030 555 00 01")
    with tab.expect_response(BEACON) as answer:
        tab.clock.run_for(61_000)
    assert answer.value.json()["numbers"][0]["number"] == FIRST
    assert kinds(told)[-1] == "beat"
    # A glance would not be worth a farewell.
    tab.clock.run_for(6_000)
    hide(tab, hidden=True)
    wait_for(lambda: "leave" in kinds(told) or tab.wait_for_timeout(50), seconds=5, what="the farewell")
    beats = kinds(told).count("beat")
    tab.clock.run_for(600_000)
    tab.wait_for_timeout(200)
    assert kinds(told).count("beat") == beats
    with tab.expect_response(BEACON):
        hide(tab, hidden=False)
    assert kinds(told).count("beat") == beats + 1


def hide(tab: Page, *, hidden: bool) -> None:
    tab.evaluate(
        """hidden => { Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
        document.dispatchEvent(new Event("visibilitychange")) }""",
        hidden,
    )


def test_taps_and_copies_are_told(tab: Page, shop: Pages, pool: Pool, told: list[dict[str, Any]]) -> None:
    shop.bodies["/"] = "<p id=top>Call 030 123 45 67 now</p><a href=tel:0301234567>Call</a><b>other</b>"
    arrive(tab, shop.address())
    expect(tab.locator("#top")).to_have_text("Call 030 555 00 01 now")
    tab.evaluate("document.addEventListener('click', event => event.preventDefault())")
    for selected in ("b", "#top"):
        tab.evaluate(
            """selected => { getSelection().selectAllChildren(document.querySelector(selected));
            document.execCommand("copy") }""",
            selected,
        )
    tab.locator("b").click()
    tab.locator("a").click()
    wait_for(lambda: Lease.objects.get().tapped_at, seconds=10, what="the tap")
    assert Lease.objects.get().copied_at
    assert kinds(told)[-2:] == ["copy", "tap"]
    assert [event["numbers"] for event in told[-2:]] == [[FIRST]] * 2


def test_steps_of_an_application_keep_the_number(
    tab: Page, shop: Pages, pool: Pool, told: list[dict[str, Any]]
) -> None:
    arrive(tab, shop.address())
    expect(tab.locator("#top")).to_have_text("030 555 00 01")
    with tab.expect_response(BEACON):
        tab.evaluate(
            "history.pushState({}, '', '/contacts'); top_ = document.querySelector('#top');"
            "top_.outerHTML = '<p id=top>030 123-45-67</p>'"
        )
    expect(tab.locator("#top")).to_have_text("030 555-00-01")
    assert [event["numbers"] for event in told if "type" not in event][-1] == [OWN]
    assert Lease.objects.count() == 1


def test_two_numbers_of_one_page_have_pools_of_their_own(
    tab: Page, shop: Pages, pool: Pool, told: list[dict[str, Any]]
) -> None:
    day = timezone.now() - timedelta(days=1)
    make.pool("+49895550009", since=day, site=pool.site, replaces=["+49891234567"])
    pools.forget()
    shop.bodies["/"] = "<p>Berlin 030 1234567, Munich 089 1234567</p>"
    arrive(tab, shop.address())
    expect(tab.locator("p")).to_have_text("Berlin 030 5550001, Munich 089 5550009")


def test_a_large_page_costs_less_than_five_milliseconds(tab: Page, shop: Pages, pool: Pool) -> None:
    row = "<div class=row><a href=/item>Window 1200 x 800, 15 990</a> <i>in stock: 7</i></div>"
    shop.bodies["/"] = row * 660 + "<p id=top>030 123 45 67</p><a href=tel:0301234567>Call</a>"
    shop.line = shop.line.replace("></script>", " defer></script>")
    arrive(tab, shop.address())
    expect(tab.locator("#top")).to_have_text("030 555 00 01")
    assert tab.evaluate("document.querySelectorAll('body *').length") > 1980
    # All that the script does with the page, again: every text and link is looked at.
    spent = tab.evaluate(
        """async () => {
          const times = [];
          for (let run = 0; run < 15; run++) {
            const from = performance.now();
            document.body.append("");
            await null;
            times.push(performance.now() - from);
          }
          return times.sort((one, other) => one - other)[7];
        }"""
    )
    print(f"a page of 2 000 elements: {spent:.2f} ms")
    assert 0 < spent < 5


def test_nothing_moves_but_the_text_itself(tab: Page, shop: Pages, pool: Pool) -> None:
    shop.bodies["/"] = "<p id=top>030 123 45 67</p><h1>Below</h1>"
    shop.before = """<script>window.shift = 0; new PerformanceObserver((list) =>
      list.getEntries().map((one) => (shift += one.value))).observe({type: "layout-shift", buffered: true})
    </script>"""
    arrive(tab, shop.address())
    expect(tab.locator("#top")).to_have_text("030 555 00 01")
    tab.wait_for_timeout(200)
    assert tab.evaluate("shift") == 0


def test_a_site_without_pools_has_nothing_of_it(tab: Page, shop: Pages, form: Form) -> None:
    arrive(tab, shop.address(), status=204)
    script = tab.request.get(tab.evaluate("document.scripts[0].src")).text()
    assert form.site.key in script
    assert "wtai" not in script
