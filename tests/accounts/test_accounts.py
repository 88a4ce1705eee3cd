"""Logging in, tokens, secrets at rest."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from leadtrack.accounts.models import ApiToken
from leadtrack.accounts.roles import CAPABILITIES, may
from leadtrack.accounts.tokens import issue_token
from leadtrack.phones.models import CarrierAccount
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "first_page"), [("sales", "/inbox/"), ("marketer", "/reports/"), ("agency", "/reports/")]
)
def test_each_role_begins_where_its_work_is(role: str, first_page: str) -> None:
    make.member(role, "somebody")
    client = Client()
    answer = client.post("/accounts/login/", {"login": "somebody", "password": "secret"}, follow=True)
    assert answer.redirect_chain[-1][0] == first_page
    assert answer.status_code == 200


def test_a_wrong_password_is_told_beside_the_form() -> None:
    make.member("sales", "somebody")
    answer = Client().post("/accounts/login/", {"login": "somebody", "password": "guess"})
    assert answer.status_code == 200
    assert "not correct" in answer.content.decode()


@override_settings(ACCOUNT_RATE_LIMITS={"login_failed": "3/5m/key"})
def test_guessing_passwords_is_slowed_down() -> None:
    cache.clear()
    make.member("sales", "somebody")
    client = Client()
    for _guess in range(3):
        client.post("/accounts/login/", {"login": "somebody", "password": "guess"})
    answer = client.post("/accounts/login/", {"login": "somebody", "password": "secret"})
    assert "Too many failed" in answer.content.decode()
    cache.clear()


def test_nobody_signs_up() -> None:
    answer = Client().post(
        "/accounts/signup/",
        {"username": "x", "password1": "a-long-password-1", "password2": "a-long-password-1"},
    )
    assert get_user_model().objects.count() == 0
    assert "Sign Up Closed" in answer.content.decode() or "closed" in answer.content.decode().lower()


def test_a_user_without_a_role_sees_nothing() -> None:
    client = Client()
    client.force_login(get_user_model().objects.create_user("guest", password="x"))
    assert client.get("/").status_code == 403
    assert client.get("/api/v1/leads").status_code == 403


def test_a_token_opens_the_api_until_it_is_revoked() -> None:
    token, key = issue_token(member=make.member("marketer"), name="reports")
    headers = {"Authorization": f"Token {key}"}
    assert Client().get("/api/v1/reports/sources", headers=headers).status_code == 200
    ApiToken.objects.update(revoked_at=timezone.now())
    assert Client().get("/api/v1/reports/sources", headers=headers).status_code == 401
    assert key not in str(vars(token))


def test_a_token_of_a_retired_user_is_dead() -> None:
    member = make.member("marketer")
    _token, key = issue_token(member=member, name="reports")
    get_user_model().objects.filter(pk=member.user.pk).update(is_active=False)
    answer = Client().get("/api/v1/reports/sources", headers={"Authorization": f"Token {key}"})
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "authentication_failed"


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token \u00e9", "Bearer ", "Token " + "x" * 5000])
def test_a_broken_token_is_refused(header: str) -> None:
    assert Client().get("/api/v1/leads", HTTP_AUTHORIZATION=header).status_code == 401


def test_when_a_token_was_used_is_kept_without_a_write_each_time() -> None:
    token, key = issue_token(member=make.member("marketer"), name="reports")
    headers = {"Authorization": f"Token {key}"}
    with time_machine.travel(make.NOON, tick=False):
        Client().get("/api/v1/reports/sources", headers=headers)
    with time_machine.travel(make.NOON + timedelta(minutes=5), tick=False):
        Client().get("/api/v1/reports/sources", headers=headers)
    token.refresh_from_db()
    assert token.last_used_at == make.NOON


def test_the_admin_shows_a_new_token_once() -> None:
    admin = make.member("admin")
    client = Client()
    client.force_login(admin.user)
    form = {"name": "reports", "member": admin.pk, "revoked_at_0": "", "revoked_at_1": ""}
    page = client.post("/admin/leadtrack_accounts/apitoken/add/", form, follow=True).content.decode()
    key = re.search(r"lt_[\w-]{40,}", page)
    assert key is not None
    again = client.get(f"/admin/leadtrack_accounts/apitoken/{ApiToken.objects.get().pk}/change/")
    assert key[0] not in again.content.decode()
    assert (
        client.get("/api/v1/reports/sources", headers={"Authorization": f"Token {key[0]}"}).status_code == 200
    )


def test_a_carrier_secret_is_ciphertext_in_the_database() -> None:
    account = make.carrier_account(auth_token="very-secret-token")
    with connection.cursor() as cursor:
        cursor.execute("SELECT auth_token FROM leadtrack_phones_carrieraccount")
        (stored,) = cursor.fetchone()
    assert "very-secret-token" not in stored
    assert CarrierAccount.objects.get(pk=account.pk).auth_token == "very-secret-token"


def test_the_guest_agency_may_read_sums_and_no_person() -> None:
    assert may("agency", "reports.read")
    assert not may("agency", "personal.read")
    assert not any(may("agency", name) for name in ("leads.work", "spend.load", "phones.manage"))
    assert not may("nobody", "leads.read")
    assert CAPABILITIES["sales_manager"] > CAPABILITIES["sales"]
