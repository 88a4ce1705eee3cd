"""The slim path of the doors, and one header."""

from collections.abc import Callable
from functools import cached_property

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.handlers.exception import response_for_exception
from django.http import Http404, HttpRequest, HttpResponseBase, UnreadablePostError
from django.urls import NoReverseMatch, get_script_prefix, resolve, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from leadtrack.ui.doors import DEFAULT_MAX_BYTES, body_size, is_door, refusal, tell_of_refusal

# Long enough for a report on three long names; databases refuse searches that are longer still.
LONGEST_QUERY = 8_000

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class DoorMiddleware:
    """Doors get their view at once: no session, log-in, CSRF, messages or atomic request; errors are JSON.

    What stands above it in MIDDLEWARE (request ids, CORS) still runs for doors, what stands below does not.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_door(request.path_info, self._base):
            return self.get_response(request)
        # Threads are reused: a page before us may have left its reader's language and time zone behind.
        translation.activate(translation.get_language_from_request(request))
        timezone.deactivate()
        response = _answer(request)
        tell_of_refusal(request, response, self._base)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    @cached_property
    def _base(self) -> str:
        """Where leadtrack.urls is mounted, as path_info sees it (without the script prefix)."""
        try:
            return "/" + reverse("leadtrack:home").removeprefix(get_script_prefix())
        except NoReverseMatch:
            return "/"


class ReadableMiddleware:
    """What no codec and no database can read is put right or refused before anything of ours looks at it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.encoding and not _is_text_encoding(request.encoding):
            request.encoding = None  # type: ignore[assignment]
        # PostgreSQL knows no text with a null byte; quoted cookies can bring one.
        request.COOKIES = {name: text for name, text in request.COOKIES.items() if "\0" not in text}
        if "\0" in request.path_info:
            return refusal(400, "bad_request", _("The address holds a null byte."))
        if not is_door(request.path_info):
            most = getattr(settings, "LEADTRACK_REQUEST_MAX_BYTES", 0)
            if most and body_size(request) > most:
                # Unread: Django would write all of it to the disk before a form could say so.
                return refusal(413, "too_large", _("The body is too large."))
            query = request.META.get("QUERY_STRING", "").replace("\0", "").replace("%00", "")
            if len(query) > LONGEST_QUERY:
                return refusal(414, "too_long", _("The address is too long."))
            # The doors keep theirs as it is: a carrier signs it.
            request.META["QUERY_STRING"] = query
        return self.get_response(request)


class PermissionsPolicyMiddleware:
    """No page of ours needs the camera, the microphone or the place of its reader."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        return response


def _is_text_encoding(name: str) -> bool:
    """Whether a charset makes text of bytes; "hex" or "zip" are codecs, too, and raise when used as one."""
    try:
        b"a".decode(name, "replace")
    except (LookupError, ValueError):
        return False
    return True


def _answer(request: HttpRequest) -> HttpResponseBase:
    try:
        _check_size(request)
        return _call_view(request)
    except Http404:
        return refusal(404, "not_found", _("There is nothing at this address."))
    except PermissionDenied:
        return refusal(403, "permission_denied", _("This is not allowed."))
    except RequestDataTooBig:
        return refusal(413, "too_large", _("The body is too large."))
    except UnreadablePostError:
        return refusal(400, "unreadable", _("The body ended before its announced length."))
    except Exception as problem:
        # Django's own answer is not sent; making it logs the error and tells its listeners.
        return _refusal_like(response_for_exception(request, problem).status_code)


def _call_view(request: HttpRequest) -> HttpResponseBase:
    match = resolve(request.path_info)
    request.resolver_match = match
    response = match.func(request, *match.args, **match.kwargs)
    if not getattr(response, "is_rendered", True):
        response = response.render()
    if not isinstance(response, HttpResponseBase):
        raise TypeError(f"{match.view_name} answered with {type(response).__name__}")
    return response


def _check_size(request: HttpRequest) -> None:
    """Before anything is read: a door takes leads, not films."""
    if body_size(request) > getattr(settings, "LEADTRACK_DOOR_MAX_BYTES", DEFAULT_MAX_BYTES):
        raise RequestDataTooBig


def _refusal_like(status: int) -> HttpResponseBase:
    if status < 500:
        return refusal(status, "bad_request", _("The request cannot be read."))
    return refusal(status, "error", _("Something broke on our side. Please send it again later."))
