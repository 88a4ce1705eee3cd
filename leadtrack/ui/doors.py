"""The doors: the few addresses that the outside world calls, thousands of times, with no one logged in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase, JsonResponse

# Relative to where leadtrack.urls is included. A door holds everything below it.
DOORS = ("/api/v1/forms/", "/api/v1/visits", "/hooks/", "/lt.js", "/lt/")

DEFAULT_MAX_BYTES = 1024 * 1024

# Where a request that is sent away may have been a lead.
_LEAD_DOORS: Final = ("/api/v1/forms/", "/hooks/")
_SENDING: Final = frozenset({"POST", "PUT", "PATCH"})
_REASONS: Final = {404: "unknown_address", 411: "no_length", 413: "too_large", 405: "method"}


@dataclass(frozen=True)
class Because:
    """Why a door sends a request away: a code, and what is known of whom it was for."""

    reason: str
    door: str = ""
    form_id: int | None = None
    connection_id: int | None = None
    site_id: int | None = None
    # Whether whoever sent it knew an address that is (or was) ours to give.
    is_known: bool = True
    is_counted: bool = True


Listener = Callable[[HttpRequest, int, Because], object]
_listeners: list[Listener] = []


def when_refused(function: Listener) -> None:
    """Have the function called with each request that a door for leads sent away, status and reason."""
    if function not in _listeners:
        _listeners.append(function)


def because(request: HttpRequest, reason: str, **about: Any) -> None:
    """Say why this request is sent away; a door that says nothing is understood by its status."""
    vars(request)["leadtrack_because"] = Because(reason, **about)


def tell_of_refusal(request: HttpRequest, response: HttpResponseBase, base: str = "/") -> None:
    """Tell the listeners if this request was sent away. Who only looked at a door's address sent none."""
    told: Because | None = vars(request).get("leadtrack_because")
    if told is None and (400 <= response.status_code < 500) and request.method in _SENDING:
        told = _understood(request, response.status_code, base)
    if told is not None and told.is_counted:
        for listener in _listeners:
            listener(request, response.status_code, told)


def _understood(request: HttpRequest, status: int, base: str) -> Because | None:
    path = "/" + request.path_info[len(base) :]
    if not path.startswith(_LEAD_DOORS):
        return None
    door = "form" if path.startswith(_LEAD_DOORS[0]) else ""
    return Because(_REASONS.get(status, "unreadable"), door=door, is_known=status != 404)


def is_door(path: str, base: str = "/") -> bool:
    """Whether a path belongs to a door of a LeadTrack that is mounted at `base`."""
    if not path.startswith(base):
        return False
    rest = "/" + path[len(base) :]
    return any(rest == door or rest.startswith(door.rstrip("/") + "/") for door in DOORS)


def refusal(status: int, code: str, detail: str) -> JsonResponse:
    """A door's error, in the one shape of all API errors (drf-standardized-errors)."""
    kind = "server_error" if status >= 500 else "client_error"
    return JsonResponse(
        {"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]}, status=status
    )


def body_size(request: HttpRequest) -> int:
    """The announced size of the body in bytes; 0 where none is announced, as Django reads it."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isdecimal() and len(announced) < 19 else 0
