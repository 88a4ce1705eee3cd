"""The script of one site in a real browser: consent, frames, fields, other domains, the page's own words."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from leadtrack.leads.models import Form
from leadtrack.visits import goals, sites, staff
from leadtrack.visits.models import (
    Claim,
    ConsentDay,
    Goal,
    GoalHit,
    Site,
    SiteOrigin,
    StaffBrowser,
    Visit,
    Visitor,
)
from leadtrack.visits.tokens import token_of
from tests.e2e.pages import Pages, rows, serving
from tests.stack import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DOOR = re.compile("/api/v1/forms/")
BEACON = re.compile("/api/v1/visits")
ADVERT = "/?utm_source=google&utm_medium=cpc&utm_campaign=brand"
FIELDS = "<input name=phone value=+4930901820><button>Go</button>"


@pytest.fixture
def shop(live_server: Any, form: Form) -> Iterator[Pages]:
    line = f'<script src="{live_server.url}/lt/{form.site.key}.js" async></script>'
    with serving(Pages(line)) as pages:
        SiteOrigin.objects.update(origin=pages.address("").rstrip("/"))
        sites.forget()
        yield pages


@pytest.fixture
def has(form: Form) -> Callable[..., None]:
    """Gives the site other settings."""

    def settings(**fields: Any) -> None:
        Site.objects.update(**fields)
        sites.forget()

    return settings


def also_at(form: Form, address: str) -> None:
    SiteOrigin.objects.create(site=form.site, origin=address)
    sites.forget()


def arrive(tab: Page, address: str) -> None:
    with tab.expect_response(BEACON) as answer:
        tab.goto(address)
    assert answer.value.status in (200, 204)


def kept(context: BrowserContext, tab: Page) -> tuple[list[str], str | None]:
    """The ids in the browser's cookies, and the copy."""
    cookies = [str(one.get("value")) for one in context.cookies() if one.get("name") == "lt_v"]
    return cookies, tab.evaluate("localStorage.getItem('lt_v')")


def say(tab: Page, words: str) -> None:
    tab.evaluate(f"leadtrack({words})")


def visits_once(number: int) -> list[Visit]:
    wait_for(lambda: Visit.objects.count() >= number, seconds=10, what=f"{number} visits")
    found = list(Visit.objects.order_by("pk"))
    assert len(found) == number
    return found


# --- visits


def test_another_campaign_is_another_visit_of_the_same_browser(tab: Page, shop: Pages) -> None:
    arrive(tab, shop.address(ADVERT))
    arrive(tab, shop.address("/?utm_source=news&utm_medium=email"))
    first, second = visits_once(2)
    assert first.visitor == second.visitor
    assert (first.source.channel, second.source.channel) == ("Paid Search", "Email")


def test_every_step_of_an_application_is_a_page(tab: Page, shop: Pages) -> None:
    arrive(tab, shop.address(ADVERT))
    for step in ("pushState({}, '', '/a')", "replaceState({}, '', '/b')", "back()"):
        with tab.expect_response(BEACON):
            tab.evaluate(f"history.{step}")
    tab.evaluate("history.replaceState({scroll: 7}, '', location.href)")
    (visit,) = visits_once(1)
    assert visit.page_count == 4


def test_coming_back_by_the_browsers_memory_is_a_page(tab: Page, shop: Pages) -> None:
    arrive(tab, shop.address(ADVERT))
    before = Visit.objects.get().page_count
    with tab.expect_response(BEACON):
        # What a browser says when it brings a page back as it was left.
        tab.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert Visit.objects.get().page_count == before + 1


def test_leaving_tells_how_long_the_last_page_was_read(tab: Page, shop: Pages) -> None:
    tab.clock.install()
    arrive(tab, shop.address())
    visit = Visit.objects.get()
    tab.clock.fast_forward(60_000)
    # A real farewell would go out under the browser's true name, HeadlessChrome.
    with tab.expect_request(BEACON):
        tab.evaluate(
            """Object.defineProperty(document, "hidden", {value: true});
            document.dispatchEvent(new Event("visibilitychange"))"""
        )
    wait_for(
        lambda: Visit.objects.get().last_seen_at > visit.last_seen_at, seconds=10, what="the news of leaving"
    )
    assert Visit.objects.get().page_count == 1


def test_subdomains_know_the_browser(tab: Page, shop: Pages, form: Form, context: BrowserContext) -> None:
    hosts = ("www.firm.localhost", "blog.firm.localhost")
    for host in hosts:
        also_at(form, shop.address("", host))
    for host in hosts:
        arrive(tab, shop.address("/", host))
    assert Visitor.objects.count() == 1
    assert {one.get("domain") for one in context.cookies()} == {".firm.localhost"}


