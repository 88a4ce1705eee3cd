from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import translation

from leadtrack.leads.api import forget_forms
from leadtrack.phones import pools, ring
from leadtrack.sources import rulebook
from leadtrack.sources.register import forget_sources
from leadtrack.visits import crowd, goals, limit, sites, staff
from tests import make


@pytest.fixture(autouse=True)
def _no_remembered_sources() -> Iterator[None]:
    """A process remembers the ids of sources, forms and sites; each test has a database of its own."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    # As if just read from an empty table, so that a page's query count is its own.
    rulebook.remember(rulebook.EMPTY, seconds=3600)
    forget_sources()
    forget_forms()
    sites.forget()
    goals.forget()
    staff.forget()
    pools.forget()
    ring.forget()
    limit.forget()
    crowd.forget()


@pytest.fixture(autouse=True)
def _english() -> None:
    """The language of the last request stays with the thread that answered it."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def _rows_of_the_migrations(django_db_serialized_rollback: None) -> None:
    """Stages and reasons come with the migrations; a test that commits is cleaned by emptying every table."""


@pytest.fixture
def login(db: None) -> Callable[..., Client]:
    """A browserless client of somebody with the role."""

    def of(role: str = "admin", username: str = "") -> Client:
        client = Client()
        client.force_login(make.member(role, username).user)
        return client

    return of
