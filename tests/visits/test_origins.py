import pytest
from django.test import Client

from leadtrack.visits.models import Site, SiteOrigin
from leadtrack.visits.sites import normal_origin
from tests import make

pytestmark = pytest.mark.django_db

LISTED = "https://shop.example"


def preflight(client: Client, path: str, origin: str) -> str | None:
    headers = {"origin": origin, "access-control-request-method": "POST"}
    response = client.options(path, headers=headers)
    return response.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize("path", ["/api/v1/visits", "/api/v1/forms/abc"])
def test_a_listed_origin_may_call_the_doors(client: Client, path: str) -> None:
    make.site(origin=LISTED)
    assert preflight(client, path, LISTED) == LISTED


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://shop.example", "https://shop.example.evil.example"]
)
def test_other_origins_may_not(client: Client, origin: str) -> None:
    make.site(origin=LISTED)
    assert preflight(client, "/api/v1/visits", origin) is None


@pytest.mark.parametrize("path", ["/", "/api/v1/schema", "/admin/", "/spend/", "/api/v1/visitsx"])
def test_nobody_may_call_the_pages(client: Client, path: str) -> None:
    make.site(origin=LISTED)
    assert preflight(client, path, LISTED) is None


def test_an_origin_of_a_site_that_is_not_active_may_not(client: Client) -> None:
    make.site(origin=LISTED, is_active=False)
    assert preflight(client, "/api/v1/visits", LISTED) is None


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://Shop.Example/", "https://shop.example"),
        (" https://shop.example/catalogue?x=1 ", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("http://[::1]:8001", "http://[::1]:8001"),
        ("https://магазин.рф", "https://xn--80aairftm.xn--p1ai"),
        ("null", "null"),
        ("shop.example", "shop.example"),
        ("https://[broken", "https://[broken"),
        ("https://a..b", "https://a..b"),
        ("https://shop.example:99999999", "https://shop.example:99999999"),
        ("ftp://shop.example", "ftp://shop.example"),
        ("", ""),
    ],
)
def test_an_origin_is_read_as_browsers_send_it(written: str, sent: str) -> None:
    assert normal_origin(written) == sent


def test_admin_keeps_origins_in_that_form_and_they_hold_at_once(login) -> None:
    client = login("admin")
    form = {
        "name": "Shop",
        "time_zone": "Europe/Riga",
        "region": "LV",
        "is_active": "on",
        "consent": "free",
        "spam_threshold": "70",
        "origins-TOTAL_FORMS": "1",
        "origins-INITIAL_FORMS": "0",
        "origins-0-origin": "https://WWW.Shop.example/catalogue",
    }
    assert preflight(client, "/api/v1/visits", "https://www.shop.example") is None
    response = client.post("/admin/leadtrack_visits/site/add/", form)
    assert response.status_code == 302, response.context["errors"]
    assert SiteOrigin.objects.get().origin == "https://www.shop.example"
    assert preflight(client, "/api/v1/visits", "https://www.shop.example") == "https://www.shop.example"
    page = client.get(f"/admin/leadtrack_visits/site/{Site.objects.get().pk}/change/").content.decode()
    assert f"data-site=&quot;{Site.objects.get().key}&quot;" in page


def test_admin_refuses_an_address_without_a_scheme(login) -> None:
    form = {
        "name": "Shop",
        "time_zone": "Europe/Riga",
        "origins-TOTAL_FORMS": "1",
        "origins-INITIAL_FORMS": "0",
        "origins-0-origin": "shop.example",
    }
    response = login("admin").post("/admin/leadtrack_visits/site/add/", form)
    assert "with http:// or https://" in response.content.decode()
    assert not Site.objects.exists()


@pytest.mark.parametrize("table", ["visitor", "visit"])
def test_admin_only_shows_visits(login, table: str) -> None:
    make.visit()
    client = login("admin")
    assert client.get(f"/admin/leadtrack_visits/{table}/").status_code == 200
    assert client.get(f"/admin/leadtrack_visits/{table}/add/").status_code == 403