def test_the_older_line_goes_on_working(
    tab: Page, shop: Pages, form: Form, live_server: Any, context: BrowserContext
) -> None:
    make_goal(form, name="Calculator", kind=Goal.Kind.CALL)
    shop.line = f'<script src="{live_server.url}/lt.js" data-site="{form.site.key}" async></script>'
    arrive(tab, shop.address(ADVERT))
    with tab.expect_response(BEACON):
        tab.evaluate("history.pushState({}, '', '/a')")
    with tab.expect_response(BEACON):
        say(tab, "'goal', 'Calculator'")
    (visit,) = visits_once(1)
    assert (visit.page_count, visit.source.campaign) == (2, "brand")
    assert visit.goal_hits.count() == 1
    cookies, copy = kept(context, tab)
    assert cookies == [copy] == [visit.visitor.key]


# --- consent


def test_without_consent_nothing_is_kept_and_nobody_known(
    tab: Page, shop: Pages, has: Callable[..., None], context: BrowserContext, door: str
) -> None:
    has(consent="required")
    shop.bodies["/"] = f"<form method=post action={door}>{FIELDS}</form>"
    sent: list[Request] = []
    tab.on("request", lambda request: sent.extend([request]))
    arrive(tab, shop.address(ADVERT))
    with tab.expect_response(BEACON):
        tab.evaluate("history.pushState({}, '', '/later')")
    assert kept(context, tab) == ([], None)
    tab.get_by_role("button", name="Go").click()
    (row,) = rows(1)
    assert "lt_visitor" not in str(row.payload)
    assert "utm_campaign=brand" in str(row.payload)
    assert not Visitor.objects.exists()
    assert ConsentDay.objects.get().page_count == 2
    told = [json.loads(one.post_data or "{}") for one in sent if BEACON.search(one.url)]
    assert told == [{"site": Site.objects.get().key, "consent": False}] * 2


def test_consent_records_the_true_landing_and_its_end_forgets(
    tab: Page, shop: Pages, has: Callable[..., None], context: BrowserContext
) -> None:
    has(consent="required")
    arrive(tab, shop.address(ADVERT))
    with tab.expect_response(BEACON):
        tab.evaluate("history.pushState({}, '', '/later')")
    with tab.expect_response(BEACON):
        say(tab, "'consent', true")
    (visit,) = visits_once(1)
    assert (visit.source.campaign, visit.page_count) == ("brand", 2)
    assert visit.landing_url == shop.address(ADVERT)
    assert ConsentDay.objects.get().page_count == 0
    cookies, copy = kept(context, tab)
    assert cookies == [copy]
    assert copy.startswith(visit.visitor.key)
    # The next page knows it without being told.
    arrive(tab, shop.address("/next"))
    assert Visit.objects.get().page_count == 3
    say(tab, "'consent', false")
    assert kept(context, tab) == ([], None)
    arrive(tab, shop.address("/after"))
    assert Visit.objects.get().page_count == 3
    assert ConsentDay.objects.get().page_count == 1


def test_an_id_from_before_consent_was_asked_for_is_taken_away(
    tab: Page, shop: Pages, has: Callable[..., None], context: BrowserContext
) -> None:
    has(consent="required")
    context.add_cookies([{"name": "lt_v", "value": "a" * 32, "url": shop.address()}])
    with tab.expect_response(BEACON):
        tab.goto(shop.address())
    assert kept(context, tab) == ([], None)
    assert not Visitor.objects.exists()


# --- forms


def test_a_form_in_a_frame_without_the_script_is_caught(tab: Page, shop: Pages, door: str) -> None:
    shop.bodies["/"] = "<iframe src=/framed></iframe>"
    shop.bodies["/framed"] = f"<form method=post action={door}>{FIELDS}</form>"
    shop.bare.add("/framed")
    arrive(tab, shop.address(ADVERT))
    frame = tab.frame_locator("iframe")
    frame.get_by_role("button", name="Go").click()
    expect(frame.get_by_text("Thank you!")).to_be_visible()
    payload = str(rows(1)[0].payload)
    assert Visitor.objects.get().key in payload
    assert "utm_campaign=brand" in payload


def test_a_frame_with_the_script_too_sends_one_lead(tab: Page, shop: Pages, door: str) -> None:
    shop.bodies["/"] = "<iframe src=/framed></iframe>"
    shop.bodies["/framed"] = f"<form method=post action={door}>{FIELDS}</form>"
    arrive(tab, shop.address(ADVERT))
    frame = tab.frame_locator("iframe")
    frame.get_by_role("button", name="Go").dblclick()
    expect(frame.get_by_text("Thank you!")).to_be_visible()
    rows(1)
    assert Visitor.objects.count() == 1


