"""What the logs say of somebody who was refused."""

import io
import logging

import pytest
from django.core.exceptions import PermissionDenied

from leadtrack.logs import logging_for


def _logged(problem: Exception) -> str:
    """What the console of this installation says of a problem."""
    config = logging_for(level="WARNING", as_json=False)
    form = config["formatters"]["line"]
    formatter = form["()"](processors=form["processors"], foreign_pre_chain=form["foreign_pre_chain"])
    handler = logging.StreamHandler(out := io.StringIO())
    handler.setFormatter(formatter)
    for name in config["handlers"]["console"]["filters"]:
        handler.addFilter(config["filters"][name]["()"]())
    exc_info = (type(problem), problem, None)
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "Said: /a", None, exc_info)
    handler.handle(record)
    return out.getvalue()


def test_a_refusal_is_one_line() -> None:
    assert len(_logged(PermissionDenied("no")).splitlines()) == 1


@pytest.mark.parametrize("problem", [ValueError("broken"), OSError("gone")])
def test_a_mistake_keeps_its_traceback(problem: Exception) -> None:
    assert type(problem).__name__ in _logged(problem)
