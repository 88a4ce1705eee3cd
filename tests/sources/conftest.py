from collections.abc import Iterator

import pytest

from leadtrack.sources.register import forget_sources


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """A test's rows are rolled back or flushed: what the register remembered of them must go too."""
    forget_sources()
    yield
    forget_sources()
