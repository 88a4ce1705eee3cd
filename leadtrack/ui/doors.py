"""The doors: the few addresses that the outside world calls, thousands of times, with no one logged in."""

from django.http import HttpRequest, JsonResponse

# Relative to where leadtrack.urls is included. A door holds everything below it.
DOORS = ("/api/v1/forms/", "/api/v1/visits", "/hooks/", "/lt.js")

DEFAULT_MAX_BYTES = 1024 * 1024


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
