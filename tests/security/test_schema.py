"""The API does what its published schema says, whatever is sent to it: schemathesis plays the integrator."""

from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from leadtrack.accounts.tokens import issue_token
from leadtrack.leads import waking
from tests import make
from tests.security.world import build

pytestmark = pytest.mark.django_db
CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance]
EXAMPLES = 6


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The test's own transaction lives on this connection: no request may close it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_every_operation_keeps_to_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking.current_app, "send_task", lambda *_, **__: None)
    world = build()
    headers = {"Authorization": f"Token {issue_token(member=make.member('admin'), name='test')[1]}"}
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/schema?format=json", get_wsgi_application(), headers=headers
    )
    known = {"public_id": world.deal.lead.public_id, "id": world.statement.pk}
    operations = [result.ok() for result in schema.get_all_operations()]
    for operation in operations:
        _play(operation, headers, known)
    assert len(operations) > 15


def _play(operation, headers: dict[str, str], known: dict[str, object]) -> None:  # type: ignore[no-untyped-def]
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def play(case) -> None:  # type: ignore[no-untyped-def]
        # Half of them about something that is there.
        if len(str(case.body)) % 2:
            case.path_parameters |= {
                name: value for name, value in known.items() if name in case.path_parameters
            }
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)

    play()
