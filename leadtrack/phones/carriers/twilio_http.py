"""How Twilio's SDK talks over the wire here: with time limits, and every refusal as a CarrierError.

The SDK's own logging is silent: it would write down phone numbers.
"""

import json
import logging
import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import requests
from django.conf import settings
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from leadtrack.phones.carriers.interface import CarrierError

SECONDS: Final = 10
_T = TypeVar("_T")
_HOST: Final = re.compile(r"^https://[a-z0-9.-]*\.twilio\.com", re.ASCII)
# The SDK and what carries it log addresses with phone numbers in them.
_SILENT: Final = logging.getLogger("leadtrack.phones.twilio_sdk")
_SILENT.setLevel(logging.WARNING)
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class Wire(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's HTTP client; raises CarrierError for whatever is not a success."""

    def __init__(self) -> None:
        super().__init__(timeout=SECONDS, max_retries=0, logger=_SILENT)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """As the SDK's, at the base address of LEADTRACK_TWILIO_API where one is set."""
        response = asked(lambda: super(Wire, self).request(method, here(url), *args, **kwargs))
        if response.status_code >= 400:
            raise refusal(response.status_code, response.text, response.headers.get("Retry-After", ""))
        if response.status_code != 204:
            _check(response.text)
        return response


def here(url: str) -> str:
    """The address to really ask: the setting takes the place of scheme and host of Twilio's products."""
    base = str(getattr(settings, "LEADTRACK_TWILIO_API", "")).rstrip("/")
    return _HOST.sub(base, url) if base else url


def asked(ask: Callable[[], _T]) -> _T:
    """The answer, or a CarrierError for what the wire did with the question."""
    try:
        return ask()
    except requests.ConnectTimeout:
        raise CarrierError("unreachable", is_temporary=True) from None
    except requests.Timeout:
        raise CarrierError("too_slow", is_temporary=True, is_unsure=True) from None
    except requests.RequestException:
        # Its text holds the address, and that phone numbers. The line may have broken after the question.
        raise CarrierError("unreachable", is_temporary=True, is_unsure=True) from None


def refusal(status: int, body: str, retry_after: str = "") -> CarrierError:
    """What a status of 400 and above means; Twilio's own code is kept where it tells one."""
    if status == 429:
        return CarrierError("too_many", is_temporary=True, retry_after=_seconds(retry_after))
    if status >= 500:
        seconds = _seconds(retry_after)
        return CarrierError("carrier_trouble", is_temporary=True, retry_after=seconds, is_unsure=True)
    if status in (401, 403):
        return CarrierError("not_allowed")
    if status == 404:
        return CarrierError("not_found")
    return CarrierError(_code_in(body) or str(status))


def _code_in(body: str) -> str:
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    code = told.get("code") if isinstance(told, dict) else None
    return str(code) if isinstance(code, int) else ""


def _check(body: str) -> None:
    """An answer that is no JSON (a proxy's page, half a document) must not look like a bug of ours."""
    try:
        json.loads(body)
    except ValueError:
        raise CarrierError("unreadable", is_temporary=True, is_unsure=True) from None


def _seconds(text: str) -> int | None:
    """Retry-After in seconds, at most a day; the form with a date is not used by Twilio."""
    return min(int(text), 86_400) if text.isascii() and text.isdecimal() and len(text) < 9 else None
