"""A client's website for the tests: any page with the snippet, and a back end that keeps what is posted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from leadtrack.leads.models import InboxRow
from tests.stack import wait_for

PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>{head}</head><body>{body}'
)


class Pages:
    """What the website serves: bodies by path; the line is in the head of all pages but those in `bare`."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.before = ""
        self.bodies: dict[str, str] = {}
        self.bare: set[str] = set()
        self.posted: list[dict[str, list[str]]] = []
        self.port = 0

    def address(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def page(self, path: str) -> str:
        head = "" if path in self.bare else self.before + self.line
        return PAGE.format(head=head, body=self.bodies.get(path, "<h1>A page</h1>"))


@contextmanager
def serving(pages: Pages) -> Iterator[Pages]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Request, pages))
    pages.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield pages
    server.shutdown()
    server.server_close()
    thread.join()


class _Request(BaseHTTPRequestHandler):
    def __init__(self, pages: Pages, *args: object) -> None:
        self.pages = pages
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._send(self.pages.page(urlsplit(self.path).path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.pages.posted.append(parse_qs(body))
        self._send("<!doctype html><title>Theirs</title><h1>Their page</h1>")

    def _send(self, text: str) -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


def rows(number: int) -> list[InboxRow]:
    """The inbox once it has as many rows."""
    wait_for(lambda: InboxRow.objects.count() >= number, seconds=10, what=f"{number} inbox rows")
    found = list(InboxRow.objects.order_by("pk"))
    assert len(found) == number
    return found
