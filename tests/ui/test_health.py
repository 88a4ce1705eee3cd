"""Alive, and able to work."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from leadtrack.ui import health

pytestmark = pytest.mark.django_db


def test_a_living_process_says_so_without_the_database(site: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        answer = site.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_names_every_check(site: Client) -> None:
    answer = site.get("/readyz")
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "migrations": "ok", "broker": "ok"}}
    assert answer.status_code == 200


def test_a_migration_to_apply_is_not_ready(site: Client) -> None:
    MigrationRecorder.Migration.objects.using(connection.alias).filter(app="sessions").delete()
    answer = site.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "1 apps have migrations to apply"


def test_a_broker_that_is_down_is_not_ready_and_keeps_its_password(site: Client, monkeypatch) -> None:
    address = "amqp://leadtrack:hidden-password@127.0.0.1:1//"

    def connection_for_write(**options: object) -> object:
        from kombu import Connection

        return Connection(address, **options)

    monkeypatch.setattr(
        health.current_app._get_current_object(), "connection_for_write", connection_for_write
    )
    answer = site.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "broker": "failed"}
    assert "hidden-password" not in answer.text


def test_health_is_only_read(site: Client) -> None:
    assert site.post("/healthz").status_code == 405
