"""The snippet in a real browser, on pages of another origin."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from leadtrack.demo import shop as demo_shop
from leadtrack.leads.models import Form, InboxRow
from leadtrack.visits import sites
from leadtrack.visits.models import Site, SiteOrigin, Visit, Visitor
from tests.e2e.pages import rows
from tests.stack import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DOOR = re.compile("/api/v1/forms/")
BEACON = re.compile("/api/v1/visits")


@pytest.fixture
def shop(live_server: Any, form: Form) -> Iterator[str]:
    """The demo shop, on another port than LeadTrack: another origin."""
    server = demo_shop.serve(
        leadtrack=live_server.url, site=form.site.key, form=form.key, phone="+15550100020"
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    origin = f"http://127.0.0.1:{server.server_port}"
    SiteOrigin.objects.update(origin=origin)
    sites.forget()
    yield origin
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def own_page(tab: Page, shop: str) -> Callable[..., None]:
    """Opens a page of the shop with this body instead of its own."""

    def open_page(body: str, lang: str = "en") -> None:
        arrive(tab, f"{shop}/thanks.html")
        put = "([body, lang]) => { document.body.innerHTML = body; document.documentElement.lang = lang }"
        tab.evaluate(put, [body, lang])

    return open_page


def arrive(tab: Page, address: str) -> None:
    with tab.expect_response(BEACON) as answer:
        tab.goto(address)
    assert answer.value.status == 204


def fill(tab: Page, name: str = "Ann", phone: str = "+49 30 901820") -> None:
    tab.get_by_label("Your name").fill(name)
    tab.get_by_label("Phone").fill(phone)


def waiting(tab: Page) -> int:
    """How many leads the browser still keeps."""
    count: int = tab.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('lt_q ')).length")
    return count


def cookie(context: BrowserContext) -> dict[str, Any]:
    return next(dict(one) for one in context.cookies() if one["name"] == "lt_v")


def test_a_landing_and_the_pages_after_it_are_one_visit(
    tab: Page, shop: str, context: BrowserContext
) -> None:
    arrive(tab, f"{shop}/?utm_source=google&utm_medium=cpc&utm_campaign=brand")
    with tab.expect_response(BEACON):
        tab.get_by_role("link", name="About us").click()
    visit = Visit.objects.get()
    assert (visit.source.channel, visit.source.campaign, visit.page_count) == ("Paid Search", "brand", 2)
    assert visit.landing_url == f"{shop}/?utm_source=google&utm_medium=cpc&utm_campaign=brand"
    assert cookie(context)["value"] == Visitor.objects.get().key
    assert cookie(context)["sameSite"] == "Lax"
    assert re.fullmatch("[0-9a-f]{32}", cookie(context)["value"])


def test_the_browser_is_known_when_its_cookie_is_lost(tab: Page, shop: str, context: BrowserContext) -> None:
    arrive(tab, f"{shop}/")
    before = cookie(context)["value"]
    context.clear_cookies()
    arrive(tab, f"{shop}/about.html")
    assert cookie(context)["value"] == before
    assert Visitor.objects.count() == 1


def test_steps_inside_an_application_are_pages_of_the_visit(tab: Page, shop: str) -> None:
    tab.set_extra_http_headers({"referer": "https://www.google.com/"})
    arrive(tab, f"{shop}/")
    with tab.expect_response(BEACON):
        tab.evaluate("history.pushState({}, '', '/catalogue')")
    with tab.expect_response(BEACON):
        tab.evaluate("history.back()")
    visit = Visit.objects.get()
    assert (visit.source.channel, visit.page_count) == ("Organic Search", 3)


def test_a_form_is_sent_without_leaving_the_page(tab: Page, shop: str, context: BrowserContext) -> None:
    arrive(tab, f"{shop}/?utm_source=fb&utm_medium=cpc")
    tab.evaluate(
        "addEventListener('leadtrack:sent', (event) => { document.title = event.target.id || 'sent' })"
    )
    fill(tab)
    with tab.expect_response(DOOR) as answer:
        tab.get_by_role("button", name="Call me back").click()
    assert answer.value.status == 201
    expect(tab.get_by_text("Thank you! We call you within a quarter of an hour.")).to_be_visible()
    expect(tab).to_have_title("sent")
    assert tab.url.startswith(f"{shop}/?")
    payload = str(rows(1)[0].payload)
    for sent in ("Ann", "+49 30 901820", cookie(context)["value"], "utm_source=fb"):
        assert sent in payload
    assert waiting(tab) == 0


def test_a_double_click_is_one_lead(tab: Page, shop: str) -> None:
    arrive(tab, f"{shop}/")
    fill(tab)
    tab.get_by_role("button", name="Call me back").dblclick()
    expect(tab.get_by_text("Thank you!")).to_be_visible()
    rows(1)


def test_a_form_may_lead_to_another_page(tab: Page, shop: str) -> None:
    arrive(tab, f"{shop}/about.html")
    fill(tab)
    tab.get_by_role("button", name="Send me a quote").click()
    tab.wait_for_url(f"{shop}/thanks.html")
    assert len(rows(1)) == 1


def test_a_script_never_becomes_the_next_page(tab: Page, own_page: Callable[..., None], door: str) -> None:
    fields = (
        "<input name=lt_redirect type=hidden value='java&#10;script:document.title=1'>"
        "<input name=phone value=+4930901820><button>Go</button>"
    )
    own_page(f"<form method=post action={door}>{fields}</form>")
    tab.get_by_role("button", name="Go").click()
    expect(tab.get_by_text("Thank you!")).to_be_visible()
    expect(tab).not_to_have_title("1")


def test_a_refusal_is_told_and_can_be_corrected(tab: Page, shop: str) -> None:
    arrive(tab, f"{shop}/")
    fill(tab, phone="-")
    tab.get_by_role("button", name="Call me back").click()
    expect(tab.get_by_role("alert")).to_contain_text("phone number or an e-mail")
    expect(tab.get_by_role("button", name="Call me back")).to_be_enabled()
    assert waiting(tab) == 0
    fill(tab)
    tab.get_by_role("button", name="Call me back").click()
    expect(tab.get_by_role("alert")).to_have_text("Thank you! We call you within a quarter of an hour.")
    rows(1)


@pytest.mark.parametrize("trouble", ["network", "server"])
def test_a_lead_waits_in_the_browser_until_it_is_taken(tab: Page, shop: str, trouble: str) -> None:
    arrive(tab, f"{shop}/")
    bodies: list[str] = []

    def fail(route: Route) -> None:
        bodies.append(route.request.post_data or "")
        if trouble == "network":
            route.abort()
        else:
            route.fulfill(status=503, headers={"access-control-allow-origin": shop})

    tab.route(DOOR, fail)
    fill(tab)
    tab.get_by_role("button", name="Call me back").click()
    expect(tab.get_by_text("Thank you!")).to_be_visible()
    assert waiting(tab) == 1
    assert not InboxRow.objects.exists()
    tab.unroute(DOOR)
    with tab.expect_response(DOOR) as answer:
        tab.goto(f"{shop}/about.html")
    assert answer.value.request.post_data == bodies[0]
    rows(1)
    wait_for(lambda: waiting(tab) == 0, seconds=5, what="an empty queue")


def test_a_lead_is_sent_again_while_the_page_stays_open(tab: Page, shop: str) -> None:
    arrive(tab, f"{shop}/")
    tab.route(DOOR, lambda route: route.abort(), times=2)
    fill(tab)
    with tab.expect_response(DOOR, timeout=10_000):
        tab.get_by_role("button", name="Call me back").click()
    rows(1)


def test_without_storage_the_browser_sends_the_form_itself(
    tab: Page, shop: str, context: BrowserContext
) -> None:
    tab.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied') }})"
    )
    arrive(tab, f"{shop}/")
    tab.route(
        DOOR, lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_()
    )
    fill(tab)
    tab.get_by_role("button", name="Call me back").click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("Thank you")
    (row,) = rows(1)
    assert cookie(context)["value"] in str(row.payload)


def test_a_form_of_another_system_goes_its_own_way_and_we_get_a_copy(
    tab: Page, own_page: Callable[..., None], shop: str, form: Form
) -> None:
    tab.route(
        f"{shop}/crm", lambda route: route.fulfill(body="<h1>Their page</h1>", content_type="text/html")
    )
    fields = (
        "<input name=phone value=+4930901820><input type=password name=pin value=hunter2>"
        "<input type=file name=scan><input type=checkbox name=box value=a checked>"
        "<input type=checkbox name=box value=b checked>"
    )
    own_page(f"<form method=post action=/crm data-lt-form={form.key}>{fields}<button>Go</button></form>")
    with tab.expect_request(f"{shop}/crm") as theirs:
        tab.get_by_role("button", name="Go").click()
    expect(tab.get_by_role("heading")).to_have_text("Their page")
    assert "lt_visitor" not in (theirs.value.post_data or "")
    payload = str(rows(1)[0].payload)
    assert "+4930901820" in payload
    assert "hunter2" not in payload
    assert "scan" not in payload


def test_a_form_made_later_and_stopped_by_its_page_is_caught(
    tab: Page, own_page: Callable[..., None], form: Form
) -> None:
    own_page(
        f"<form action=/crm data-lt-form={form.key}>"
        "<input name=email value=ann@example.com><button>Go</button></form>"
    )
    tab.evaluate(
        """document.querySelector("form").addEventListener("submit", (event) => {
          event.preventDefault();
          event.stopImmediatePropagation();
        })"""
    )
    for _click in range(3):
        tab.get_by_role("button", name="Go").click()
    assert len(rows(1)) == 1


def test_it_thanks_in_russian_on_a_russian_page(tab: Page, own_page: Callable[..., None], door: str) -> None:
    fields = "<input name=phone value=+4930901820><button>Go</button>"
    own_page(f"<form method=post action={door}>{fields}</form>", lang="ru-RU")
    tab.get_by_role("button", name="Go").click()
    expect(tab.get_by_text("Спасибо!")).to_be_visible()


def test_other_forms_are_left_alone(tab: Page, own_page: Callable[..., None], shop: str) -> None:
    tab.route(f"{shop}/search*", lambda route: route.fulfill(body="<h1>Found</h1>", content_type="text/html"))
    fields = "<input name=q value=windows><input name=action value=x><button>Go</button>"
    own_page(f"<form action=/search>{fields}</form>")
    tab.get_by_role("button", name="Go").click()
    expect(tab.get_by_role("heading")).to_have_text("Found")
    assert tab.url == f"{shop}/search?q=windows&action=x"
    assert not InboxRow.objects.exists()


def test_an_unknown_site_key_breaks_nothing(tab: Page, shop: str) -> None:
    Site.objects.update(is_active=False)
    sites.forget()
    tab.goto(f"{shop}/", wait_until="networkidle")
    expect(tab.get_by_role("heading", level=1)).to_be_visible()
    assert not Visit.objects.exists()
