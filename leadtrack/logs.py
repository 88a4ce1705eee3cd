"""Structured logs without personal data: JSON lines in production, readable lines elsewhere."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied

_DOOR_KEY = re.compile(r"(/hooks/leads/\w+/)\S+")

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def _without_query(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A query string can hold a phone or an e-mail: only the path of a request is logged."""
    request = event.get("request")
    if isinstance(request, str):
        # For most vendors the end of their door's address is the only secret there is.
        event["request"] = _DOOR_KEY.sub(r"\1…", request.split("?", 1)[0])
    event.pop("user_agent", None)
    return event


class NoTraceOfRefusals(logging.Filter):
    """Somebody at a door that is not theirs is no mistake of ours: one line, without where it was said."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through; from a refusal its traceback is taken."""
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = None
        return True


def logging_for(*, level: str, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING dictionary; configures structlog on the way."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            *SHARED[1:],
            _without_query,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    renderer,
                ],
                "foreign_pre_chain": SHARED,
            }
        },
        "filters": {"refusals": {"()": NoTraceOfRefusals}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refusals"]}
        },
        "root": {"handlers": ["console"], "level": level},
        # Django's own server log repeats the request line with its query string.
        "loggers": {"django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
    }
