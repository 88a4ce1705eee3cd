"""Is this process alive, and can it work? For load balancers and the container's health checks."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from threading import Thread

from celery import current_app
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

log = logging.getLogger(__name__)

BROKER_LIMIT = 1  # seconds


class NotReadyError(Exception):
    """A check found that the process cannot work yet; the text has no secrets and may be shown."""


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nothing else, so a slow database never gets it killed."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations and broker are fine, else 503; each check by name, without secrets."""
    checks = {"database": database_answers, "migrations": migrations_are_applied, "broker": broker_answers}
    results = {name: _outcome(name, check) for name, check in checks.items()}
    is_ready = all(result == "ok" for result in results.values())
    return JsonResponse(
        {"status": "ok" if is_ready else "unavailable", "checks": results}, status=200 if is_ready else 503
    )


def database_answers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def migrations_are_applied() -> None:
    """Raises NotReadyError while the database lacks the last migration of any app."""
    missing = _last_migrations() - MigrationRecorder(connection).applied_migrations().keys()
    if missing:
        raise NotReadyError(f"{len(missing)} apps have migrations to apply")


def broker_answers() -> None:
    """Raises when no connection to the broker stands within BROKER_LIMIT seconds."""
    # Not every transport keeps the time limit it is given; a daemon thread holds up neither us nor the exit.
    outcome: Future[None] = Future()
    Thread(target=_connect, args=(outcome,), name="readyz-broker", daemon=True).start()
    outcome.result(timeout=BROKER_LIMIT)


def _connect(outcome: Future[None]) -> None:
    try:
        with current_app.connection_for_write(connect_timeout=BROKER_LIMIT) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_LIMIT)
    except Exception as problem:  # raised again by broker_answers, in its own thread
        outcome.set_exception(problem)
    else:
        outcome.set_result(None)


@cache
def _last_migrations() -> frozenset[tuple[str, str]]:
    # The files cannot change under a running process; reading them takes 0.1 s, too long for every probe.
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _outcome(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except NotReadyError as reason:
        return str(reason)
    except Exception:
        # Addresses and passwords may stand in the exception: into the log's traceback, never into the answer.
        log.exception("readiness check failed", extra={"check": name})
        return "failed"
    return "ok"