def test_a_frame_of_another_domain_learns_who_and_from_where(
    tab: Page, shop: Pages, form: Form, door: str
) -> None:
    also_at(form, shop.address("", "localhost"))
    shop.bodies["/"] = f"<iframe src={shop.address('/framed', 'localhost')}></iframe>"
    shop.bodies["/framed"] = f"<form method=post action={door}>{FIELDS}</form>"
    arrive(tab, shop.address(ADVERT))
    tab.wait_for_timeout(1000)
    frame = tab.frame_locator("iframe")
    frame.get_by_role("button", name="Go").click()
    expect(frame.get_by_text("Thank you!")).to_be_visible()
    payload = str(rows(1)[0].payload)
    visit = Visit.objects.get()
    assert visit.visitor.key in payload
    assert "utm_campaign=brand" in payload


def test_a_form_added_later_is_caught(tab: Page, shop: Pages, door: str) -> None:
    arrive(tab, shop.address())
    tab.evaluate(
        "html => document.body.insertAdjacentHTML('beforeend', html)",
        f"<form method=post action={door}>{FIELDS}</form>",
    )
    tab.get_by_role("button", name="Go").dblclick()
    expect(tab.get_by_text("Thank you!")).to_be_visible()
    rows(1)


def test_when_leadtrack_is_down_the_clients_form_works(
    tab: Page, shop: Pages, form: Form, live_server: Any
) -> None:
    tab.route(f"{live_server.url}/**", lambda route: route.abort())
    shop.bodies["/"] = f"<form method=post action=/crm data-lt-form={form.key}>{FIELDS}</form>"
    tab.goto(shop.address())
    tab.get_by_role("button", name="Go").click()
    expect(tab.get_by_role("heading")).to_have_text("Their page")
    assert shop.posted == [{"phone": ["+4930901820"]}]


def test_when_the_doors_are_down_the_clients_form_works_and_the_copy_waits(
    tab: Page, shop: Pages, form: Form
) -> None:
    shop.bodies["/"] = f"<form method=post action=/crm data-lt-form={form.key}>{FIELDS}</form>"
    arrive(tab, shop.address())
    tab.route(DOOR, lambda route: route.abort())
    tab.get_by_role("button", name="Go").click()
    expect(tab.get_by_role("heading")).to_have_text("Their page")
    assert len(shop.posted) == 1
    tab.unroute(DOOR)
    tab.goto(shop.address("/next"))
    rows(1)


def test_hidden_fields_tell_the_clients_own_server(tab: Page, shop: Pages, has: Callable[..., None]) -> None:
    has(fills_fields=True)
    names = ("lt_visitor", "lt_page_url", "lt_referrer", "lt_landing_url", "utm_source", "utm_term", "gclid")
    hidden = "".join(f"<input type=hidden name={name}>" for name in names)
    own = "<input name=seen value=no data-lt-fill=utm_campaign><input name=utm_medium value=typed>"
    shop.bodies["/order"] = f"<form method=post action=/crm>{hidden}{own}{FIELDS}</form>"
    tab.set_extra_http_headers({"referer": "https://www.google.com/"})
    arrive(tab, shop.address(ADVERT + "&gclid=Cj0"))
    tab.set_extra_http_headers({})
    with tab.expect_response(BEACON):
        tab.evaluate("location = '/order'")
    tab.get_by_role("button", name="Go").click()
    expect(tab.get_by_role("heading")).to_have_text("Their page")
    assert shop.posted == [
        {
            "lt_visitor": [Visitor.objects.get().key],
            "lt_page_url": [shop.address("/order")],
            "lt_referrer": ["https://www.google.com/"],
            "lt_landing_url": [shop.address(ADVERT + "&gclid=Cj0")],
            "utm_source": ["google"],
            "gclid": ["Cj0"],
            "seen": ["brand"],
            "utm_medium": ["typed"],
            "phone": ["+4930901820"],
        }
    ]


# --- what the page says itself


def test_words_said_before_the_script_came_are_heard(tab: Page, shop: Pages, form: Form) -> None:
    make_goal(form, name="Calculator", kind=Goal.Kind.CALL)
    shop.before = """<script>
      window.leadtrack = window.leadtrack ||
        function () { (leadtrack.q = leadtrack.q || []).push(arguments) };
      leadtrack('goal', 'Calculator', 120.5, 'EUR');
      leadtrack('identify', {email: 'Ann@Example.com', phone: '+49 30 901820', id: 42});
      leadtrack('visitor', (id) => { document.title = id });
      leadtrack('nonsense');
    </script>"""
    tab.goto(shop.address(ADVERT))
    wait_for(
        lambda: GoalHit.objects.exists() and Claim.objects.count() == 3, seconds=10, what="goal and claims"
    )
    hit = GoalHit.objects.get()
    assert (hit.goal.name, hit.value_cents, hit.currency) == ("Calculator", 12050, "EUR")
    assert hit.visit == Visit.objects.get()
    said = set(Claim.objects.values_list("kind", "value"))
    assert said == {("email", "ann@example.com"), ("phone", "+4930901820"), ("id", "42")}
    expect(tab).to_have_title(Visitor.objects.get().key)


