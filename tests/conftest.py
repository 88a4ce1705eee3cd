from collections.abc import Callable

import pytest
from django.test import Client

from tests import make


@pytest.fixture
def login(db: None) -> Callable[..., Client]:
    """A browserless client of somebody with the role."""

    def of(role: str = "admin", username: str = "") -> Client:
        client = Client()
        client.force_login(make.member(role, username).user)
        return client

    return of
