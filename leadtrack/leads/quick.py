"""The form door without Django around it, for the plain case that nearly every form is.

leadtrack/wsgi.py asks here first. What Django's way (`leads.api`) would answer is answered, byte for byte,
and the same lines are logged; what is not plain, wrong or broken is left to it, with the body as it came.
"""

import io
import json
import logging
import re
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest

from leadtrack.leads import api, inbox
from leadtrack.leads.models import Form, InboxRow
from leadtrack.leads.submission import Submission, read_submission
from leadtrack.ui.doors import DEFAULT_MAX_BYTES
from leadtrack.visits.sites import listed_origins, normal_origin
from leadtrack.visits.staff import client_address

# What is longer is a film, a scan or an attack.
MOST_BYTES: Final = 64 * 1024
PATH: Final = "/api/v1/forms/"

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_STATUS: Final = {True: "201 Created", False: "200 OK"}
# The lines that Django's middleware writes of every other request.
_lines = structlog.get_logger("django_structlog.middlewares.request")
logger = logging.getLogger(__name__)


def take(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes] | None:
    """Store a plain form and answer it; None, and nothing answered, for any other request."""
    if not environ.get("PATH_INFO", "").startswith(PATH) or not _is_plain(environ):
        return None
    try:
        answer = _answer(environ)
    except DatabaseError as problem:
        api.notice(problem)
        answer = None
    except Exception as problem:
        # Django's way meets the same, and knows what to do about it.
        logger.warning("a form is taken the long way (%s)", type(problem).__name__)
        answer = None
    if answer is None:
        return None
    status, headers, content = answer
    start_response(status, headers)
    return [content]


def _answer(environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes] | None:
    key, body = environ["PATH_INFO"].removeprefix(PATH), _body(environ)
    form = api.form_for(key) if body is not None and _KEY.fullmatch(key) else None
    if form is None or body is None:
        return None
    headers = _headers(environ.get("HTTP_ORIGIN", ""))
    submission = read_submission(environ.get("CONTENT_TYPE", ""), body)
    if not submission.enquiry.is_reachable:
        return None
    row, is_new = _accept(environ, form, submission)
    content = json.dumps({"id": row.public_id, "duplicate": not is_new})
    return _STATUS[is_new], headers, content.encode()


def _is_plain(environ: WSGIEnvironment) -> bool:
    """Of an announced, usual length, at the root of its host, for a script, with no outage to think of."""
    announced = environ.get("CONTENT_LENGTH") or ""
    most = min(MOST_BYTES, getattr(settings, "LEADTRACK_DOOR_MAX_BYTES", DEFAULT_MAX_BYTES))
    return (
        environ.get("REQUEST_METHOD") == "POST"
        and announced.isdecimal()
        and len(announced) < 8
        and int(announced) <= most
        and not environ.get("HTTP_TRANSFER_ENCODING")
        and not environ.get("SCRIPT_NAME")
        and not _shows_answer(environ.get("HTTP_ACCEPT"))
        and api.is_calm()
    )


def _body(environ: WSGIEnvironment) -> bytes | None:
    """The whole body, which stays there for whoever reads it after us; None if it is not whole."""
    size = int(environ["CONTENT_LENGTH"])
    body: bytes = environ["wsgi.input"].read(size) if size else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body if len(body) == size else None


def _accept(environ: WSGIEnvironment, form: Form, submission: Submission) -> tuple[InboxRow, bool]:
    with structlog.contextvars.bound_contextvars(request_id=str(uuid.uuid4())):
        request = f"POST {environ['PATH_INFO']}"
        _lines.info("request_started", request=request)
        row, is_new = inbox.accept(
            form=form,
            submission=submission,
            received_at=datetime.now(UTC),
            referer_header=environ.get("HTTP_REFERER", ""),
            user_agent=environ.get("HTTP_USER_AGENT", ""),
            origin_header=environ.get("HTTP_ORIGIN", ""),
            address=client_address(environ),
        )
        if is_new:
            inbox.wake(row)
        _lines.info("request_finished", code=201 if is_new else 200, request=request)
    return row, is_new


def _headers(origin: str) -> list[tuple[str, str]]:
    """As the door and django-cors-headers write them."""
    headers = [
        ("Content-Type", "application/json"),
        ("X-Content-Type-Options", "nosniff"),
        ("Vary", "origin"),
    ]
    if origin and normal_origin(origin) in listed_origins():
        headers.append(("access-control-allow-origin", origin))
    return headers


@lru_cache(maxsize=1024)
def _shows_answer(accept: str | None) -> bool:
    """Whether the browser itself sent the form, as the door decides it."""
    request = HttpRequest()
    request.META = {} if accept is None else {"HTTP_ACCEPT": accept}
    return api.is_navigation(request)
