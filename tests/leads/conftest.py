import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from leadtrack.leads import inbox, waking
from leadtrack.leads.models import Form, Lead
from tests import make

Send = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """No worker listens in tests; the ids that would have been told to one."""
    told: list[int] = []
    monkeypatch.setattr(waking.current_app, "send_task", lambda name, args, **options: told.extend(args))
    return told


@pytest.fixture
def form(db: None) -> Form:
    return make.form()


@pytest.fixture
def send(form: Form) -> Send:
    """POST to the form's door: fields (urlencoded), or any body with its content type."""

    def post(
        fields: dict[str, Any] | None = None,
        *,
        body: bytes | None = None,
        kind: str = "",
        to: Form | None = None,
        **headers: str,
    ) -> Any:
        content = urlencode(fields or {}).encode() if body is None else body
        content_type = kind or "application/x-www-form-urlencoded"
        address = f"/api/v1/forms/{(to or form).key}"
        # Not .post(): that would decode and encode the body again.
        return Client().generic("POST", address, content, content_type=content_type, headers=headers)

    return post


@pytest.fixture
def captured(send: Send) -> Callable[..., Lead]:
    """Send a form and have its row worked: the lead."""

    def through_the_door(fields: dict[str, Any] | None = None, **options: Any) -> Lead:
        response = send(fields, **options)
        assert response.status_code in (200, 201), response.content
        row = inbox.InboxRow.objects.get(public_id=json.loads(response.content)["id"])
        inbox.work(row.pk)
        return Lead.objects.by_public_id(row.public_id)

    return through_the_door
