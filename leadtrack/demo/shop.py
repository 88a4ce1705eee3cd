"""The demo firm's website, on an origin of its own: static pages with a few blanks filled in."""

from collections.abc import Mapping
from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PAGES = Path(__file__).parent / "site"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


def serve(
    *, leadtrack: str, site: str, form: str, phone: str, host: str = "127.0.0.1", port: int = 0
) -> ThreadingHTTPServer:
    """A bound web server of the shop: call serve_forever() to run it, then shutdown() and server_close().

    leadtrack is the base URL of LeadTrack, site and form are public keys, phone is E.164; port 0 takes a
    free one.
    """
    blanks = {"LEADTRACK": leadtrack.rstrip("/"), "SITE": site, "FORM": form, "PHONE": phone}
    return ThreadingHTTPServer((host, port), partial(_ShopRequest, blanks))


class _ShopRequest(BaseHTTPRequestHandler):
    def __init__(self, blanks: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        self.blanks = blanks
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        """A page of the shop, by its name; the start page at /."""
        name = urlsplit(self.path).path.removeprefix("/") or "index.html"
        # Only what lies in the folder itself: a name from outside never becomes a path.
        page = {path.name: path for path in PAGES.iterdir()}.get(name)
        if page is None:
            self.send_error(404)
            return
        content = self._filled(page.read_text(encoding="utf-8")).encode()
        self.send_response(200)
        self.send_header("Content-Type", TYPES.get(page.suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the shop runs beside LeadTrack, whose log is the one to read."""

    def _filled(self, text: str) -> str:
        for name, value in self.blanks.items():
            text = text.replace("{{" + name + "}}", escape(value))
        return text
