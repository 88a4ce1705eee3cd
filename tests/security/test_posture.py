# ruff: noqa: E501 (tables are easier to read in one line each)
"""What browsers are told, and what is not handed out: headers, cookies, redirects, secrets, files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client

from leadtrack.leads import waking
from leadtrack.phones.models import CarrierAccount
from tests import make
from tests.security.world import ROUTES, World, build, page_client

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
DOORS = (
    "beacon",
    "form-door",
    "vendor-door",
    "twilio-",
    "pbx",
    "snippet",
    "site-snippet",
    "(nameless",
    "api-",
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(waking.current_app, "send_task", lambda *_, **__: None)
    return build()


def _pages(world: World) -> dict[str, str]:
    found = {name: world.address(name) for name in ROUTES if not name.startswith(DOORS)}
    return found | {"login": "/accounts/login/", "admin": "/admin/", "language": "/i18n/setlang/"}


def test_every_post_of_a_page_needs_the_csrf_token(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.member("admin").user)
    answers = {name: client.post(address).status_code for name, address in _pages(world).items()}
    assert set(answers.values()) == {403}, {name: code for name, code in answers.items() if code != 403}


def test_the_api_takes_no_session_without_the_csrf_token(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.member("admin").user)
    address = world.address("api-lead-reopen")
    assert client.post(address, content_type="application/json").status_code == 403


def test_every_page_has_the_strict_headers(world: World) -> None:
    client = page_client("admin")
    for name, address in _pages(world).items():
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy, name
        assert "script-src 'self';" in policy + ";", name
        assert headers["X-Frame-Options"] == "DENY", name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["Referrer-Policy"] == "same-origin", name


def test_only_the_page_of_the_api_may_have_inline_styles() -> None:
    policy = page_client("admin").get("/api/v1/docs").headers["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy + ";"


CODE = (
    "from django.conf import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, "
    "s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, s.SECURE_HSTS_SECONDS > 0, s.SECURE_SSL_REDIRECT)"
)


def test_under_https_cookies_stay_there(tmp_path: Path) -> None:
    key = "a" * 43 + "="
    environment = {"LEADTRACK_ENV": "production", "SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "crm.example.com",
                   "PUBLIC_BASE_URL": "https://crm.example.com", "LEADTRACK_FIELD_KEYS": key, "DEBUG": "off",
                   "LEADTRACK_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "leadtrack.settings"}  # fmt: skip
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, env=os.environ | environment,
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.split() == ["True", "True", "True", "Lax", "True", "True"]


FOREIGN = ("https://evil.example/", "//evil.example", "/\\evil.example", "http:///evil.example", "javascript:alert(1)",
           "https:evil.example", "\thttps://evil.example", "https://shop.example@evil.example/")  # fmt: skip


@pytest.mark.parametrize("target", FOREIGN)
def test_nobody_is_sent_to_a_foreign_page(world: World, target: str) -> None:
    stranger, member = page_client("stranger"), make.member("sales")
    html = {"accept": "text/html"}
    form = stranger.post(
        world.address("form-door"), {"phone": "030 12345678", "lt_redirect": target}, headers=html
    )
    assert "Location" not in form.headers
    login = {"login": member.user.get_username(), "password": "secret", "next": target}
    for answer in (
        stranger.post("/accounts/login/", login),
        stranger.post("/i18n/setlang/", {"next": target}),
    ):
        assert answer.status_code == 302
        assert "evil" not in answer.headers["Location"]
        assert "javascript" not in answer.headers["Location"]


def test_a_foreign_host_is_refused() -> None:
    client = page_client("stranger")
    for address in ("/accounts/login/", "/accounts/password/reset/"):
        assert client.get(address, headers={"host": "evil.example"}).status_code == 400


def test_nobody_signs_up_and_the_admin_has_no_door_of_its_own() -> None:
    client = page_client("stranger")
    fields = {
        "username": "eve",
        "email": "eve@example.com",
        "password1": "qwe!2345asdf",
        "password2": "qwe!2345asdf",
    }
    client.post("/accounts/signup/", fields)
    assert not make.Member.objects.filter(user__username="eve").exists()
    assert not CarrierAccount._meta.apps.get_model("auth", "User").objects.filter(username="eve").exists()
    assert client.get("/admin/login/?next=/admin/").headers["Location"].startswith("/accounts/login/")
    assert page_client("sales").get("/admin/").status_code in (302, 403)


def test_the_carriers_token_is_told_to_nobody(world: World) -> None:
    client, secret = page_client("admin"), "tok-3c1f-very-secret"
    row = CarrierAccount.objects.get()
    sent = {"name": "Twilio", "kind": row.kind, "account_sid": row.account_sid, "auth_token": secret}
    address = f"/admin/leadtrack_phones/carrieraccount/{row.pk}/change/"
    assert client.post(address, sent).status_code == 302
    row.refresh_from_db()
    assert row.auth_token == secret
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT auth_token FROM {CarrierAccount._meta.db_table}")
        assert secret not in str(cursor.fetchall())
    history = address.replace("change", "history")
    shown = [
        client.get(page).content.decode()
        for page in (address, history, "/admin/leadtrack_phones/carrieraccount/")
    ]
    shown += [str(entry.changes) for entry in LogEntry.objects.all()]
    assert LogEntry.objects.exists()
    assert not [text for text in shown if secret in text]


def test_rejected_rows_and_reports_hold_no_formula(world: World) -> None:
    row = world.statement.rejected_rows.first()
    row.raw = '=HYPERLINK("http://evil.example";"x")'
    row.save()
    response = page_client("agency").get(world.address("spend-rejected-csv"))
    assert "'=HYPERLINK" in b"".join(response.streaming_content).decode()


def test_uploaded_files_are_served_to_nobody(world: World) -> None:
    name = world.statement.file.name
    for role in ("stranger", "admin"):
        for address in (f"/media/{name}", f"/{name}", f"/static/{name}", f"/static/../media/{name}"):
            assert page_client(role).get(address).status_code == 404


def test_readiness_tells_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("amqp://guest:secret-of-rabbits@10.0.0.1:5672 refused")

    monkeypatch.setattr("leadtrack.ui.health.broker_answers", fail)
    response = page_client("stranger").get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["broker"] == "failed"
    assert "secret" not in response.content.decode()
