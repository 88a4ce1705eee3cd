"""The beacon's door, through Django and through the short cut in wsgi.py: the same answers."""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from leadtrack import wsgi
from leadtrack.visits import beacon, sites
from leadtrack.visits.models import Site, SiteOrigin, Visit
from tests import make

pytestmark = pytest.mark.django_db

ORIGIN = "https://shop.example"
VISITOR = "0123456789abcdef0123456789abcdef"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/131.0.0.0 Safari/537.36"
)
Door = Callable[..., tuple[int, Mapping[str, str], bytes]]


def by_django(
    body: bytes, *, origin: str = ORIGIN, agent: str = CHROME
) -> tuple[int, Mapping[str, str], bytes]:
    headers = {"user-agent": agent} | ({"origin": origin} if origin else {})
    client = Client(enforce_csrf_checks=True)
    response = client.post("/api/v1/visits", body, content_type="text/plain;charset=UTF-8", headers=headers)
    return response.status_code, response.headers, response.content


def by_short_cut(
    body: bytes, *, origin: str = ORIGIN, agent: str = CHROME, length: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/v1/visits",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": str(len(body)) if length is None else length,
        "HTTP_USER_AGENT": agent,
        "wsgi.input": io.BytesIO(body),
    } | ({"HTTP_ORIGIN": origin} if origin else {})
    answered: list[Any] = []
    content = b"".join(wsgi.application(environ, lambda status, headers: answered.append((status, headers))))
    status, headers = answered[0]
    return int(status.split(" ", 1)[0]), dict(headers), content


@pytest.fixture
def housekeeping(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the short cut does with connections; not done, as the test's own transaction stands on one."""
    done: list[str] = []
    monkeypatch.setattr(wsgi, "reset_queries", lambda: done.append("reset"))
    monkeypatch.setattr(wsgi, "close_old_connections", lambda: done.append("close"))
    return done


@pytest.fixture(autouse=True)
def _keep_the_connection(housekeeping: list[str]) -> None:
    """For every test here."""


@pytest.fixture(params=[by_django, by_short_cut], ids=["django", "short cut"])
def door(request: pytest.FixtureRequest) -> Door:
    return request.param


@pytest.fixture
def site(db: None) -> Site:
    return make.site(origin=ORIGIN)


def hit(place: Site, /, **fields: Any) -> bytes:
    page = {"site": place.key, "visitor": VISITOR, "url": f"{ORIGIN}/?utm_source=yandex&utm_medium=cpc"}
    return json.dumps(page | fields).encode()


def error_of(content: bytes) -> dict[str, Any]:
    told = json.loads(content)
    assert told["type"] in {"client_error", "server_error"}
    return told["errors"][0]


def test_it_stores_the_visit(door: Door, site: Site) -> None:
    status, headers, content = door(hit(site, referrer="https://yandex.ru/"))
    assert (status, content) == (204, b"")
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in headers["Vary"]
    visit = Visit.objects.get()
    assert (visit.visitor.key, visit.source.source, visit.source.medium) == (VISITOR, "yandex", "cpc")
    assert visit.referrer == "https://yandex.ru/"


def test_no_origin_is_a_server_or_the_same_origin(door: Door, site: Site) -> None:
    status, headers, _ = door(hit(site), origin="")
    assert status == 204
    assert "Access-Control-Allow-Origin" not in headers
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://shop.example", "https://shop.example:444", "rubbish"]
)
def test_another_origin_is_refused(door: Door, site: Site, origin: str) -> None:
    status, headers, content = door(hit(site), origin=origin)
    assert status == 403
    assert error_of(content)["code"] == "permission_denied"
    assert "Access-Control-Allow-Origin" not in headers
    assert not Visit.objects.exists()


def test_an_origin_of_another_site_is_refused(door: Door, site: Site) -> None:
    make.site(origin="https://other.example")
    assert door(hit(site), origin="https://other.example")[0] == 403


def test_an_unknown_site_is_not_found(door: Door, site: Site) -> None:
    status, _, content = door(hit(site, site="nobody"))
    assert (status, error_of(content)["attr"]) == (404, "site")


def test_a_site_that_is_not_active_is_not_found(door: Door, site: Site) -> None:
    Site.objects.update(is_active=False)
    assert door(hit(site))[0] == 404


@pytest.mark.parametrize(
    ("fields", "attr"),
    [
        ({"site": 7}, "site"),
        ({"site": ""}, "site"),
        ({"site": "k" * 33}, "site"),
        ({"visitor": None}, "visitor"),
        ({"visitor": "short"}, "visitor"),
        ({"visitor": "v" * 65}, "visitor"),
        ({"visitor": "<script>alert(1)</script>"}, "visitor"),
        ({"visitor": "0123456789\n"}, "visitor"),
        ({"visitor": "0123456789\0"}, "visitor"),
        ({"url": ["https://shop.example/"]}, "url"),
        ({"url": None}, "url"),
        ({"referrer": {"a": 1}}, "referrer"),
    ],
)
def test_a_wrong_field_is_named(door: Door, site: Site, fields: dict[str, Any], attr: str) -> None:
    status, headers, content = door(hit(site, **fields))
    assert status == 400
    assert headers["Content-Type"] == "application/json"
    assert error_of(content)["attr"] == attr
    assert attr in error_of(content)["detail"]
    assert not Visit.objects.exists()


