import http.client
import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest

from leadtrack.demo import shop

Get = Callable[[str], tuple[int, str]]


@pytest.fixture(scope="module")
def get() -> Iterator[Get]:
    server = shop.serve(leadtrack="https://leads.example/", site="s1", form="f<1>", phone="+15550100020")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def ask(path: str) -> tuple[int, str]:
        line = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read().decode()

    yield ask
    server.shutdown()
    server.server_close()
    thread.join()


class _Addresses(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value or "" for name, value in attrs if name in {"href", "src", "action"}}


def test_the_start_page_has_script_form_and_number(get: Get) -> None:
    status, page = get("/?utm_source=google")
    assert status == 200
    assert '<script src="https://leads.example/lt/s1.js" async></script>' in page
    assert 'action="https://leads.example/api/v1/forms/f&lt;1&gt;"' in page
    assert 'href="tel:+15550100020"' in page


@pytest.mark.parametrize("name", ["index.html", "about.html", "thanks.html"])
def test_every_blank_is_filled_and_every_link_leads_somewhere(get: Get, name: str) -> None:
    status, page = get(f"/{name}")
    assert status == 200
    assert "{{" not in page
    inside = {link for link in _Addresses(page).found if ":" not in link and not link.startswith("#")}
    # A page that changes its address without loading must still find its pictures.
    assert all(link.startswith("/") for link in inside)
    assert {link: get(link)[0] for link in inside} == dict.fromkeys(inside, 200)


@pytest.mark.parametrize(
    "path", ["/nothing.html", "/../shop.py", "/%2e%2e/shop.py", "/..%2fshop.py", "//etc/passwd", "/."]
)
def test_nothing_else_is_served(get: Get, path: str) -> None:
    assert get(path)[0] == 404
