"""The web application, served by granian."""

import logging
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadtrack.settings")

django_application = get_wsgi_application()

# Only now: these read models.
from leadtrack.leads import spool  # noqa: E402
from leadtrack.visits import beacon, staff  # noqa: E402

logger = logging.getLogger("leadtrack.visits")
spool.replay_soon()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Django, except that the beacon is answered before its handler: page views come thousands a minute,
    and Django's way round would take half of the time of each."""
    if environ.get("PATH_INFO") != beacon.PATH or environ.get("REQUEST_METHOD") != "POST":
        return django_application(environ, start_response)
    status, headers, body = _answer_beacon(environ)
    sent = [*headers.items(), *([("Content-Length", str(len(body)))] if body else [])]
    start_response(f"{status} {HTTPStatus(status).phrase}", sent)
    return [body]


def _answer_beacon(environ: WSGIEnvironment) -> beacon.Answer:
    """With what Django does around a request for its database connections."""
    reset_queries()
    close_old_connections()
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
    finally:
        close_old_connections()


def _body(environ: WSGIEnvironment) -> bytes:
    """The body, or enough of it to see that it is too large."""
    announced = environ.get("CONTENT_LENGTH") or ""
    most = beacon.MAX_BYTES + 1
    is_number = announced.isdecimal() and len(announced) < 19
    size = min(int(announced), most) if is_number else most
    body: bytes = environ["wsgi.input"].read(size)
    return body
