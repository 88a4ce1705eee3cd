"""The slim path: what the outside world calls passes no session, log-in or CSRF, and always gets JSON."""

import logging

import pytest
from django.core.signals import got_request_exception
from django.test import Client
from django.utils import translation

from leadtrack.ui.doors import body_size, is_door

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("path", "base", "expected"), [
    ("/api/v1/forms/abc", "/", True),
    ("/api/v1/visits", "/", True),
    ("/api/v1/visits/", "/", True),
    ("/api/v1/visitsomething", "/", False),
    ("/lt.js", "/", True),
    ("/lt.json", "/", False),
    ("/hooks/voice", "/", True),
    ("/api/v1/leads", "/", False),
    ("/crm/hooks/voice", "/crm/", True),
    ("/hooks/voice", "/crm/", False),
])  # fmt: skip
def test_which_paths_are_doors(path: str, base: str, expected: bool) -> None:
    assert is_door(path, base) is expected


def test_a_door_sees_no_session_and_a_page_does(site: Client) -> None:
    nothing = {"session": False, "user": False, "_messages": False}
    assert site.get("/mounted/api/v1/forms/sees").json() == nothing
    assert site.get("/mounted/sees").json() == dict.fromkeys(nothing, True)


def test_a_door_knows_its_address_and_body(site: Client) -> None:
    answer = site.post("/mounted/api/v1/forms/ok", b"12345", content_type="text/plain")
    assert answer.json() == {"size": 5, "view": "leadtrack:form-door"}
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_bug_in_a_door_is_logged_and_told_without_details(site: Client, caplog) -> None:
    heard: list[object] = []

    def listen(sender: object, **kwargs: object) -> None:
        heard.append(sender)

    got_request_exception.connect(listen)
    with caplog.at_level(logging.ERROR, logger="django.request"):
        answer = site.post("/mounted/hooks/bug")
    got_request_exception.disconnect(listen)
    assert answer.status_code == 500
    assert answer.json()["type"] == "server_error"
    assert "secret detail" not in answer.text
    assert len(heard) == 1
    assert any("/mounted/hooks/bug" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(("url", "status", "code"), [
    ("/mounted/hooks/a/b/c", 404, "not_found"),
    ("/mounted/lt.js", 404, "not_found"),
    ("/mounted/hooks/denied", 403, "permission_denied"),
    ("/mounted/hooks/bad", 400, "bad_request"),
])  # fmt: skip
def test_refusals_are_json(site: Client, url: str, status: int, code: str) -> None:
    answer = site.get(url)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["code"] == code


def test_a_body_over_the_limit_is_refused_unread(site: Client, settings) -> None:
    settings.LEADTRACK_DOOR_MAX_BYTES = 100
    assert site.post("/mounted/hooks/ok", b"x" * 100, content_type="text/plain").status_code == 200
    answer = site.post("/mounted/hooks/ok", b"x" * 101, content_type="text/plain")
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["code"] == "too_large"


@pytest.mark.parametrize(("announced", "size"), [("", 0), ("-1", 0), ("many", 0), ("1e9", 0), ("12", 12)])
def test_a_strange_content_length_announces_nothing(rf, announced: str, size: int) -> None:
    assert body_size(rf.generic("POST", "/", CONTENT_LENGTH=announced)) == size


def test_a_door_does_not_speak_the_language_of_the_page_before(site: Client) -> None:
    translation.activate("ru")
    site.get("/mounted/hooks/ok", headers={"accept-language": "en"})
    assert translation.get_language() == "en"
