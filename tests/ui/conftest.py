import pytest
from django.test import Client


@pytest.fixture
def site(settings) -> Client:
    """A browser on the small site, where LeadTrack lives under /mounted/. Bugs answer, they do not raise."""
    settings.ROOT_URLCONF = "tests.ui.site"
    return Client(raise_request_exception=False)