@pytest.mark.parametrize("missing", ["site", "visitor", "url"])
def test_a_missing_field_is_named(door: Door, site: Site, missing: str) -> None:
    page = json.loads(hit(site))
    del page[missing]
    status, _, content = door(json.dumps(page).encode())
    assert (status, error_of(content)["attr"]) == (400, missing)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"no json",
        b"site=1&visitor=2",
        b"[]",
        b"null",
        b'{"site":',
        b'{"site":"\xff\xfe"}',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"site":"\\ud800"}',
        b'{"deep":' + b"[" * 8000 + b"]" * 8000 + b"}",
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_words(door: Door, site: Site, body: bytes) -> None:
    status, _, content = door(body)
    assert status == 400
    assert error_of(content)["detail"]


def test_a_nul_in_the_site_key_is_an_unknown_site(door: Door, site: Site) -> None:
    assert door(hit(site, site="a\0b"))[0] == 404


@pytest.mark.parametrize(
    "text",
    [
        "a\0b",
        "\u202egnp.exe",
        "=1+1",
        "<img src=x onerror=alert(1)>",
        "x" * 9000,
        "https://[::1",
        "/?q=%ff%00",
    ],
)
def test_hostile_addresses_are_stored_harmless(door: Door, site: Site, text: str) -> None:
    assert door(hit(site, url=text, referrer=text[:2000]))[0] == 204
    visit = Visit.objects.get()
    assert "\0" not in visit.landing_url
    assert len(visit.landing_url) <= 2048


def test_unknown_keys_are_ignored(door: Door, site: Site) -> None:
    assert door(hit(site, consent=True, more={"a": [1]}))[0] == 204


def test_a_body_may_be_64_kib_and_no_more(door: Door, site: Site) -> None:
    page = hit(site)
    fits = page + b" " * (beacon.MAX_BYTES - len(page))
    assert door(fits)[0] == 204
    status, _, content = door(fits + b" ")
    assert (status, error_of(content)["code"]) == (413, "too_large")
    assert door(b"[" * 5_000_000)[0] == 413
    assert Visit.objects.count() == 1


@pytest.mark.parametrize("length", ["", "rubbish", "-1", "9" * 5000, "²"])
def test_the_short_cut_takes_any_announced_length(site: Site, length: str) -> None:
    assert by_short_cut(hit(site), length=length)[0] == 204


ROBOTS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "facebookexternalhit/1.1",
    "WhatsApp/2.23.20.0",
    "Viber/13.3.0.5",
    "curl/8.5.0",
    CHROME.replace("Chrome/", "HeadlessChrome/"),
]
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Mobile/15E148"
)
PEOPLE = [
    "",
    CHROME,
    PHONE + " [FBAN/FBIOS;FBAV/471.0.0.30.108;FBBV/613;FBDV/iPhone14,5]",
    PHONE + " Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5)",
    PHONE + " Viber/23.1.0",
    CHROME + " [FB_IAB/FB4A;FBAV/467.0.0.48.107;]",
    CHROME + " MetaIAB Facebook",
    "\ud7ff" * 600,
]


@pytest.mark.parametrize("agent", ROBOTS)
def test_robots_are_answered_and_not_counted(door: Door, site: Site, agent: str) -> None:
    assert door(hit(site), agent=agent)[0] == 204
    assert not Visit.objects.exists()


@pytest.mark.parametrize("agent", PEOPLE)
def test_people_in_odd_browsers_are_counted(site: Site, agent: str) -> None:
    assert by_short_cut(hit(site), agent=agent)[0] == 204
    assert Visit.objects.count() == 1


def test_what_breaks_inside_is_logged_and_answered(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_anything: object) -> None:
        raise OperationalError("disk full at /secret/place")

    monkeypatch.setattr(beacon, "take_events", broken)
    status, headers, content = by_short_cut(hit(site))
    assert status == 500
    assert error_of(content)["code"] == "error"
    assert b"secret" not in content
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "disk full" in caplog.text


def test_the_short_cut_cares_for_connections_as_django_does(site: Site, housekeeping: list[str]) -> None:
    by_short_cut(hit(site))
    assert housekeeping == ["reset", "close", "close"]


def test_only_posts_to_its_path_take_the_short_cut(client: Client) -> None:
    assert client.get("/api/v1/visits").status_code == 405
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/healthz",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
    }
    wsgi.application(environ, lambda status, headers, *_: answered.append(status)).close()
    assert answered == ["200 OK"]


def test_a_site_is_looked_up_once_in_half_a_minute(
    site: Site,
    django_assert_num_queries,
    django_capture_on_commit_callbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        by_short_cut(hit(site))
    # Only the visit's own.
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 2):
        by_short_cut(hit(site))
    SiteOrigin.objects.update(origin="https://moved.example")
    assert by_short_cut(hit(site))[0] == 204
    now = sites.time.monotonic()
    monkeypatch.setattr(sites.time, "monotonic", lambda: now + 31)
    assert by_short_cut(hit(site))[0] == 403


def test_what_is_remembered_of_sites_has_a_limit(site: Site) -> None:
    for number in range(sites.MOST_KEYS + 5):
        sites.site_for(f"unknown-{number}")
    assert len(sites._sites) <= sites.MOST_KEYS