def make_goal(form: Form, **fields: Any) -> Goal:
    goal = Goal.objects.create(site=form.site, **fields)
    goals.forget()
    return goal


def test_a_click_reaches_a_goal(tab: Page, shop: Pages, form: Form) -> None:
    goal = make_goal(form, name="Price list", kind=Goal.Kind.CLICK, selector=".price >>> b")
    make_goal(form, name="Prices", kind=Goal.Kind.CLICK, selector=".price")
    shop.bodies["/"] = "<a class=price href='#'><b>Prices</b></a>"
    arrive(tab, shop.address())
    tab.get_by_text("Prices").click()
    wait_for(GoalHit.objects.exists, seconds=10, what="a goal")
    assert GoalHit.objects.get().goal.name == "Prices"
    assert goal.hits.count() == 0


def test_the_page_shows_the_visitors_code(tab: Page, shop: Pages, has: Callable[..., None]) -> None:
    has(shows_code=True)
    shop.bodies["/"] = "<b data-lt-code>0000-0000</b>"
    arrive(tab, shop.address())
    code = f"{int(Visitor.objects.get().key[:6], 16):08d}"
    expect(tab.locator("b")).to_have_text(f"{code[:4]}-{code[4:]}")
    tab.evaluate("document.body.insertAdjacentHTML('beforeend', '<i data-lt-code></i>')")
    expect(tab.locator("i")).to_have_text(f"{code[:4]}-{code[4:]}")


# --- words in the address


def test_a_personal_link_is_claimed_and_taken_out_of_the_address(tab: Page, shop: Pages) -> None:
    token = token_of("0123456789abcdef")
    arrive(tab, shop.address(f"/?utm_source=news&lt_c={token}&utm_medium=email#top"))
    assert tab.url == shop.address("/?utm_source=news&utm_medium=email#top")
    visit = Visit.objects.get()
    assert visit.landing_url == tab.url
    assert visit.page_count == 1
    assert Claim.objects.get().kind == "token"


def test_a_link_to_another_domain_of_the_site_takes_the_visitor_along(
    tab: Page, shop: Pages, form: Form
) -> None:
    also_at(form, shop.address("", "localhost"))
    shop.bodies["/"] = f"<a href='{shop.address('/pay?sum=1#form', 'localhost')}'>Pay</a>"
    arrive(tab, shop.address(ADVERT))
    link = tab.get_by_role("link", name="Pay")
    with tab.expect_response(BEACON) as asked:
        link.hover()
    assert asked.value.status == 200
    expect(link).to_have_attribute("href", re.compile("lt_x="))
    with tab.expect_response(BEACON) as arrived:
        link.click()
    key = Visitor.objects.get().key
    assert arrived.value.json() == {"visitor": key}
    assert tab.url == shop.address("/pay?sum=1#form", "localhost")
    (visit,) = visits_once(1)
    assert (visit.page_count, visit.source.campaign) == (2, "brand")
    wait_for(lambda: tab.evaluate("document.cookie").find(key) >= 0, seconds=5, what="the visitor's cookie")
    arrive(tab, shop.address("/thanks", "localhost"))
    assert Visitor.objects.count() == 1


def test_a_forged_word_is_cut_off_and_changes_nothing(tab: Page, shop: Pages, form: Form) -> None:
    also_at(form, shop.address("", "localhost"))
    arrive(tab, shop.address("/?lt_x=" + "a" * 32 + ".1abcde.forged"))
    assert tab.url == shop.address("/")
    assert not Visitor.objects.filter(key="a" * 32).exists()


def test_our_own_browser_is_left_out_and_taken_in_again(tab: Page, shop: Pages, form: Form) -> None:
    arrive(tab, shop.address("/?lt_staff=" + staff.word_for(site=form.site, wish=staff.OUT)))
    assert tab.url == shop.address("/")
    assert StaffBrowser.objects.count() == 1
    arrive(tab, shop.address("/about"))
    assert not Visit.objects.exists()
    arrive(tab, shop.address("/?lt_staff=" + staff.word_for(site=form.site, wish=staff.IN)))
    assert Visit.objects.count() == 1
