"""The web application, served by granian."""

import gc
import logging
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadtrack.settings")

django_application = get_wsgi_application()

# Only now: these read models.
from leadtrack.leads import quick, spool  # noqa: E402
from leadtrack.visits import beacon, staff  # noqa: E402

logger = logging.getLogger("leadtrack.visits")
Short = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes] | None]
spool.replay_soon()
# What is loaded by now stays: a collector that went through it again and again would hold up requests.
reverse("leadtrack:home")
gc.collect()
gc.freeze()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Django, except that beacons and plain forms are answered before its handler: they come thousands a
    minute, and Django's way round would take half of the time of each."""
    if environ.get("REQUEST_METHOD") == "POST":
        path = environ.get("PATH_INFO", "")
        if path == beacon.PATH:
            return _as_a_request(_answer_beacon, environ, start_response) or []
        if path.startswith(quick.PATH) and (answer := _as_a_request(quick.take, environ, start_response)):
            return answer
    return django_application(environ, start_response)


def _as_a_request(
    answer: Short, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes] | None:
    """With what Django does around a request for its database connections."""
    reset_queries()
    close_old_connections()
    try:
        return answer(environ, start_response)
    finally:
        close_old_connections()


def _answer_beacon(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    status, headers, body = _answer(environ)
    sent = [*headers.items(), *([("Content-Length", str(len(body)))] if body else [])]
    start_response(f"{status} {HTTPStatus(status).phrase}", sent)
    return [body]


def _answer(environ: WSGIEnvironment) -> beacon.Answer:
    origin = environ.get("HTTP_ORIGIN", "")
    try:
        return beacon.answer(
            body=_body(environ),
            sender=beacon.Sender(origin, environ.get("HTTP_USER_AGENT", ""), staff.client_address(environ)),
            now=datetime.now(UTC),
        )
    except Exception:
        logger.exception("The beacon could not be answered.")
        return beacon.server_error(origin)


def _body(environ: WSGIEnvironment) -> bytes:
    """The body, or enough of it to see that it is too large."""
    announced = environ.get("CONTENT_LENGTH") or ""
    most = beacon.MAX_BYTES + 1
    is_number = announced.isdecimal() and len(announced) < 19
    size = min(int(announced), most) if is_number else most
    body: bytes = environ["wsgi.input"].read(size)
    return body
